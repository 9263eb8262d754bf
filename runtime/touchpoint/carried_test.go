package touchpoint_test

import (
	"context"
	"encoding/json"

	"github.com/switchyard/switchyard/runtime/session"
)

// carried hands sessions on as another server gets them: through JSON, without what
// is attached.
type carried struct{ session.Store }

func (c *carried) Do(ctx context.Context, id string, f func(*session.Data) *session.Data) error {
	return c.Store.Do(ctx, id, func(present *session.Data) *session.Data {
		return carry(f(carry(present)))
	})
}

func carry(d *session.Data) *session.Data {
	if d == nil {
		return nil
	}
	encoded, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	var carried session.Data
	if err := json.Unmarshal(encoded, &carried); err != nil {
		panic(err)
	}
	return &carried
}
