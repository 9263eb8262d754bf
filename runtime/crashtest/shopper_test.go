package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// shoppers are customers who come again and again.
const customers = 12

// shopper is a client of touchpoints.
type shopper struct {
	name    string
	runtime *client.Runtime
	chance  *rand.Rand
	ledger  *ledger
	visits  int
}

// shopping lets so many shoppers come until the returned function ends that and
// waits for the last answers.
func shopping(t *testing.T, g *group, chance *rand.Rand, l *ledger, shoppers int) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for i := range shoppers {
		s := &shopper{
			name: fmt.Sprintf("shopper-%d", i), runtime: g.runtime(), ledger: l, chance: seededBy(chance, i),
		}
		running.Go(func() {
			for ctx.Err() == nil {
				s.visit()
			}
		})
	}
	end = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(end)
	return end
}

// call makes a call and says what came of it; the code is 0 where all went well.
func (s *shopper) call(name string, do func(context.Context) (client.RuntimeAnswer, error)) (answer client.RuntimeAnswer, code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	began := time.Now()
	answer, err = do(ctx)
	kind := name + " ok"
	var problem *client.Problem
	switch {
	case errors.As(err, &problem):
		kind = name + " HTTP " + strconv.Itoa(problem.Status)
	case err != nil:
		kind = name + " lost"
	case answer.Status != client.RuntimeSuccess:
		worst := map[client.RuntimeStatus]string{client.RuntimeWarning: "warning", client.RuntimeError: "error"}[answer.Status]
		at := slices.IndexFunc(answer.Messages, func(m client.RuntimeMessage) bool { return m.Level == worst })
		code = answer.Messages[at].Code
		kind = name + " code " + strconv.Itoa(code)
	}
	s.ledger.answered(kind, time.Since(began))
	return answer, code, err
}

func (s *shopper) visit() {
	s.visits++
	id, customer := fmt.Sprintf("%s-%d", s.name, s.visits), fmt.Sprintf("c%d", s.chance.IntN(customers))
	if !s.begin(id, customer) {
		<-time.After(20 * time.Millisecond)
		return
	}
	for range 1 + s.chance.IntN(3) {
		if !s.look(id, customer) {
			return
		}
	}
	if s.chance.IntN(2) == 0 {
		_, _, _ = s.call("end", func(ctx context.Context) (client.RuntimeAnswer, error) { return s.runtime.EndSession(ctx, id) })
	}
}

func (s *shopper) begin(id, customer string) bool {
	_, code, err := s.call("start", func(ctx context.Context) (client.RuntimeAnswer, error) {
		return s.runtime.StartSession(ctx, id, client.StartSession{
			Channel: "web", Audience: client.Audience{ID: client.Properties{"id": customer}},
			Profile: client.Properties{"region": []string{"north", "south"}[s.chance.IntN(2)], "visits": 0},
		})
	})
	return err == nil && (code == 0 || code == int(touchpoint.ProfileNotLoaded))
}

// look asks for offers and responds to some; false where the visit is over.
func (s *shopper) look(id, customer string) bool {
	const wanted = 2
	answer, code, err := s.call("offers", func(ctx context.Context) (client.RuntimeAnswer, error) {
		return s.runtime.GetOffers(ctx, id, client.GetOffers{OffersWanted: client.OffersWanted{Point: "hero", Count: wanted}})
	})
	offers := answer.Offers("hero")
	if err != nil || code != 0 {
		s.ledger.unknown(wanted)
	}
	var given []client.PresentedOffer
	for _, o := range offers {
		if o.Treatment != "" {
			s.ledger.presented(o.Treatment, presentation{o.Offer, customer})
			given = append(given, o)
		}
	}
	for _, o := range given {
		switch s.chance.IntN(4) {
		case 0:
			s.respond(id, customer, "accepted", response{o.Treatment, "accept"})
		case 1:
			s.respond(id, customer, "rejected", response{o.Treatment, "reject"})
		case 2: // and changes their mind
			s.respond(id, customer, "rejected", response{o.Treatment, "reject"})
			s.respond(id, customer, "accepted", response{o.Treatment, "accept"})
		}
	}
	return err == nil && code == 0
}

// respond posts a response until it is acknowledged, some times at most, and at
// times once more.
func (s *shopper) respond(id, customer, event string, r response) {
	const tries = 5
	s.ledger.asks(r)
	for range tries {
		_, code, err := s.call("event", func(ctx context.Context) (client.RuntimeAnswer, error) {
			return s.runtime.PostEvent(ctx, id, client.PostEvent{Event: event, Treatment: r.treatment})
		})
		switch {
		case err != nil:
			continue
		case code == 0 || code == int(touchpoint.ProfileNotLoaded): // it is done
			s.ledger.acknowledged(r)
			if s.chance.IntN(4) != 0 {
				return
			}
		case code == int(touchpoint.UnknownSession):
			s.begin(id, customer)
		case code == int(touchpoint.NoContact):
			s.ledger.fails("treatment %s was acknowledged and is not known", r.treatment)
		}
	}
}
