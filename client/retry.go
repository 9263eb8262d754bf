package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// try makes the call, and again while that may help.
func (c *Client) try(ctx context.Context, call *call) (*answer, error) {
	for attempt := 0; ; attempt++ {
		answer, err := c.once(ctx, call)
		if err == nil && !transient(answer.status) {
			return answer, nil
		}
		if !call.mayRepeat() || attempt >= c.o.Retries || ctx.Err() != nil || !c.pause(ctx, attempt, answer) {
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", call.method, call.path, err)
			}
			return answer, nil
		}
	}
}

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
	return sleep(ctx, wait)
}

// backoff doubles with each attempt, between half and all of it by chance, so that
// many clients do not come back at once.
func (c *Client) backoff(attempt int) time.Duration {
	full := min(c.o.Backoff<<min(attempt, 16), maxBackoff)
	return full/2 + rand.N(full/2+1)
}

func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
