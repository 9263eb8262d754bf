package touchpoint_test

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/session/sessiontest"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testBundle is a service with fakes of what lies below it.
type testBundle struct {
	testing.TB
	*touchpoint.Service
	ctx       context.Context
	clock     *sessiontest.Clock
	sessions  session.Store
	served    *served
	customers *customers
	history   *contacts
	limits    *limits
	options   touchpoint.Options
}

func setup(t testing.TB, change ...func(*bundle.Content)) *testBundle {
	t.Helper()
	b := &testBundle{TB: t, ctx: t.Context(), clock: sessiontest.NewClock(), served: &served{},
		customers: &customers{known: map[string]customer.Customer{}},
		history:   &contacts{byTreatment: map[history.Treatment]history.Contact{}, responses: map[string]history.Response{}},
		limits:    &limits{left: map[string]int64{}}}
	b.sessions = session.NewMemory(session.Limits{}, b.clock.Now)
	b.deploy(1, change...)
	made := uint64(0)
	b.options = touchpoint.Options{
		Customers: b.customers, Limits: b.limits, Now: b.clock.Now,
		NewTreatment: func() (history.Treatment, error) {
			made++
			code := history.Treatment{6: 0x70, 8: 0x80}
			binary.BigEndian.PutUint32(code[12:], uint32(made))
			return code, nil
		},
	}
	b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
	return b
}

// deploy serves the shop, changed a little, as that version.
func (b *testBundle) deploy(number int64, change ...func(*bundle.Content)) {
	b.Helper()
	p := &bundle.Package{Format: bundle.Format, Tenant: "harborbank", Channel: "web", Content: shop()}
	for _, f := range change {
		f(&p.Content)
	}
	compiled, err := bundle.Compile(p)
	require.NoError(b, err)
	b.served.set(&versions.Serving{
		Version: versions.Version{Channel: "web", Number: number, Hash: compiled.Hash, Name: "release"},
		Taken:   b.clock.Now(), Compiled: compiled,
	})
}

func of[T any](value T) *T { return &value }

