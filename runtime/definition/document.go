package definition

import (
	"fmt"

	"github.com/switchyard/switchyard/internal/fault"
)

// Document is a definition of some kind: an Offer, a Strategy, … as a value, not
// as a pointer.
type Document interface {
	// Kind is the kind of document.
	Kind() Kind
	// Check finds what is wrong with the document by itself, at most MaxProblems.
	Check() []fault.Place

	// mention and express list what the document names and computes.
	mention(*mentions)
	express(*expressions)
}

// Check is Document.Check as an error: a fault.Invalid of type
// malformed-definition with the places, below the document's path.
func Check(path string, d Document) error {
	return Problem(Below(path, d.Check()))
}

// Problem makes places an error; nil when there are none.
func Problem(places []fault.Place) error {
	if len(places) == 0 {
		return nil
	}
	f := fault.New(fault.Invalid, "malformed-definition", "the definition is not valid")
	f.Places = places
	return f
}

// Below puts the path of a document before the paths of its places:
// "strategies/winback" and "rules[3].when" make "strategies/winback.rules[3].when".
func Below(path string, places []fault.Place) []fault.Place {
	below := make([]fault.Place, len(places))
	for i, p := range places {
		below[i] = p
		below[i].Path = Join(path, p.Path)
	}
	return below
}

// Join joins the path of a whole with that of its part; either may be empty.
func Join(whole, part string) string {
	switch {
	case whole == "":
		return part
	case part == "" || part[0] == '[':
		return whole + part
	default:
		return whole + "." + part
	}
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// Kind implements Document.
func (AudienceLevel) Kind() Kind { return KindAudienceLevel }

// Kind implements Document.
func (Macro) Kind() Kind { return KindMacro }

// Kind implements Document.
func (OfferAttribute) Kind() Kind { return KindOfferAttribute }

// Kind implements Document.
func (Offer) Kind() Kind { return KindOffer }

// Kind implements Document.
func (Campaign) Kind() Kind { return KindCampaign }

// Kind implements Document.
func (Segment) Kind() Kind { return KindSegment }

// Kind implements Document.
func (LearningModel) Kind() Kind { return KindLearningModel }

// Kind implements Document.
func (HistoryMapping) Kind() Kind { return KindHistoryMapping }

// Kind implements Document.
func (Channel) Kind() Kind { return KindChannel }

// Kind implements Document.
func (Zone) Kind() Kind { return KindZone }

// Kind implements Document.
func (InteractionPoint) Kind() Kind { return KindInteractionPoint }

// Kind implements Document.
func (Event) Kind() Kind { return KindEvent }

// Kind implements Document.
func (EventPattern) Kind() Kind { return KindEventPattern }

// Kind implements Document.
func (Flowchart) Kind() Kind { return KindFlowchart }

// Kind implements Document.
func (Strategy) Kind() Kind { return KindStrategy }
