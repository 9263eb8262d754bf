package deployments

import (
	"context"
	"time"
)

// KeptPackages is how many of the last deployments of a channel to a group keep
// their packages where it is not said otherwise: the last ones of any, and the last
// ones that were active, which can be rolled back to.
const KeptPackages = 50

// unusedFor is how long a package is kept in any case after a deployment was last
// built of it.
const unusedFor = 24 * time.Hour

// tidyBatch is how many packages are dropped by one statement.
const tidyBatch = 100

// Tidy drops the contents of packages that nobody needs. What is active, and what a
// deployment needs that has not ended, is kept however old it is.
func (s *Service) Tidy(ctx context.Context) (dropped int64, err error) {
	kept := s.options.KeptPackages
	if kept <= 0 {
		kept = KeptPackages
	}
	for {
		n, err := s.store.DropPackages(ctx, kept, now().Add(-unusedFor), tidyBatch)
		dropped += n
		if err != nil || n < tidyBatch {
			return dropped, err
		}
	}
}