// shop has three offers at two points, a flowchart of two segments, and an event
// for each kind of action.
func shop() bundle.Content {
	level := func(key ...definition.Attribute) definition.AudienceLevel {
		return definition.AudienceLevel{Key: key, Profile: []definition.Attribute{
			{Name: "age", Type: definition.Whole}, {Name: "income", Type: definition.Number, Default: 0.0},
			{Name: "region", Type: definition.Text}, {Name: "vip", Type: definition.Boolean, Default: false},
			{Name: "since", Type: definition.Timestamp}, {Name: "tags", Type: definition.Texts},
		}}
	}
	rule := func(name, offer string, score float64, more ...func(*definition.TreatmentRule)) definition.TreatmentRule {
		r := definition.TreatmentRule{Name: name, Offer: offer, Score: &score}
		for _, f := range more {
			f(&r)
		}
		return r
	}
	action := func(actions ...definition.EventAction) definition.Event { return definition.Event{Actions: actions} }
	return bundle.Content{
		AudienceLevels: map[string]definition.AudienceLevel{
			"customer": level(definition.Attribute{Name: "id", Type: definition.Text}),
			"account": level(definition.Attribute{Name: "branch", Type: definition.Whole},
				definition.Attribute{Name: "number", Type: definition.Text}),
		},
		OfferAttributes: map[string]definition.OfferAttribute{
			"price": {Type: definition.Number, Default: 10.0}, "greeting": {Type: definition.Text},
		},
		HistoryMappings: map[string]definition.HistoryMapping{"customers": {AudienceLevel: "customer",
			ResponseTypes: map[string]definition.ResponseClass{"purchased": definition.CountsAsAccept, "later": definition.CountsAsNeither},
			Contact:       map[string]string{"region": "profile.region", "priced": "offer.price"},
			Response:      map[string]string{"shown": "offer.code"}}},
		Segments: map[string]definition.Segment{"young": {}, "old": {}, "rich": {}},
		Offers: map[string]definition.Offer{
			"card": {Attributes: map[string]any{"price": 5.0}, Computed: map[string]string{"greeting": "'hello ' + profile.region"}},
			"loan": {}, "fund": {},
			"gift": {Limits: &definition.OfferLimits{Total: &definition.Limit{Presentations: 3}}},
		},
		Channel: definition.Channel{Solution: "cards", AudienceLevels: []string{"customer", "account"}, PresentationsPerVisit: 3},
		Zones:   map[string]definition.Zone{"top": {}, "side": {}},
		InteractionPoints: map[string]definition.InteractionPoint{
			"banner": {Zone: "top", Default: "welcome"}, "box": {Zone: "side", Default: "bye"},
		},
		Flowcharts: map[string]definition.Flowchart{
			"ages": {Boxes: []definition.Box{
				{Name: "start", Type: definition.BoxInteraction, Next: []string{"age"}},
				{Name: "age", Type: definition.BoxDecision, Branches: []definition.Branch{
					{Name: "young", When: "has(profile.age) && profile.age < 30", Next: []string{"young"}}}, Otherwise: []string{"old"}},
				{Name: "young", Type: definition.BoxSegment, Segment: "young"},
				{Name: "old", Type: definition.BoxSegment, Segment: "old"},
			}},
			"wealth": {Boxes: []definition.Box{
				{Name: "start", Type: definition.BoxInteraction, Next: []string{"income"}},
				{Name: "income", Type: definition.BoxSelect, When: "profile.income > 1000.0", Next: []string{"rich"}},
				{Name: "rich", Type: definition.BoxSegment, Segment: "rich"},
			}},
		},
		Events: map[string]definition.Event{
			"seen":      action(definition.EventAction{Do: definition.LogContact}),
			"accepted":  action(definition.EventAction{Do: definition.LogAcceptance}),
			"rejected":  action(definition.EventAction{Do: definition.LogRejection}),
			"answered":  action(definition.EventAction{Do: definition.LogAcceptance, ResponseType: "later"}),
			"hide":      action(definition.EventAction{Do: definition.SuppressOffers}),
			"hide-fund": action(definition.EventAction{Do: definition.SuppressOffers, Offers: []string{"fund"}}),
			"earned": {Parameters: []definition.Attribute{{Name: "amount", Type: definition.Number}, {Name: "bonus", Type: definition.Number, Default: 1.0}},
				Actions: []definition.EventAction{
					{Do: definition.SetProfile, When: "event.amount > 0.0", Set: map[string]string{
						"income": "profile.income + event.amount + event.bonus", "vip": "profile.income > 500.0"}},
					{Do: definition.ReSegment, Flowcharts: []string{"wealth"}},
				}},
			"birthday": action(
				definition.EventAction{Do: definition.SetProfile, Set: map[string]string{"age": "profile.age + 1"}},
				definition.EventAction{Do: definition.TriggerEvents, Events: []string{"earned"}},
				definition.EventAction{Do: definition.ReSegment},
			),
			"paid": {Parameters: []definition.Attribute{{Name: "amount", Type: definition.Number}},
				Actions: []definition.EventAction{{Do: definition.TriggerEvents, Events: []string{"earned"}}}},
			"later": action(definition.EventAction{Do: definition.ReSegment, After: of(duration.Duration(time.Hour))}),
		},
		Strategies: map[string]definition.Strategy{
			"main": {Rules: []definition.TreatmentRule{
				rule("card", "card", 80, func(r *definition.TreatmentRule) { r.When = "profile.age >= 18" }),
				rule("loan", "loan", 60, func(r *definition.TreatmentRule) { r.Segment = "young" }),
				rule("fund", "fund", 70, func(r *definition.TreatmentRule) { r.Segment = "rich" }),
				rule("mail", "fund", 90, func(r *definition.TreatmentRule) { r.When = "parameters.source == 'mail'" }),
			}},
			"account": {AudienceLevel: "account", Rules: []definition.TreatmentRule{rule("fund", "fund", 40)}},
		},
	}
}

// served serves one version of each channel.
type served struct {
	mu  sync.Mutex
	now map[string]*versions.Serving
}

func (s *served) set(v *versions.Serving) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		s.now = map[string]*versions.Serving{}
	}
	s.now[v.Channel] = v
}

func (s *served) Serving(channel string) *versions.Serving {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now[channel]
}

func (s *served) Channels() []versions.Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []versions.Channel
	for name, v := range s.now {
		all = append(all, versions.Channel{Name: name, Serving: v})
	}
	return all
}

// customers is a table that can be away.
type customers struct {
	mu    sync.Mutex
	known map[string]customer.Customer
	away  bool
	loads int
}

func (c *customers) Load(_ context.Context, level, key string) (customer.Customer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads++
	if c.away {
		return customer.Customer{}, fault.New(fault.Unavailable, "database-away", "the database is away")
	}
	return c.known[level+"/"+key], nil
}

