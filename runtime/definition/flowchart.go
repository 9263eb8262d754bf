package definition

// Flowchart is a graph that is run for one visitor and puts it in segments.
type Flowchart struct {
	// AudienceLevel is whose profile it reads; empty for the channel's first.
	AudienceLevel string `json:"audienceLevel,omitempty" doc:"Whose profile it reads; without it the channel's first"`
	Boxes         []Box  `json:"boxes" minItems:"1" maxItems:"1000" doc:"The boxes; exactly one is of type interaction"`
}

// Box is a node of a flowchart. Which fields it has depends on its type.
type Box struct {
	Name string  `json:"name" maxLength:"63" doc:"Unique in the flowchart"`
	Type BoxType `json:"type" enum:"interaction,select,decision,sample,snapshot,segment" doc:"What it does"`
	// Next are the boxes that a visitor goes on to, all of them. Decision and
	// sample have branches instead.
	Next []string `json:"next,omitempty" maxItems:"20" doc:"Boxes that a visitor goes on to, all of them"`

	// When is the condition under which select lets a visitor pass; empty for all.
	When string `json:"when,omitempty" maxLength:"4096" doc:"select: who passes; without it everybody"`
	// Derive gives names to values that later boxes read as derived.name.
	Derive []DerivedField `json:"derive,omitempty" maxItems:"50" doc:"select: named values that later boxes read as derived.name"`

	// Branches of a decision are tried in order, the first whose condition holds
	// is taken; those of a sample have shares.
	Branches []Branch `json:"branches,omitempty" maxItems:"50" doc:"decision: conditions; sample: shares"`
	// Otherwise is where a visitor goes on for whom no branch was taken; empty for
	// nowhere.
	Otherwise []string `json:"otherwise,omitempty" maxItems:"20" doc:"decision, sample: for whom no branch was taken"`

	// Seed makes samples of the same shares different.
	Seed string `json:"seed,omitempty" maxLength:"63" doc:"sample: makes samples of the same shares different"`

	// Attributes are recorded by snapshot.
	Attributes []string `json:"attributes,omitempty" maxItems:"50" doc:"snapshot: attributes of the profile to record"`

	// Segment is what a visitor is put in.
	Segment string `json:"segment,omitempty" doc:"segment: what a visitor is put in"`
}

// BoxType is a sort of box.
type BoxType string

// The closed set of box types.
const (
	BoxInteraction BoxType = "interaction" // the entry
	BoxSelect      BoxType = "select"
	BoxDecision    BoxType = "decision"
	BoxSample      BoxType = "sample"
	BoxSnapshot    BoxType = "snapshot"
	BoxSegment     BoxType = "segment"
)

// DerivedField is a named value of one run.
type DerivedField struct {
	Name       string    `json:"name" maxLength:"63" doc:"What expressions call it, derived.name"`
	Type       ValueType `json:"type" enum:"text,whole,number,boolean,timestamp,texts" doc:"Type of the value"`
	Expression string    `json:"expression" maxLength:"4096" doc:"A CEL expression"`
}

// Branch is a way on from a decision or a sample.
type Branch struct {
	Name  string   `json:"name" maxLength:"63" doc:"Unique in the box"`
	When  string   `json:"when,omitempty" maxLength:"4096" doc:"decision: a CEL condition"`
	Share float64  `json:"share,omitempty" minimum:"0" maximum:"100" doc:"sample: percent of the visitors"`
	Next  []string `json:"next,omitempty" maxItems:"20" doc:"Boxes that a visitor goes on to, all of them"`
}
