package versions

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	pollPause   = time.Second // between looks at the active versions; ±10 %
	pollTimeout = time.Minute // a look with all that it has to prepare
	// reportPause is when a report is written anew though nothing changed: it says
	// that the server is still one of the group.
	reportPause = time.Minute
)

// Run catches up, follows the active versions and keeps the server's report up to
// date, until ctx ends. The database may be away: what is served is served on.
func (h *Holder) Run(ctx context.Context) error {
	for {
		h.poll(ctx)
		if !sleep.For(ctx, pollPause*9/10+rand.N(pollPause/5)) {
			return nil
		}
	}
}

// poll is one look. A version that is refused is logged where it is.
func (h *Holder) poll(ctx context.Context) {
	look, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	_, err := h.followAll(look, false)
	h.polls.Note(ctx, errors.Join(err, h.report(look)))
}

// reported is what was written last.
type reported struct {
	reports []Report
	at      time.Time // zero: nothing was
}

// report writes what the server serves, unless it was written a short while ago.
func (h *Holder) report(ctx context.Context) error {
	if err := h.reporting.take(ctx); err != nil {
		return err
	}
	defer h.reporting.release()
	reports, now := reportsOf(h.Channels()), h.o.Now()
	if slices.Equal(reports, h.reported.reports) && now.Sub(h.reported.at) < reportPause {
		return nil
	}
	h.reported = reported{}
	if err := h.store.Report(ctx, h.server, reports); err != nil {
		return err
	}
	h.reported = reported{reports: reports, at: now}
	return nil
}

func reportsOf(channels []Channel) []Report {
	reports := make([]Report, len(channels))
	for i, c := range channels {
		reports[i] = Report{Channel: c.Name, Problem: c.Problem}
		if s := c.Serving; s != nil {
			reports[i].Number, reports[i].Hash, reports[i].Since = s.Number, s.Hash, s.Taken
		}
	}
	return reports
}
