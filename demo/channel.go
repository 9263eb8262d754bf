package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deploy"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/runtime/definition"
)

// The channel of the example tenant that the demo plays, and how many come to it.
const (
	channelName     = "web"
	channelSolution = "cards"
	channelAccount  = "web-shop"
	visitors        = 1500
	visitorsAtOnce  = 8
	// learningBegins is a number of visitors after which every offer has been
	// presented often enough for what was learned to count.
	learningBegins = 300
	// visitorSeed makes visitors and their tastes the same in each run.
	visitorSeed = 20260301
)

// playChannel deploys the example's channel to staging and then to production, and
// lets visitors come.
func (r *run) playChannel(ctx context.Context) error {
	site := r.siteOf(channelSolution)
	if site == nil {
		return nil // the tenant has no such channel
	}
	objects, err := r.markable(ctx)
	if err != nil || len(objects) == 0 {
		return err
	}
	r.say("Deploying the %s channel of %s", channelName, channelSolution)
	for _, o := range objects {
		designs := client.RawDesigns(r.admin, r.tenant, o.Channel, o.Kind)
		if _, err := designs.Mark(ctx, o.Name, client.AnyVersion, string(design.ForDeployment)); err != nil {
			return fmt.Errorf("mark %s: %w", o, err)
		}
	}
	for _, group := range []string{"staging", "production"} {
		if err := r.deployTo(ctx, group); err != nil {
			return err
		}
	}
	return r.welcome(ctx, site)
}

func (r *run) siteOf(solution string) *site {
	for _, s := range r.sites {
		if s.solution == solution {
			return s
		}
	}
	return nil
}

// markable lists the channel's flowcharts and strategies.
func (r *run) markable(ctx context.Context) ([]definition.Reference, error) {
	var all []definition.Reference
	for _, kind := range []definition.Kind{definition.KindFlowchart, definition.KindStrategy} {
		objects, err := client.RawDesigns(r.admin, r.tenant, channelName, kind).List(ctx)
		if client.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list the %s of channel %s: %w", kind.Plural(), channelName, err)
		}
		for _, o := range objects {
			all = append(all, definition.Reference{Kind: kind, Channel: channelName, Name: o.Name})
		}
	}
	return all, nil
}

func (r *run) deployTo(ctx context.Context, group string) error {
	d, err := r.admin.CreateDeployment(ctx, r.tenant, channelName, client.NewDeployment{
		Group: group, Name: "demo", Kind: string(deployments.Deploy),
	})
	if err != nil {
		return fmt.Errorf("deploy channel %s to %s: %w", channelName, group, err)
	}
	return deploy.Follow(ctx, r.admin, r.tenant, d, r.Out)
}

