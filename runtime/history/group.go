package history

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
)

// work is the first writer: it writes group after group until the queue is closed and
// empty.
func (r *Recorder) work() {
	callers := 1 // of the last group
	for first := range r.queue {
		group := r.gather(first, callers)
		callers = len(group)
		r.begin(time.Now())
		late := time.AfterFunc(lateAfter, r.askLater)
		r.write(r.withCallers(group))
		late.Stop()
		r.begin(time.Time{})
	}
}

// assist is another writer: it takes what waits when it is asked to, as long as the
// first one does not keep up.
func (r *Recorder) assist() {
	for range r.help {
		for r.helpWanted() {
			if !r.assistOnce() {
				break
			}
		}
	}
}

// assistOnce writes a group; false where nothing waits any more.
func (r *Recorder) assistOnce() bool {
	select {
	case first, ok := <-r.queue:
		if ok {
			r.write(r.withCallers(r.gather(first, 0)))
		}
		return ok
	default: // somebody else was faster
		return false
	}
}

func (r *Recorder) begin(at time.Time) {
	r.counting.Lock()
	defer r.counting.Unlock()
	r.began = at
}

// gather takes what waits. It waits for more only while there are fewer callers
// than expected. The first writer expects as many as the last time: one caller alone
// does not wait, and many share a commit.
func (r *Recorder) gather(first *request, expected int) []*request {
	group := r.take(first, expected)
	r.counting.Lock()
	defer r.counting.Unlock()
	for _, q := range group {
		r.waiting -= q.batch.Rows()
	}
	return group
}

func (r *Recorder) take(first *request, expected int) []*request {
	group, rows := []*request{first}, first.batch.Rows()
	var late <-chan time.Time
	for rows < r.options.Rows {
		select {
		case q, ok := <-r.queue:
			if !ok {
				return group
			}
			group, rows = append(group, q), rows+q.batch.Rows()
			continue
		default:
		}
		if len(group) >= expected {
			return group
		}
		if late == nil {
			timer := time.NewTimer(r.options.Gather)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case q, ok := <-r.queue:
			if !ok {
				return group
			}
			group, rows = append(group, q), rows+q.batch.Rows()
		case <-late:
			return group
		}
	}
	return group
}

// withCallers are those whose callers have not given up.
func (r *Recorder) withCallers(group []*request) []*request {
	waiting := group[:0]
	for _, q := range group {
		if err := q.ctx.Err(); err != nil {
			r.answer(q, nil, err) // nobody hears it
			continue
		}
		waiting = append(waiting, q)
	}
	return waiting
}

// write writes a group and answers all of it.
func (r *Recorder) write(group []*request) {
	deadline := time.Now().Add(r.options.Patience)
	for attempt := 0; len(group) > 0; attempt++ {
		kept, err := r.try(group)
		var lapsed *LapsedError
		switch {
		case err == nil:
			r.away.Store(false)
			for i, q := range group {
				r.answer(q, kept[i], nil)
			}
			return
		case errors.As(err, &lapsed):
			group = r.refuseLapsed(group, lapsed)
		case fault.Is(err, fault.Unavailable):
			pause := min(10*time.Millisecond<<min(attempt, 5), 200*time.Millisecond)
			if r.away.Load() || time.Now().Add(pause).After(deadline) {
				r.fail(group, err)
				return
			}
			r.options.Logger.Warn("the history is written again", "error", err)
			for _, q := range group {
				q.batch.Again = true
			}
			<-time.After(pause)
		case len(group) > 1:
			// One of them is refused, by whatever was not checked: the others are not
			// to suffer from it.
			r.write(group[:len(group)/2])
			group = group[len(group)/2:]
		default:
			r.options.Logger.Error("the history refuses a batch", "error", err)
			r.answer(group[0], nil, err)
			return
		}
	}
}

// try writes a group once. Callers' contexts do not count: one that gives up would
// take the others with it.
func (r *Recorder) try(group []*request) ([][]Kept, error) {
	ctx, cancel := context.WithTimeout(context.Background(), max(r.options.Patience/2, time.Second))
	defer cancel()
	batches := make([]Batch, len(group))
	for i, q := range group {
		batches[i] = q.batch
	}
	return r.store.Write(ctx, batches)
}

// fail answers a group that the database was away for.
func (r *Recorder) fail(group []*request, err error) {
	if !r.away.Swap(true) {
		r.options.Logger.Error("the history cannot be written", "error", err)
	}
	for _, q := range group {
		r.answer(q, nil, err)
	}
}

// refuseLapsed answers those whose reservations have lapsed and returns the others.
func (r *Recorder) refuseLapsed(group []*request, lapsed *LapsedError) []*request {
	rest := group[:0:0]
	for _, q := range group {
		if slices.ContainsFunc(q.batch.Contacts, func(c Contact) bool { return slices.Contains(lapsed.Reservations, c.Reservation) }) {
			r.answer(q, nil, fault.New(fault.Conflict, "reservation-lapsed",
				"a presentation of an offer with a total limit was not recorded in time; take it again"))
			continue
		}
		rest = append(rest, q)
	}
	if len(rest) == len(group) { // or it would go on for ever
		r.fail(group, fault.New(fault.Internal, "history-broken", "the history names reservations that nobody has").Because(lapsed))
		return nil
	}
	return rest
}
