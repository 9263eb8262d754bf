package versions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/outage"
)

// Options tune a Holder.
type Options struct {
	// Tenant is the id of the tenant whose packages are served; every other one is
	// refused.
	Tenant string
	Logger *slog.Logger
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Faults are for tests of failures; nil otherwise.
	Faults *Faults
}

// Faults let a test step in. Each may be nil.
type Faults struct {
	Prepare  func(Version) error                    // before a package is fetched
	Fetched  func(v Version, content []byte) []byte // replaces what was fetched
	Activate func(Version) error                    // before the switch
}

// Holder holds what one server serves. Reading it never blocks.
type Holder struct {
	server Server
	store  Store
	o      Options
	polls  *outage.Log

	// channels is replaced as a whole when one comes or goes.
	channels atomic.Pointer[map[string]*channel]
	caughtUp atomic.Bool

	// compiling bounds the memory of preparations: one at a time. following makes
	// what was read of the active versions the newest that was read by anybody.
	// Whoever takes both takes following first.
	compiling lock
	following lock

	mu     sync.Mutex // guards the channels and recent
	recent []*Serving // of ByHash, those used last at the end

	reporting lock // guards the below
	reported  reported
}

// NewHolder returns a holder that serves nothing yet.
func NewHolder(server Server, store Store, o Options) *Holder {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Faults == nil {
		o.Faults = &Faults{}
	}
	h := &Holder{
		server:    server,
		store:     store,
		o:         o,
		polls:     outage.New(o.Logger, "cannot follow the active versions", "active versions are followed again"),
		compiling: newLock(),
		following: newLock(),
		reporting: newLock(),
	}
	h.channels.Store(&map[string]*channel{})
	return h
}

// Serving returns what is served of a channel; nil when there is nothing yet.
func (h *Holder) Serving(channel string) *Serving {
	c, ok := (*h.channels.Load())[channel]
	if !ok {
		return nil
	}
	return c.serving.Load()
}

// Channels returns the state of all channels that have or should have a version,
// sorted by name.
func (h *Holder) Channels() []Channel {
	h.mu.Lock()
	defer h.mu.Unlock()
	present := *h.channels.Load()
	all := make([]Channel, 0, len(present))
	for _, name := range slices.Sorted(maps.Keys(present)) {
		c := Channel{Name: name, Serving: present[name].serving.Load(), Problem: present[name].problem}
		if c.Serving != nil || c.Problem != "" {
			all = append(all, c)
		}
	}
	return all
}

// Ready is nil from when the server first served all that is active; before it is
// Unavailable and says what is missing.
func (h *Holder) Ready(context.Context) error {
	if h.caughtUp.Load() {
		return nil
	}
	for _, c := range h.Channels() {
		if c.Problem != "" {
			return fault.New(fault.Unavailable, "versions-missing", "channel %s: %s", c.Name, c.Problem)
		}
	}
	return fault.New(fault.Unavailable, "versions-missing", "the active versions have not been loaded yet")
}

// Prepare fetches, verifies, compiles and warms up a version, so that nothing but
// the switch remains. What is served stays as it is.
func (h *Holder) Prepare(ctx context.Context, v Version) error {
	if s := h.Serving(v.Channel); s != nil && s.Number > v.Number {
		return fault.New(fault.Conflict, "older-version",
			"the server serves version %d of channel %s, expected a higher number than that, not %d", s.Number, v.Channel, v.Number)
	}
	_, err := h.compiled(ctx, v)
	return err
}

