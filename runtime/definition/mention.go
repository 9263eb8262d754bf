package definition

import (
	"maps"
	"slices"
)

// Mention is a place where a document names another.
type Mention struct {
	// Path is where, within the document: "rules[3].offer".
	Path      string
	Reference Reference
}

// References lists where a document names others, in the order of the document.
// Channel is the one that the document lies in, empty for one of the tenant. What
// expressions name, such as macros, is listed by package scope, which reads them.
func References(channel string, d Document) []Mention {
	m := &mentions{channel: channel}
	d.mention(m)
	return m.list
}

type mentions struct {
	channel string
	list    []Mention
}

// add notes a name; an empty one names nothing.
func (m *mentions) add(path string, kind Kind, name string) {
	if name == "" {
		return
	}
	r := Reference{Kind: kind, Name: name}
	if kind.InChannel() {
		r.Channel = m.channel
	}
	m.list = append(m.list, Mention{Path: path, Reference: r})
}

func (m *mentions) all(path string, kind Kind, names []string) {
	for i, name := range names {
		m.add(index(path, i), kind, name)
	}
}

// keys notes the keys of a map as offer attributes.
func keys[V any](m *mentions, path string, values map[string]V) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		m.add(Join(path, name), KindOfferAttribute, name)
	}
}

func (AudienceLevel) mention(*mentions)  {}
func (OfferAttribute) mention(*mentions) {}
func (Campaign) mention(*mentions)       {}
func (Segment) mention(*mentions)        {}

func (d Macro) mention(m *mentions) { m.add("audienceLevel", KindAudienceLevel, d.AudienceLevel) }

func (d Offer) mention(m *mentions) {
	m.add("campaign", KindCampaign, d.Campaign)
	keys(m, "attributes", d.Attributes)
	keys(m, "computed", d.Computed)
	if d.Suppress != nil {
		m.all("suppress.also", KindOffer, d.Suppress.Also)
	}
}

func (d LearningModel) mention(m *mentions) {
	m.add("audienceLevel", KindAudienceLevel, d.AudienceLevel)
}

func (d HistoryMapping) mention(m *mentions) {
	m.add("audienceLevel", KindAudienceLevel, d.AudienceLevel)
}

func (d Channel) mention(m *mentions) {
	m.all("audienceLevels", KindAudienceLevel, d.AudienceLevels)
	m.add("learning", KindLearningModel, d.Learning)
}

func (d Zone) mention(m *mentions) {
	if d.Learning != LearningOff {
		m.add("learning", KindLearningModel, d.Learning)
	}
}

func (d InteractionPoint) mention(m *mentions) { m.add("zone", KindZone, d.Zone) }

func (d Event) mention(m *mentions) { mentionActions(m, d.Actions) }

func (d EventPattern) mention(m *mentions) {
	for i, member := range d.Members {
		m.add(index("members", i)+".event", KindEvent, member.Event)
	}
	m.all("suspend", KindEvent, d.Suspend)
	mentionActions(m, d.Actions)
}

func mentionActions(m *mentions, actions []EventAction) {
	for i, a := range actions {
		path := index("actions", i)
		m.all(path+".flowcharts", KindFlowchart, a.Flowcharts)
		m.all(path+".offers", KindOffer, a.Offers)
		m.all(path+".events", KindEvent, a.Events)
	}
}

func (d Flowchart) mention(m *mentions) {
	m.add("audienceLevel", KindAudienceLevel, d.AudienceLevel)
	for i, box := range d.Boxes {
		m.add(index("boxes", i)+".segment", KindSegment, box.Segment)
	}
}

func (d Strategy) mention(m *mentions) {
	m.add("audienceLevel", KindAudienceLevel, d.AudienceLevel)
	for i, rule := range d.Rules {
		path := index("rules", i)
		m.add(path+".segment", KindSegment, rule.Segment)
		m.add(path+".zone", KindZone, rule.Zone)
		m.add(path+".offer", KindOffer, rule.Offer)
		keys(m, path+".computed", rule.Computed)
	}
}
