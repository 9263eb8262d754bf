package touchpoint

import (
	"context"
	"maps"
	"time"

	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/session"
)

// visitor is who a call says that the visitor is.
type visitor struct {
	level  *level
	key    []any
	text   string // of the key
	inline map[string]any
}

// visitor checks what a call says; false where it is refused.
func (c *call) visitor(p *plan, a Audience, profile map[string]any) (visitor, bool) {
	name := a.Level
	if name == "" {
		name = p.content.Channel.AudienceLevels[0]
	}
	l, _, ok := find(p.levels, name)
	if !ok {
		c.fail(UnknownLevel, "%.60q", name)
		return visitor{}, false
	}
	v := visitor{level: l}
	if v.key, v.text, ok = c.key(l, a.ID); !ok {
		return visitor{}, false
	}
	v.inline, ok = c.inline(l, profile)
	return v, ok
}

// become makes the session that of the visitor: loads what is kept of the
// customer, and segments.
func (c *call) become(ctx context.Context, v visitor) {
	c.release()
	d := c.data
	c.level = v.level
	d.Level, d.Key, d.Audience = v.level.name, v.key, v.text
	for i, a := range v.level.definition.Key {
		if len(v.key) > 0 {
			v.inline[a.Name] = v.key[i]
		}
	}
	d.Profile = v.level.profile(v.inline)
	d.Assigned, d.Segments = nil, nil
	d.Blocked, d.Overrides, d.Defaults, d.Unloaded = nil, nil, nil, time.Time{}
	c.load(ctx)
	c.attach()
	c.segment(nil)
}

// load loads what is kept of the customer. What the session knows of the profile
// counts over it. Where it fails the session goes on with what it has, and a later
// call tries again.
func (c *call) load(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.s.o.Deadline/2)
	defer cancel()
	loaded, err := c.s.customers.Load(ctx, c.data.Level, c.data.Audience)
	if err != nil {
		c.data.Unloaded = c.now
		c.warn(ProfileNotLoaded, "")
		c.warn(ListsNotLoaded, "")
		return
	}
	c.data.Unloaded = time.Time{}
	profile := c.converted(c.level, loaded.Profile, "stored attribute")
	maps.Insert(profile, c.data.Profile.All())
	c.data.Profile = c.level.profile(profile)
	c.data.Remember(loaded.Past)
	c.data.Blocked, c.data.Overrides, c.data.Defaults = loaded.Blocked, loaded.Overrides, loaded.Defaults
}

// loadAgain is the time between two attempts to load a customer.
const loadAgain = time.Second

// live goes on with the session; false where there is none that can.
func (c *call) live(ctx context.Context) bool {
	if c.data == nil {
		c.fail(UnknownSession, "")
		return false
	}
	if kept, ok := c.data.Attached.(*attached); ok {
		c.kept, c.plan, c.level = kept, kept.plan, kept.plan.levels[c.data.Level]
	} else if !c.takeOver(ctx) {
		return false
	}
	if failed := c.data.Unloaded; !failed.IsZero() && c.now.Sub(failed) >= loadAgain {
		c.load(ctx)
		if c.data.Unloaded.IsZero() {
			c.attach()
			c.segment(nil)
		}
	}
	return true
}

// planOf is the plan of the session's version, else of the present one; nil where
// there is neither.
func (c *call) planOf(ctx context.Context) *plan {
	present := c.s.plan(c.data.Channel)
	began := c.data.Version
	if c.s.o.Past == nil || present != nil && present.version.Hash == began.Hash {
		return present
	}
	// The session has to be answered when the version is not to be had in time.
	within, cancel := context.WithTimeout(ctx, c.s.o.Deadline/2)
	defer cancel()
	past, err := c.s.o.Past.ByHash(within, c.data.Channel, began.Number, began.Hash)
	if err != nil || past.Compiled == nil {
		return present
	}
	return c.s.plans.ofPast(past)
}

// takeOver goes on with a session that another process began. Its version counts
// where the group still has it, else the present one does.
func (c *call) takeOver(ctx context.Context) bool {
	p := c.planOf(ctx)
	if p == nil {
		c.notServed(ctx, c.data.Channel)
		return false
	}
	l := p.levels[c.data.Level]
	if l == nil {
		c.fail(UnknownLevel, "%s", c.data.Level)
		return false
	}
	c.plan, c.level = p, l
	c.data.Profile = l.profile(c.converted(l, c.data.Profile.Map(), "attribute"))
	for i, a := range l.definition.Key {
		if value, err := a.Type.Convert(c.data.Profile.Get(a.Name)); err == nil && i < len(c.data.Key) {
			c.data.Key[i] = value
		}
	}
	parameters := make(map[string]any, len(c.data.Parameters))
	for name, value := range c.data.Parameters {
		if converted, err := plainValue(value); err == nil {
			parameters[name] = converted
		}
	}
	c.data.Parameters = parameters
	c.attach()
	if c.data.Version.Hash != p.version.Hash {
		c.warn(VersionGone, "version %d, now %d", c.data.Version.Number, p.version.Number)
		c.data.Version = session.Version{Number: p.version.Number, Hash: p.version.Hash}
		c.segment(nil)
	}
	return true
}

// unknownOffer is the id of an offer that the model does not have, which
// explanations tell.
const unknownOffer decision.OfferID = -1

// attach prepares the customer's lists for decisions of the plan.
func (c *call) attach() {
	model := c.plan.model
	id := func(code string) decision.OfferID {
		if found, ok := model.Offer(code); ok {
			return found
		}
		return unknownOffer
	}
	if len(c.data.Blocked)+len(c.data.Overrides)+len(c.data.Defaults) == 0 {
		c.kept, c.data.Attached = &c.plan.unlisted, &c.plan.unlisted
		return
	}
	kept := &attached{plan: c.plan}
	for _, code := range c.data.Blocked {
		kept.blocked = append(kept.blocked, id(code))
	}
	for _, o := range c.data.Overrides {
		made, ok := c.override(o, id(o.Offer))
		if ok {
			kept.overrides = append(kept.overrides, made)
		}
	}
	for _, o := range c.data.Defaults {
		kept.defaults = append(kept.defaults, decision.Default{Offer: id(o.Offer), Score: o.Score})
	}
	c.kept, c.data.Attached = kept, kept
}

// override compiles an override; one whose condition is wrong does not apply.
func (c *call) override(o customer.Override, id decision.OfferID) (decision.Override, bool) {
	made := decision.Override{Offer: id, Score: o.Score, Adds: o.Adds, Final: o.Final, Zone: o.Zone, Segment: o.Segment}
	if o.When == "" {
		return made, true
	}
	program, err := c.level.condition(o.When)
	if err != nil {
		c.warn(ExpressionFailed, "the override of offer %s: %s", o.Offer, err)
		return made, false
	}
	made.When = program
	return made, true
}