// Activate switches a channel to its active version, and reports it. It prepares
// what was not prepared.
func (h *Holder) Activate(ctx context.Context, channel string) error {
	if err := h.following.take(ctx); err != nil {
		return err
	}
	defer h.following.release()
	active, err := h.active(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(active, func(v Version) bool { return v.Channel == channel })
	if at < 0 {
		return fault.New(fault.Conflict, "nothing-active", "channel %s has no active version in this group", channel)
	}
	return errors.Join(h.follow(ctx, active[at]), h.report(ctx))
}

// CatchUp serves all that is active, and reports it. What cannot be taken is an
// error and is tried again by Run; the rest is served.
func (h *Holder) CatchUp(ctx context.Context) error {
	refused, err := h.followAll(ctx, true)
	return errors.Join(refused, err, h.report(ctx))
}

// active reads the active versions, after the server was made known: a deployment
// that does not see the server among the live ones has moved its version already,
// or else will find it there.
func (h *Holder) active(ctx context.Context) ([]Version, error) {
	if err := h.report(ctx); err != nil {
		return nil, err
	}
	return h.store.Active(ctx)
}

// followAll takes all active versions; unless every one is tried, not those that
// were refused a short while ago. An error is that they could not be looked at.
func (h *Holder) followAll(ctx context.Context, every bool) (refused, err error) {
	if err := h.following.take(ctx); err != nil {
		return nil, err
	}
	defer h.following.release()
	h.tidy()
	active, err := h.active(ctx)
	if err != nil {
		return nil, err
	}
	complete := true
	for _, v := range active {
		if !every && h.waits(v) {
			complete = false
			continue
		}
		if err := h.follow(ctx, v); err != nil {
			complete, refused = false, errors.Join(refused, err)
		}
	}
	if complete && !h.caughtUp.Swap(true) {
		h.o.Logger.InfoContext(ctx, "serving the active versions", "channels", len(active))
	}
	return refused, nil
}

// follow makes a version that is active the one that is served.
func (h *Holder) follow(ctx context.Context, v Version) error {
	c, err := h.add(v.Channel)
	if err != nil {
		return err
	}
	if c.serves(v) {
		h.mu.Lock()
		defer h.mu.Unlock()
		c.problem, c.attempt = "", attempt{}
		return nil
	}
	if err := h.switchTo(ctx, c, v); err != nil {
		h.refuse(ctx, c, v, err)
		return fmt.Errorf("take version %d of channel %s: %w", v.Number, v.Channel, err)
	}
	h.o.Logger.InfoContext(ctx, "version taken", "channel", v.Channel, "number", v.Number, "hash", v.Hash)
	return nil
}

func (h *Holder) switchTo(ctx context.Context, c *channel, v Version) error {
	next := &Serving{Version: v}
	if v.Hash != "" {
		compiled, err := h.compiled(ctx, v)
		if err != nil {
			return err
		}
		next.Compiled = compiled
	}
	if step := h.o.Faults.Activate; step != nil {
		if err := step(v); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	next.Taken = h.o.Now().UTC()
	c.take(next)
	return nil
}

// refuse keeps the reason for the status and the report. That the caller gave up
// is none.
func (h *Holder) refuse(ctx context.Context, c *channel, v Version, err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	problem := publicText(err)
	h.mu.Lock()
	known := c.problem == problem
	c.failed(v, problem, h.o.Now())
	h.mu.Unlock()
	if !known {
		h.o.Logger.ErrorContext(ctx, "cannot take the active version", "channel", v.Channel, "number", v.Number, "hash", v.Hash, "error", err)
	}
}

func (h *Holder) waits(v Version) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := (*h.channels.Load())[v.Channel]
	return ok && c.waits(v, h.o.Now())
}

// add returns the channel of that name, which is new or not.
func (h *Holder) add(name string) (*channel, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.addLocked(name)
}

func (h *Holder) addLocked(name string) (*channel, error) {
	present := *h.channels.Load()
	if c, ok := present[name]; ok {
		return c, nil
	}
	if len(present) >= MaxChannels {
		return nil, fault.New(fault.Conflict, "too-many-channels", "a server serves at most %d channels", MaxChannels)
	}
	grown := maps.Clone(present)
	grown[name] = &channel{}
	h.channels.Store(&grown)
	return grown[name], nil
}

// tidy lets go of what was prepared and did not become active. It is called while
// nobody else follows, so that no channel is taken out that is about to be served.
func (h *Holder) tidy() {
	h.mu.Lock()
	defer h.mu.Unlock()
	present := *h.channels.Load()
	var empty []string
	for name, c := range present {
		c.expire(h.o.Now())
		if c.serving.Load() == nil && len(c.prepared) == 0 && c.problem == "" {
			empty = append(empty, name)
		}
	}
	if len(empty) == 0 {
		return
	}
	left := maps.Clone(present)
	for _, name := range empty {
		delete(left, name)
	}
	h.channels.Store(&left)
}

// publicText is what others may see of an error.
func publicText(err error) string {
	f, ok := fault.As(err)
	if !ok {
		return "an unexpected error; the server's log has more"
	}
	text := f.Message
	for i, place := range f.Places {
		if i == mostPlaces {
			text += fmt.Sprintf("; and %d more", len(f.Places)-i)
			break
		}
		text += "; " + place.Path + ": " + place.Message
	}
	return text
}

// mostPlaces are shown of a package that does not compile.
const mostPlaces = 3