// welcome lets visitors come, look at an offer, and take it or not.
func (r *run) welcome(ctx context.Context, s *site) error {
	key, err := r.admin.CreateAPIKey(ctx, r.tenant, channelAccount)
	if err != nil {
		return err
	}
	web := client.NewRuntime([]string{s.server.Status.Address}, client.RuntimeOptions{Options: client.Options{Credential: key.Key}})
	if err := awaitRuntimeKey(ctx, web); err != nil {
		return err
	}
	r.say("%d visitors come to the web pages, and take an offer or not", visitors)
	book := &offerBook{offers: map[string]*OfferFigures{}}
	next := make(chan int)
	var comers sync.WaitGroup
	for range visitorsAtOnce {
		comers.Go(func() {
			for i := range next {
				book.note(i, visit(ctx, web, i))
			}
		})
	}
	for i := range visitors {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	comers.Wait()
	if book.failed != nil {
		return fmt.Errorf("a visit: %w", book.failed)
	}
	r.report.Offers = book.report()
	r.report.Explained, err = explain(ctx, web)
	return err
}

// awaitRuntimeKey waits until the server knows the new key.
func awaitRuntimeKey(ctx context.Context, web *client.Runtime) error {
	ctx, cancel := context.WithTimeout(ctx, keyLimit)
	defer cancel()
	for {
		_, err := web.GetProfile(ctx, "nobody")
		known := err == nil || !client.IsStatus(err, http.StatusUnauthorized) && !client.IsStatus(err, http.StatusForbidden)
		if known || ctx.Err() != nil {
			return err
		}
		sleep.For(ctx, lookEvery)
	}
}

// channelPoints are where the pages ask for offers, one call for both.
var channelPoints = client.GetOffers{Points: []client.OffersWanted{{Point: "home-banner", Count: 1}, {Point: "account-teaser", Count: 1}}}

// visitor is the i-th visitor's profile, and what it likes: the probability that it
// takes an offer. The platform sees the profile alone.
type visitor struct {
	profile client.Properties
	likes   map[string]float64
	random  *rand.Rand
}

var jobs = []string{"student", "retired", "admin.", "technician", "blue-collar", "management"}

func newVisitor(i int) visitor {
	random := rand.New(rand.NewPCG(visitorSeed, uint64(i))) //nolint:gosec // a simulation, the same in each run
	job := jobs[random.IntN(len(jobs))]
	age := 25 + random.IntN(40)
	likes := map[string]float64{"term-deposit": .05, "savings-plan": .10, "student-card": .05, "gold-card": .05}
	switch job {
	case "student":
		age, likes["student-card"] = 18+random.IntN(10), .45
	case "retired":
		age, likes["term-deposit"] = 62+random.IntN(25), .40
	case "technician", "blue-collar":
		likes["savings-plan"] = .35
	default:
		likes["gold-card"] = .30
	}
	choose := func(values ...string) string { return values[random.IntN(len(values))] }
	return visitor{likes: likes, random: random, profile: client.Properties{
		"age": age, "job": job, "marital": choose("single", "married", "divorced"),
		"housing": choose("yes", "no"), "loan": choose("no", "no", "yes"), "contactsBefore": random.IntN(4),
	}}
}

// visited is what came of a visit.
type visited struct {
	shown []presented
	err   error
}

type presented struct {
	offer    string
	accepted bool
}

// visit is one visit: a session, an offer, an answer to it.
func visit(ctx context.Context, web *client.Runtime, i int) visited {
	v := newVisitor(i)
	session := fmt.Sprintf("visit-%d", i)
	start := client.StartSession{Channel: channelName, Profile: v.profile, Audience: client.Audience{ID: client.Properties{"customerId": i + 1}}}
	if err := fine(web.StartSession(ctx, session, start)); err != nil {
		return visited{err: err}
	}
	answer, err := web.GetOffers(ctx, session, channelPoints)
	if err := fine(answer, err); err != nil {
		return visited{err: err}
	}
	done := visited{}
	for _, list := range answer.OfferLists {
		for _, offer := range list.Offers {
			shown := presented{offer: offer.Offer, accepted: v.random.Float64() < v.likes[offer.Offer]}
			event := client.PostEvent{Event: "rejected", Treatment: offer.Treatment}
			if shown.accepted {
				event.Event = "accepted"
			}
			if err := fine(web.PostEvent(ctx, session, event)); err != nil {
				return visited{err: err}
			}
			done.shown = append(done.shown, shown)
		}
	}
	done.err = fine(web.EndSession(ctx, session))
	return done
}

// fine makes an answer with status 2 an error.
func fine(answer client.RuntimeAnswer, err error) error {
	if err != nil || answer.Status != client.RuntimeError {
		return err
	}
	for _, m := range answer.Messages {
		if m.Level == "error" {
			return fmt.Errorf("code %d: %s: %s", m.Code, m.Text, m.Detail)
		}
	}
	return fmt.Errorf("status %d without a message", answer.Status)
}

// explain asks for one more visitor why it is offered what.
func explain(ctx context.Context, web *client.Runtime) ([]client.OfferDecision, error) {
	const session = "visit-explained"
	start := client.StartSession{Channel: channelName, Debug: true, Profile: client.Properties{
		"age": 41, "job": "technician", "marital": "married", "housing": "no", "loan": "no",
	}}
	if err := fine(web.StartSession(ctx, session, start)); err != nil {
		return nil, err
	}
	answer, err := web.GetOffers(ctx, session, client.GetOffers{Points: channelPoints.Points[:1]})
	if err := fine(answer, err); err != nil {
		return nil, err
	}
	return answer.Explain, fine(web.EndSession(ctx, session))
}

// offerBook counts what visitors were given and took.
type offerBook struct {
	mu          sync.Mutex
	offers      map[string]*OfferFigures
	first, last share
	failed      error
}

type share struct{ of, accepted int }

func (s share) rate() float64 {
	if s.of == 0 {
		return 0
	}
	return float64(s.accepted) / float64(s.of)
}

func (b *offerBook) note(i int, v visited) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v.err != nil {
		if b.failed == nil {
			b.failed = v.err
		}
		return
	}
	part := &b.last
	if i < learningBegins {
		part = &b.first
	}
	for _, shown := range v.shown {
		figures, known := b.offers[shown.offer]
		if !known {
			figures = &OfferFigures{Offer: shown.offer}
			b.offers[shown.offer] = figures
		}
		figures.Presented++
		part.of++
		if shown.accepted {
			figures.Accepted++
			part.accepted++
		}
	}
}
