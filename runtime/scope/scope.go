package scope

import (
	"time"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Definitions are what the languages are made of, by name.
type Definitions struct {
	AudienceLevels  map[string]definition.AudienceLevel
	Macros          map[string]definition.Macro
	OfferAttributes map[string]definition.OfferAttribute
	// Flowcharts are asked for their derived fields.
	Flowcharts map[string]definition.Flowchart
}

// Scope has the languages of all audience levels. It is immutable and safe for
// concurrent use.
type Scope struct{ levels map[string]*Level }

// New makes the languages and compiles the macros. The error is a fault.Invalid
// with places such as macros/vip.expression.
func New(d Definitions) (*Scope, error) { return &Scope{}, nil }

// Level finds the language of an audience level.
func (s *Scope) Level(name string) (*Level, bool) { l, ok := s.levels[name]; return l, ok }

// Level is the language of one audience level.
type Level struct {
	name     string
	language *expression.Language
}

// Name is that of the audience level.
func (l *Level) Name() string { return l.name }

// Compile compiles an expression of a document. Its error is an
// *expression.SyntaxError.
func (l *Level) Compile(e definition.Expression) (*Program, error) { return nil, nil }

// Programs are the compiled expressions of a document by their paths, as
// definition.Expressions gives them: "rules[3].when".
type Programs map[string]*Program

// CompileDocument compiles all expressions of a document. The places are within
// the document. Events gives the parameters of events that the document's
// expressions read; it may be nil.
func (l *Level) CompileDocument(d definition.Document, events func(name string) []definition.Attribute) (Programs, []fault.Place) {
	return nil, nil
}

// Program is a compiled expression. It is immutable and safe for concurrent use,
// each goroutine with its own frame.
type Program struct{ program *expression.Program }

// Bool evaluates a condition.
func (p *Program) Bool(f *Frame) (bool, error) { return false, nil }

// Float evaluates to a number.
func (p *Program) Float(f *Frame) (float64, error) { return 0, nil }

// Value evaluates to a value of the type that was compiled for: a string, int64,
// float64, bool, time.Time or []string; nil where the expression gives null.
func (p *Program) Value(f *Frame) (any, error) { return nil, nil }

// Constant is the value of an expression that reads no variable: an error where
// evaluating it always fails.
func (p *Program) Constant() (constant any, ok bool) { return nil, false }

// Requires are equalities that have to hold for the condition to be true.
func (p *Program) Requires() []expression.Requirement { return nil }

// Reads lists what the program reads, without macros' own reads: "profile.age",
// "macro.vip", "segments".
func (p *Program) Reads() []string { return nil }

// Frame holds the values that the programs of a level see, for one visitor. It
// belongs to one goroutine at a time.
type Frame struct {
	level  *Level
	record *expression.Record
}

// NewFrame makes a frame in which nothing is set.
func (l *Level) NewFrame() *Frame { return nil }

// Reset takes all values away, so that the frame can be used for another visitor.
func (f *Frame) Reset() {}

// Record has the values, for indexes by expression.Requirement.
func (f *Frame) Record() *expression.Record { return f.record }

// SetProfile sets the attributes of the profile: values as definition.ValueType
// Convert gives them, nil or none for what is not known, where the default of the
// declaration stands in. What the level does not declare is left out.
func (f *Frame) SetProfile(attributes map[string]any) {}

// SetAttribute changes one attribute of the profile.
func (f *Frame) SetAttribute(name string, value any) {}

// SetNow sets the clock.
func (f *Frame) SetNow(now time.Time) {}

// SetParameters sets the parameters of the session, over which the call's lie.
func (f *Frame) SetParameters(parameters map[string]any) {}

// SetEvent sets the parameters of an event.
func (f *Frame) SetEvent(parameters map[string]any) {}

// SetSegments sets the segments of the visitor.
func (f *Frame) SetSegments(names []string) {}

// SetScore sets the marketer's score.
func (f *Frame) SetScore(score float64) {}

// SetDerived sets a derived field.
func (f *Frame) SetDerived(name string, value any) {}

// ClearDerived takes all derived fields away, before another flowchart is run.
func (f *Frame) ClearDerived() {}

// Offer are the values of an offer as expressions see them, made once.
type Offer struct{}

// NewOffer makes the values of an offer: its code and its attributes, where it
// names none the default of the definition.
func (l *Level) NewOffer(code string, attributes map[string]any) *Offer { return nil }

// SetOffer sets the offer that is decided on.
func (f *Frame) SetOffer(o *Offer) {}
