package definition

import (
	"maps"
	"slices"
	"strings"
)

// Expression is a text of a document that is computed.
type Expression struct {
	// Path is where it is, within the document: "rules[3].when".
	Path   string
	Source string
	Sees   Sight
	// Result is the type that it has to have, empty for any. Where Attribute is
	// set, it is that of the attribute: of the offer's definitions, or of the
	// profile where Sees is SeesAction.
	Result    ValueType
	Attribute string
	// Event names the event whose parameters it reads as event.name, Parameters
	// are these parameters where the document has them itself.
	Event      string
	Parameters []Attribute
	// Derived are the fields that it reads as derived.name.
	Derived []DerivedField
}

// Sight says which variables an expression sees.
type Sight string

// The closed set of sights. All see profile, macro and now; all but macros see
// parameters too.
const (
	SeesMacro     Sight = "macro"     // nothing more
	SeesFlowchart Sight = "flowchart" // derived
	SeesRule      Sight = "rule"      // segments, offer
	SeesScore     Sight = "score"     // segments, offer, score
	SeesAction    Sight = "action"    // segments, event
	SeesHistory   Sight = "history"   // segments, offer, score, event
)

// Expressions lists the expressions of a document, in its order.
func Expressions(d Document) []Expression {
	e := &expressions{}
	d.express(e)
	return e.list
}

type expressions struct{ list []Expression }

// add notes an expression; an empty one is none.
func (e *expressions) add(x Expression) {
	if x.Source != "" {
		e.list = append(e.list, x)
	}
}

// computed notes the expressions of a map from attributes.
func (e *expressions) computed(path string, sources map[string]string, like Expression) {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		like.Path, like.Source, like.Attribute = Join(path, name), sources[name], name
		e.add(like)
	}
}

func (AudienceLevel) express(*expressions)    {}
func (OfferAttribute) express(*expressions)   {}
func (Campaign) express(*expressions)         {}
func (Segment) express(*expressions)          {}
func (LearningModel) express(*expressions)    {}
func (Channel) express(*expressions)          {}
func (Zone) express(*expressions)             {}
func (InteractionPoint) express(*expressions) {}

func (d Macro) express(e *expressions) {
	e.add(Expression{Path: "expression", Source: d.Expression, Sees: SeesMacro, Result: d.Type})
}

func (d Offer) express(e *expressions) {
	e.computed("computed", d.Computed, Expression{Sees: SeesRule})
}

func (d HistoryMapping) express(e *expressions) {
	for path, columns := range map[string]map[string]string{"contact": d.Contact, "response": d.Response} {
		for name, source := range columns {
			e.add(Expression{Path: Join(path, name), Source: source, Sees: SeesHistory})
		}
	}
	slices.SortFunc(e.list, func(a, b Expression) int { return strings.Compare(a.Path, b.Path) })
}

func (d Event) express(e *expressions) {
	actions(e, d.Actions, Expression{Sees: SeesAction, Parameters: d.Parameters})
}

func (d EventPattern) express(e *expressions) {
	for i, member := range d.Members {
		e.add(Expression{Path: index("members", i) + ".when", Source: member.When, Sees: SeesAction, Result: Boolean, Event: member.Event})
	}
	actions(e, d.Actions, Expression{Sees: SeesAction})
}

func actions(e *expressions, all []EventAction, like Expression) {
	for i, a := range all {
		path := index("actions", i)
		when, at := like, like
		when.Path, when.Source, when.Result = path+".when", a.When, Boolean
		at.Path, at.Source, at.Result = path+".at", a.At, Timestamp
		e.add(when)
		e.add(at)
		e.computed(path+".set", a.Set, like)
		for _, name := range sorted(a.Send) {
			sent := like
			sent.Path, sent.Source = Join(path+".send", name), a.Send[name]
			e.add(sent)
		}
	}
}

func (d Flowchart) express(e *expressions) {
	derived := d.Derived()
	for i, box := range d.Boxes {
		path := index("boxes", i)
		for j, field := range box.Derive {
			e.add(Expression{Path: index(path+".derive", j) + ".expression", Source: field.Expression,
				Sees: SeesFlowchart, Result: field.Type, Derived: derived})
		}
		e.add(Expression{Path: path + ".when", Source: box.When, Sees: SeesFlowchart, Result: Boolean, Derived: derived})
		for j, branch := range box.Branches {
			e.add(Expression{Path: index(path+".branches", j) + ".when", Source: branch.When,
				Sees: SeesFlowchart, Result: Boolean, Derived: derived})
		}
	}
}

// Derived lists the derived fields of all boxes.
func (d Flowchart) Derived() []DerivedField {
	var fields []DerivedField
	for _, box := range d.Boxes {
		fields = append(fields, box.Derive...)
	}
	return fields
}

func (d Strategy) express(e *expressions) {
	for i, rule := range d.Rules {
		path := index("rules", i)
		e.add(Expression{Path: path + ".scoreExpression", Source: rule.ScoreExpression, Sees: SeesScore, Result: Number})
		e.add(Expression{Path: path + ".when", Source: rule.When, Sees: SeesRule, Result: Boolean})
		e.computed(path+".computed", rule.Computed, Expression{Sees: SeesRule})
	}
}
