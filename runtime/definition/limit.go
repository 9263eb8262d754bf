package definition

import (
	"math"
	"time"
)

// Allowed is the number of presentations that a limit of the offer allows up to
// now. A limit that is spread evenly allows its share of the time between the
// offer's dates that is over, rounded up; one without both dates, or for a time of
// its own, is not spread.
func (d *Offer) Allowed(limit *Limit, now time.Time) int64 {
	if !limit.Even || limit.For != nil || d.Effective == nil || d.Expires == nil {
		return int64(limit.Presentations)
	}
	whole := d.Expires.Sub(*d.Effective)
	over := min(max(now.Sub(*d.Effective), 0), whole)
	if whole <= 0 {
		return int64(limit.Presentations)
	}
	return max(1, int64(math.Ceil(float64(limit.Presentations)*float64(over)/float64(whole))))
}
