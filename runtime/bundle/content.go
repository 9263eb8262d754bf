package bundle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Content are the definitions by name.
type Content struct {
	AudienceLevels  map[string]definition.AudienceLevel  `json:"audienceLevels,omitempty"`
	Macros          map[string]definition.Macro          `json:"macros,omitempty"`
	OfferAttributes map[string]definition.OfferAttribute `json:"offerAttributes,omitempty"`
	Campaigns       map[string]definition.Campaign       `json:"campaigns,omitempty"`
	LearningModels  map[string]definition.LearningModel  `json:"learningModels,omitempty"`
	HistoryMappings map[string]definition.HistoryMapping `json:"historyMappings,omitempty"`

	Segments map[string]definition.Segment `json:"segments,omitempty"`
	Offers   map[string]definition.Offer   `json:"offers,omitempty"`

	// Channel is the channel itself, without its server groups: a package has the
	// same bytes for each of them.
	Channel           definition.Channel                     `json:"channel"`
	Zones             map[string]definition.Zone             `json:"zones,omitempty"`
	InteractionPoints map[string]definition.InteractionPoint `json:"interactionPoints,omitempty"`
	Events            map[string]definition.Event            `json:"events,omitempty"`
	EventPatterns     map[string]definition.EventPattern     `json:"eventPatterns,omitempty"`
	Flowcharts        map[string]definition.Flowchart        `json:"flowcharts,omitempty"`
	Strategies        map[string]definition.Strategy         `json:"strategies,omitempty"`
}

// shelf is where the documents of one kind are.
type shelf interface {
	names() []string
	find(name string) (definition.Document, bool)
	set(name string, d definition.Document)
	remove(name string)
}

type shelfOf[T definition.Document] struct{ documents *map[string]T }

func (s shelfOf[T]) names() []string { return slices.Sorted(maps.Keys(*s.documents)) }

func (s shelfOf[T]) find(name string) (definition.Document, bool) {
	d, ok := (*s.documents)[name]
	return d, ok
}

func (s shelfOf[T]) set(name string, d definition.Document) {
	if *s.documents == nil {
		*s.documents = map[string]T{}
	}
	(*s.documents)[name] = d.(T)
}

func (s shelfOf[T]) remove(name string) { delete(*s.documents, name) }

// channelShelf is that of the channel, of which a package has one. One of no
// solution is none.
type channelShelf struct{ p *Package }

func (s channelShelf) names() []string {
	if s.p.Content.Channel.Solution == "" {
		return nil
	}
	return []string{s.p.Channel}
}

func (s channelShelf) find(name string) (definition.Document, bool) {
	return s.p.Content.Channel, slices.Contains(s.names(), name)
}

func (s channelShelf) set(name string, d definition.Document) {
	s.p.Channel, s.p.Content.Channel = name, d.(definition.Channel)
}

func (s channelShelf) remove(string) { s.p.Content.Channel = definition.Channel{} }

func (p *Package) shelf(kind definition.Kind) shelf {
	c := &p.Content
	switch kind {
	case definition.KindAudienceLevel:
		return shelfOf[definition.AudienceLevel]{&c.AudienceLevels}
	case definition.KindMacro:
		return shelfOf[definition.Macro]{&c.Macros}
	case definition.KindOfferAttribute:
		return shelfOf[definition.OfferAttribute]{&c.OfferAttributes}
	case definition.KindCampaign:
		return shelfOf[definition.Campaign]{&c.Campaigns}
	case definition.KindLearningModel:
		return shelfOf[definition.LearningModel]{&c.LearningModels}
	case definition.KindHistoryMapping:
		return shelfOf[definition.HistoryMapping]{&c.HistoryMappings}
	case definition.KindSegment:
		return shelfOf[definition.Segment]{&c.Segments}
	case definition.KindOffer:
		return shelfOf[definition.Offer]{&c.Offers}
	case definition.KindChannel:
		return channelShelf{p}
	case definition.KindZone:
		return shelfOf[definition.Zone]{&c.Zones}
	case definition.KindInteractionPoint:
		return shelfOf[definition.InteractionPoint]{&c.InteractionPoints}
	case definition.KindEvent:
		return shelfOf[definition.Event]{&c.Events}
	case definition.KindEventPattern:
		return shelfOf[definition.EventPattern]{&c.EventPatterns}
	case definition.KindFlowchart:
		return shelfOf[definition.Flowchart]{&c.Flowcharts}
	case definition.KindStrategy:
		return shelfOf[definition.Strategy]{&c.Strategies}
	default:
		panic(fmt.Sprintf("bundle: unknown kind %q", string(kind)))
	}
}

// Each calls f for every document with its reference, in the order of
// definition.Kinds and by name.
func (p *Package) Each(f func(r definition.Reference, d definition.Document)) {
	for _, kind := range definition.Kinds {
		shelf := p.shelf(kind)
		for _, name := range shelf.names() {
			d, _ := shelf.find(name)
			f(p.reference(kind, name), d)
		}
	}
}

func (p *Package) reference(kind definition.Kind, name string) definition.Reference {
	r := definition.Reference{Kind: kind, Name: name}
	if kind.InChannel() {
		r.Channel = p.Channel
	}
	return r
}

// Find returns a document. The channel of the reference does not count.
func (p *Package) Find(r definition.Reference) (definition.Document, bool) {
	return p.shelf(r.Kind).find(r.Name)
}

// Set adds a document or replaces it. A package has one channel: setting it names
// the package as well.
func (p *Package) Set(r definition.Reference, d definition.Document) { p.shelf(r.Kind).set(r.Name, d) }

// Delete takes a document out.
func (p *Package) Delete(r definition.Reference) { p.shelf(r.Kind).remove(r.Name) }