// contacts is a history that can be away.
type contacts struct {
	mu          sync.Mutex
	written     []history.Contact
	byTreatment map[history.Treatment]history.Contact
	responses   map[string]history.Response
	orphans     []history.Response
	fails       []error // the next calls
	away        bool
	full        bool // of orphans
}

func (c *contacts) Record(ctx context.Context, b history.Batch) ([]history.Kept, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, bounded := ctx.Deadline(); !bounded {
		return nil, errors.New("the call has no deadline")
	}
	if c.away {
		return nil, fault.New(fault.Unavailable, "database-away", "the database is away")
	}
	if len(c.fails) > 0 {
		err := c.fails[0]
		c.fails = c.fails[1:]
		if err != nil {
			return nil, err
		}
	}
	for _, contact := range b.Contacts {
		if _, ok := c.byTreatment[contact.Treatment]; !ok {
			contact.Columns = maps.Clone(contact.Columns) // the caller's
			c.written = append(c.written, contact)
			c.byTreatment[contact.Treatment] = contact
		}
	}
	var kept []history.Kept
	for _, r := range b.Responses {
		contact, ok := c.byTreatment[r.Treatment]
		key := r.Treatment.String() + r.Type
		_, before := c.responses[key]
		k := history.Kept{State: history.Recorded, Level: contact.Level, Customer: contact.Customer, Offer: contact.Offer,
			Session: contact.Session, CrossSession: contact.Session != r.Session}
		switch {
		case !ok && c.full:
			k = history.Kept{State: history.Refused}
		case !ok:
			k = history.Kept{State: history.Orphaned}
			c.orphans = append(c.orphans, r)
		case before:
			k.State = history.Repeated
		default:
			c.responses[key] = r
		}
		kept = append(kept, k)
	}
	return kept, nil
}

// limits has so many presentations left of each offer.
type limits struct {
	left  map[string]int64
	raced map[string]int // takes that fail although some are left
	taken int
}

func (l *limits) Count(_ context.Context, t history.Total) int64 { return t.Allowed - l.left[t.Offer] }

func (l *limits) Take(offer string) (history.Reservation, bool) {
	if l.raced[offer] > 0 {
		l.raced[offer]--
		return history.Reservation{}, false
	}
	if l.left[offer] <= 0 {
		return history.Reservation{}, false
	}
	l.left[offer]--
	l.taken++
	return history.Reservation{1, byte(l.taken)}, true
}

// ada is a customer of 25.
func ada() touchpoint.Start {
	return touchpoint.Start{Channel: "web", Audience: touchpoint.Audience{ID: map[string]any{"id": "ada"}},
		Profile: map[string]any{"age": 25, "region": "north"}}
}

func (b *testBundle) start(id string, r touchpoint.Start) {
	b.Helper()
	a := b.StartSession(b.ctx, id, r)
	require.Equal(b, touchpoint.Success, a.Status, a.Messages)
}

// offers asks a point for up to three offers, of which all goes well.
func (b *testBundle) offers(id, point string) touchpoint.OfferList {
	b.Helper()
	a := b.GetOffers(b.ctx, id, wanted(3, point))
	require.Equal(b, touchpoint.Success, a.Status, a.Messages)
	require.Len(b, a.OfferLists, 1)
	return a.OfferLists[0]
}

func (b *testBundle) post(id string, r touchpoint.PostEvent) {
	b.Helper()
	a := b.PostEvent(b.ctx, id, r)
	require.Equal(b, touchpoint.Success, a.Status, a.Messages)
}

func (b *testBundle) profile(id string) *touchpoint.Profile {
	b.Helper()
	a := b.GetProfile(b.ctx, id)
	require.Equal(b, touchpoint.Success, a.Status, a.Messages)
	return a.Profile
}

func wanted(count int, points ...string) touchpoint.GetOffers {
	var r touchpoint.GetOffers
	for _, point := range points {
		r.Points = append(r.Points, touchpoint.Wanted{Point: point, Count: count})
	}
	return r
}

func codes(l touchpoint.OfferList) []string {
	all := []string{}
	for _, o := range l.Offers {
		all = append(all, o.Offer)
	}
	return all
}

func messages(a touchpoint.Answer) []touchpoint.Code {
	all := []touchpoint.Code{}
	for _, m := range a.Messages {
		all = append(all, m.Code)
	}
	return all
}
