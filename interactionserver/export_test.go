package interactionserver

import (
	"context"
	"time"
)

// MatchNow plays rounds until one leaves nothing to do at once.
func (s *Service) MatchNow(ctx context.Context) error {
	leadership, held, err := s.store.Lead(ctx, leadName(s.view.Load()))
	if err != nil || !held {
		return err
	}
	defer leadership.Release()
	s.matcher.lead(true)
	defer s.matcher.lead(false)
	r := newRound(s.matcher, s.view.Load())
	for {
		again, err := r.play(ctx)
		if err != nil {
			return err
		}
		select {
		case <-s.matcher.wake:
			continue
		default:
		}
		if again > time.Millisecond {
			return nil
		}
	}
}

// RemindNow reminds the process host of all that it keeps waiting.
func (s *Service) RemindNow(ctx context.Context) error {
	_, err := s.remindOnce(ctx, time.Time{})
	return err
}
