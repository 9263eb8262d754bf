package touchpoint

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/session"
)

// Versions is what the server serves; *versions.Holder has it.
type Versions interface {
	// Serving is what is served of a channel; nil where nothing is.
	Serving(channel string) *versions.Serving
	Channels() []versions.Channel
}

// Past finds versions that sessions began with at other servers; *versions.Holder
// does.
type Past interface {
	ByHash(ctx context.Context, channel string, number int64, hash string) (*versions.Serving, error)
}

// Options tune a Service. Zero values stand for the defaults.
type Options struct {
	// Customers is what the group keeps of customers; nothing if nil.
	Customers Customers
	// Limits counts presentations of offers with a total limit; without it such an
	// offer is never given.
	Limits Limits
	// Schedule keeps delayed actions and what event patterns remember of known
	// customers. Without it delayed actions are not done, and event patterns go by the
	// events of the session.
	Schedule Schedule
	// Triggers executes actions that lead out of the runtime; without it they fail.
	Triggers schedule.Executor
	// Learning has what the group has learned; without it the scores of the rules
	// count.
	Learning Learning
	// Ready is nil from when what is active in the group was first loaded; before it,
	// a channel that is not served may be served soon. Without it all is loaded.
	Ready func(context.Context) error
	// Past finds the versions of sessions that other servers began. Without it such a
	// session goes on with what is served.
	Past Past
	// Deadline bounds every call.
	Deadline time.Duration
	// Codes makes treatment codes that the servers of the tenant can tell from forged
	// ones, which are refused. Without it codes are any UUIDs of version 7.
	Codes *history.Codes
	// Now is the clock, NewTreatment makes treatment codes in place of Codes.
	Now          func() time.Time
	NewTreatment func() (history.Treatment, error)
}

// DefaultDeadline bounds calls.
const DefaultDeadline = 2 * time.Second

// Service is the runtime API of one server. It is safe for concurrent use.
type Service struct {
	sessions  session.Store
	versions  Versions
	history   History
	customers Customers
	o         Options
	plans     plans
	refusals  refusals
}

// New returns a service over its stores.
func New(sessions session.Store, served Versions, recorder History, o Options) *Service {
	if o.Customers == nil {
		o.Customers = noCustomers{}
	}
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewTreatment == nil && o.Codes != nil {
		o.NewTreatment = o.Codes.New
	}
	if o.NewTreatment == nil {
		o.NewTreatment = history.NewTreatment
	}
	return &Service{sessions: sessions, versions: served, history: recorder, customers: o.Customers, o: o, plans: plans{learning: o.Learning}}
}

// StartSession begins a session under an id that the caller chose, or goes on with
// a live one.
func (s *Service) StartSession(ctx context.Context, id string, r Start) Answer {
	return s.call(ctx, id, func(ctx context.Context, c *call) { c.start(ctx, r) })
}

// GetOffers answers the best offers for interaction points.
func (s *Service) GetOffers(ctx context.Context, id string, r GetOffers) Answer {
	return s.call(ctx, id, func(ctx context.Context, c *call) { c.getOffers(ctx, r) })
}

// PostEvent tells of something that happened at the touchpoint.
func (s *Service) PostEvent(ctx context.Context, id string, r PostEvent) Answer {
	return s.call(ctx, id, func(ctx context.Context, c *call) { c.postEvent(ctx, r) })
}

// SetAudience says who the visitor is from now on.
func (s *Service) SetAudience(ctx context.Context, id string, r SetAudience) Answer {
	return s.call(ctx, id, func(ctx context.Context, c *call) { c.setAudience(ctx, r) })
}

// GetProfile answers what is known of the visitor.
func (s *Service) GetProfile(ctx context.Context, id string) Answer {
	return s.call(ctx, id, func(ctx context.Context, c *call) { c.getProfile(ctx) })
}

// SetDebug switches explanations on or off.
func (s *Service) SetDebug(ctx context.Context, id string, r SetDebug) Answer {
	return s.call(ctx, id, func(ctx context.Context, c *call) { c.setDebug(ctx, r) })
}

// EndSession ends a session.
func (s *Service) EndSession(ctx context.Context, id string) Answer {
	return s.call(ctx, id, func(_ context.Context, c *call) { c.end() })
}

// GetVersion answers what the server serves.
func (s *Service) GetVersion(context.Context) Answer {
	a := Answer{Messages: []Message{}}
	s.version(&a)
	return a
}

func (s *Service) version(a *Answer) {
	a.Channels = []ChannelVersion{}
	for _, channel := range s.versions.Channels() {
		if v := channel.Serving; v != nil && v.Compiled != nil {
			a.Channels = append(a.Channels, ChannelVersion{Version: versionOf(v), Name: v.Name, Taken: v.Taken})
		}
	}
}

func versionOf(v *versions.Serving) Version {
	return Version{Channel: v.Channel, Number: v.Number, Hash: v.Hash}
}
