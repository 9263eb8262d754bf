package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

// try makes the call, and again while that may help.
func (c *Client) try(ctx context.Context, call *call) (*answer, error) {
	begun := time.Now()
	var last *answer // that came
	for attempt := 0; ; attempt++ {
		answer, err := c.once(ctx, call)
		if err == nil && !transient(answer.status) {
			return answer, nil
		}
		if answer != nil {
			last = answer
		}
		if !call.mayRepeat() || attempt >= c.o.Retries || ctx.Err() != nil || !c.pause(ctx, attempt, answer) {
			if errors.Is(err, context.DeadlineExceeded) {
				err = c.unanswered(begun, last)
			}
			switch {
			case err != nil:
				return nil, fmt.Errorf("%s %s: %w", call.method, call.path, err)
			case attempt > 0:
				return nil, fmt.Errorf("%w (%s was asked %d times in %s)", call.finish(answer, nil), c.base, attempt+1, since(begun))
			default:
				return answer, nil
			}
		}
	}
}

// unanswered says who did not answer in what time, and what it had answered to the
// tries before.
func (c *Client) unanswered(begun time.Time, last *answer) error {
	if last == nil {
		return tooLate(fmt.Sprintf("%s did not answer within %s", c.base, since(begun)))
	}
	return fmt.Errorf("%s did not serve it within %s; before, it answered %w", c.base, since(begun), problemOf(last))
}

// since is for people.
func since(begun time.Time) time.Duration { return time.Since(begun).Round(100 * time.Millisecond) }

// tooLate is context.DeadlineExceeded in words for people.
type tooLate string

func (t tooLate) Error() string { return string(t) }

// Unwrap returns context.DeadlineExceeded.
func (tooLate) Unwrap() error { return context.DeadlineExceeded }

// transient reports whether a status may be another one soon.
func transient(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// pause waits before the next try; false when the context ends before.
func (c *Client) pause(ctx context.Context, attempt int, a *answer) bool {
	wait := c.backoff(attempt)
	if a != nil {
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err == nil && seconds > 0 {
			wait = max(wait, min(time.Duration(seconds)*time.Second, maxBackoff))
		}
	}
	return sleep.For(ctx, wait)
}

// backoff doubles with each attempt, between half and all of it by chance, so that
// many clients do not come back at once.
func (c *Client) backoff(attempt int) time.Duration {
	full := min(c.o.Backoff<<min(attempt, 16), maxBackoff)
	return full/2 + rand.N(full/2+1)
}
