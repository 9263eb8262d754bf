package decision

import (
	"fmt"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// Definitions are what a model is made of, by name.
type Definitions struct {
	Channel           definition.Channel
	Zones             map[string]definition.Zone
	InteractionPoints map[string]definition.InteractionPoint
	Campaigns         map[string]definition.Campaign
	Offers            map[string]definition.Offer
	Strategies        map[string]definition.Strategy
}

// Compile makes a model, on all cores. It keeps the definitions: they must not
// change. The error is a fault.Invalid of type malformed-definition with places
// such as "strategies/winback.rules[3].offer".
func Compile(s *scope.Scope, d Definitions) (*Model, error) {
	c := &compiler{scope: s, d: d, m: &Model{
		points: map[string]Point{}, zones: map[string]int32{}, perVisit: d.Channel.PresentationsPerVisit,
		offerIDs: map[string]OfferID{}, levels: map[string]*level{}, definitions: d,
	}}
	c.addPoints()
	c.addOffers()
	c.addLevels()
	c.addRules()
	c.findRules()
	if len(c.places) > definition.MaxProblems {
		c.places = c.places[:definition.MaxProblems]
	}
	if err := definition.Problem(c.places); err != nil {
		return nil, err
	}
	c.m.runs.New = func() any { return newRun(c.m) }
	return c.m, nil
}

type compiler struct {
	scope  *scope.Scope
	d      Definitions
	m      *Model
	places []fault.Place
}

func (c *compiler) wrong(kind definition.Kind, name, path, format string, args ...any) {
	c.places = append(c.places, fault.Place{
		Path:    definition.Join(definition.Reference{Kind: kind, Name: name}.String(), path),
		Message: fmt.Sprintf(format, args...),
	})
}

func (c *compiler) addPoints() {
	for _, name := range slices.Sorted(maps.Keys(c.d.Zones)) {
		c.m.zones[name] = int32(len(c.m.learning))
		learning := c.d.Zones[name].Learning
		switch learning {
		case "":
			learning = c.d.Channel.Learning
		case definition.LearningOff:
			learning = ""
		}
		c.m.learning = append(c.m.learning, learning)
	}
	for _, name := range slices.Sorted(maps.Keys(c.d.InteractionPoints)) {
		p := c.d.InteractionPoints[name]
		zone, ok := c.m.zones[p.Zone]
		if !ok {
			c.wrong(definition.KindInteractionPoint, name, "zone", "there is no zone %q", p.Zone)
		}
		c.m.points[name] = Point{Name: name, Zone: p.Zone, Default: p.Default, zone: zone}
	}
}

func (c *compiler) addOffers() {
	codes := slices.Sorted(maps.Keys(c.d.Offers))
	for i, code := range codes {
		c.m.offerIDs[code] = OfferID(i)
	}
	for _, code := range codes {
		d := c.d.Offers[code]
		o := offer{code: code, retired: d.Retired, suppress: d.Suppress}
		o.from, o.until = dates(d.Effective, d.Expires)
		o.newness = o.from
		if d.Campaign != "" {
			campaign, ok := c.d.Campaigns[d.Campaign]
			if !ok {
				c.wrong(definition.KindOffer, code, "campaign", "there is no campaign %q", d.Campaign)
			}
			from, until := dates(campaign.Start, campaign.End)
			o.from, o.until = max(o.from, from), min(o.until, until)
		}
		if d.Limits != nil {
			o.limits = *d.Limits
		}
		if d.Suppress != nil {
			for i, also := range d.Suppress.Also {
				id, ok := c.m.offerIDs[also]
				if !ok {
					c.wrong(definition.KindOffer, code, fmt.Sprintf("suppress.also[%d]", i), "there is no offer %q", also)
				}
				o.also = append(o.also, id)
			}
		}
		c.m.offers = append(c.m.offers, o)
	}
}

func (c *compiler) addLevels() {
	for i, name := range c.d.Channel.AudienceLevels {
		l, ok := c.scope.Level(name)
		if !ok {
			c.wrong(definition.KindChannel, "", fmt.Sprintf("audienceLevels[%d]", i), "there is no audience level %q", name)
			continue
		}
		c.m.levels[name] = &level{scope: l, segments: map[string]int32{}, values: c.values(l),
			computed: map[OfferID]scope.Programs{}, ruleComputed: map[RuleID]scope.Programs{}}
	}
}

func (c *compiler) values(l *scope.Level) []*scope.Offer {
	values := make([]*scope.Offer, len(c.m.offers))
	for i, o := range c.m.offers {
		values[i] = l.NewOffer(o.code, c.d.Offers[o.code].Attributes)
	}
	return values
}

// addRules adds the rules of all strategies, whose expressions are compiled first.
func (c *compiler) addRules() {
	batch := &batch{}
	strategies := slices.Sorted(maps.Keys(c.d.Strategies))
	programs := map[string]*document{}
	ruled := map[*level]map[OfferID]bool{}
	for _, name := range strategies {
		strategy := c.d.Strategies[name]
		l, ok := c.levelOf(name, strategy)
		if !ok {
			continue
		}
		programs[name] = batch.add(l.scope, definition.Reference{Kind: definition.KindStrategy, Name: name}, strategy)
		for i, r := range strategy.Rules {
			id, ok := c.m.offerIDs[r.Offer]
			if !ok {
				c.wrong(definition.KindStrategy, name, fmt.Sprintf("rules[%d].offer", i), "there is no offer %q", r.Offer)
			}
			if _, ok := c.m.zones[r.Zone]; r.Zone != "" && !ok {
				c.wrong(definition.KindStrategy, name, fmt.Sprintf("rules[%d].zone", i), "there is no zone %q", r.Zone)
			}
			if ruled[l] == nil {
				ruled[l] = map[OfferID]bool{}
			}
			ruled[l][id] = true
		}
	}
	offers := c.computedOf(batch, ruled)
	if c.places = append(c.places, batch.compile()...); len(c.places) > 0 {
		return
	}
	for l, documents := range offers {
		for id, d := range documents {
			l.computed[id] = d.programs
		}
	}
	for _, name := range strategies {
		l, _ := c.levelOf(name, c.d.Strategies[name])
		for i := range c.d.Strategies[name].Rules {
			c.addRule(l, Rule{Strategy: name, Name: c.d.Strategies[name].Rules[i].Name, Index: i}, programs[name].programs)
		}
	}
}

// computedOf adds the computed attributes of all offers for each level. Where no rule
// of a level is for an offer, it may still be assigned to a customer: what it
// computes of the profile of another level is left out then.
func (c *compiler) computedOf(b *batch, ruled map[*level]map[OfferID]bool) map[*level]map[OfferID]*document {
	documents := map[*level]map[OfferID]*document{}
	for _, l := range c.m.levels {
		documents[l] = map[OfferID]*document{}
		for id, o := range c.m.offers {
			if d := c.d.Offers[o.code]; len(d.Computed) > 0 {
				id := OfferID(id) //nolint:gosec // offers are counted by int32
				documents[l][id] = b.add(l.scope, definition.Reference{Kind: definition.KindOffer, Name: o.code}, d)
				documents[l][id].lenient = !ruled[l][id]
			}
		}
	}
	return documents
}

func (c *compiler) levelOf(name string, s definition.Strategy) (*level, bool) {
	of := s.AudienceLevel
	if of == "" && len(c.d.Channel.AudienceLevels) > 0 {
		of = c.d.Channel.AudienceLevels[0]
	}
	l, ok := c.m.levels[of]
	if !ok {
		c.wrong(definition.KindStrategy, name, "audienceLevel", "the channel has no audience level %q", of)
	}
	return l, ok
}

func (c *compiler) addRule(l *level, name Rule, programs scope.Programs) {
	d := c.d.Strategies[name.Strategy].Rules[name.Index]
	path := fmt.Sprintf("rules[%d].", name.Index)
	id := c.m.offerIDs[d.Offer]
	o := &c.m.offers[id]
	r := rule{
		when: programs[path+"when"], expression: programs[path+"scoreExpression"], score: definition.DefaultScore,
		offer: id, zone: anywhere, segment: anybody, learns: d.Learning == nil || *d.Learning,
	}
	r.from, r.until = dates(d.Effective, d.Expires)
	r.from, r.until = max(r.from, o.from), min(r.until, o.until)
	if d.Score != nil {
		r.score = *d.Score
	}
	if d.Zone != "" {
		r.zone = c.m.zones[d.Zone]
	}
	if d.Segment != "" {
		r.segment = l.segment(d.Segment)
	}
	switch {
	case d.Disabled:
		r.off = RuleDisabled
	case o.retired:
		r.off = OfferRetired
	}
	r.readsOffer = readsOffer(r.when) || readsOffer(r.expression)
	if len(d.Computed) > 0 {
		computed := scope.Programs{}
		for name := range d.Computed {
			computed[name] = programs[path+"computed."+name]
		}
		l.ruleComputed[RuleID(len(c.m.rules))] = computed
	}
	l.rules = append(l.rules, RuleID(len(c.m.rules)))
	c.m.rules = append(c.m.rules, r)
	c.m.names = append(c.m.names, name)
}

// segment is the number of a segment, a new one where it has none.
func (l *level) segment(name string) int32 {
	id, ok := l.segments[name]
	if !ok {
		id = int32(len(l.segments))
		l.segments[name] = id
	}
	return id
}

// findRules makes the tables in which rules are looked for.
func (c *compiler) findRules() {
	for _, l := range c.m.levels {
		l.table = c.m.newTable(l)
	}
}
