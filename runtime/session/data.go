package session

import (
	"slices"
	"strings"
	"time"

	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/history"
)

// Data is what a session holds. It is all values, so that any server of a group
// can go on with it, but for Attached.
type Data struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	// Version is what the session began with and stays on.
	Version Version   `json:"version"`
	Started time.Time `json:"started"`
	Debug   bool      `json:"debug,omitempty"`

	// Level is the visitor's audience level, Key the values of its key in the order
	// of the level, and Audience their canonical text. Without a key the visitor is
	// anonymous.
	Level    string `json:"level"`
	Key      []any  `json:"key,omitempty"`
	Audience string `json:"audience,omitempty"`
	// Merged says that the visitor of this visit was anonymous at first.
	Merged bool `json:"merged,omitempty"`

	// Profile has the attributes that are known, values as
	// definition.ValueType.Convert gives them.
	Profile Values `json:"profile,omitzero"`
	// Set are the attributes that events have set in the visit.
	Set        []string       `json:"set,omitempty"`
	Parameters map[string]any `json:"parameters,omitempty"`
	// Assigned are the segments with the flowcharts that assigned them, Segments
	// each of them once.
	Assigned []Assigned `json:"assigned,omitempty"`
	Segments []string   `json:"segments,omitempty"`

	// Patterns are the states of event patterns by name, of a visitor of whom nothing
	// is kept.
	Patterns map[string]eventpattern.State `json:"patterns,omitempty"`
	// Offers are those with which something happened, by code. The rest is what else
	// was loaded of the customer.
	Offers    []Offer             `json:"offers,omitempty"`
	Blocked   []string            `json:"blocked,omitempty"`
	Overrides []customer.Override `json:"overrides,omitempty"`
	Defaults  []customer.Default  `json:"defaults,omitempty"`
	// Unloaded is when loading the customer failed; zero where it did not.
	Unloaded time.Time `json:"unloaded,omitzero"`
	// Orphaned is until when the responses without a contact that came in the
	// session use up what Orphan allows.
	Orphaned time.Time `json:"orphaned,omitzero"`
	// Treatments are those presented last, oldest first, about MaxTreatments at most;
	// the last Returned of them were the last answer.
	Treatments []Treatment `json:"treatments,omitempty"`
	Returned   int         `json:"returned,omitempty"`
	// Begun are the actions of the schedule that were done in the session, the last
	// MaxBegun: one that comes again changes nothing of the visit.
	Begun []string `json:"begun,omitempty"`

	// Attached is what this process keeps beside the data. Another server that goes
	// on with the session does not have it.
	Attached any `json:"-"`
}

// MaxBegun bounds the actions of the schedule that a session remembers.
const MaxBegun = 20

// MaxTreatments bounds the treatments that a session remembers; an older one is
// still known to the history. There may be some more, so that not every answer moves
// all of them.
const (
	MaxTreatments   = 200
	spareTreatments = MaxTreatments / 8
)

// Assigned is a segment that a flowchart put the visitor in.
type Assigned struct {
	Flowchart string `json:"flowchart"`
	Segment   string `json:"segment"`
}

// Version names what was deployed.
type Version struct {
	Number int64  `json:"number"`
	Hash   string `json:"hash"`
}

// Offer is what happened with an offer: in this visit, and to the customer in all
// visits, this one among them.
type Offer struct {
	Code       string        `json:"code"`
	Shown      int           `json:"shown,omitempty"`
	Accepted   bool          `json:"accepted,omitempty"`
	Rejected   bool          `json:"rejected,omitempty"`
	Suppressed bool          `json:"suppressed,omitempty"`
	Past       customer.Past `json:"past"`
}

// Treatment is an offer that was presented.
type Treatment struct {
	Code  history.Treatment `json:"code"`
	Offer string            `json:"offer"`
	// Seen is set when a contact was logged for it.
	Seen bool `json:"seen,omitempty"`
}

// Anonymous reports whether the visitor is not known.
func (d *Data) Anonymous() bool { return len(d.Key) == 0 }

// Begin remembers an action of the schedule, and reports whether it is done for the
// first time.
func (d *Data) Begin(action string) bool {
	if slices.Contains(d.Begun, action) {
		return false
	}
	d.Begun = append(d.Begun, action)
	if over := len(d.Begun) - MaxBegun; over > 0 {
		d.Begun = slices.Delete(d.Begun, 0, over)
	}
	return true
}

// Of returns what happened with an offer, and makes it known when it was not. The
// next call of Of may move it.
func (d *Data) Of(code string) *Offer {
	at, found := slices.BinarySearchFunc(d.Offers, code, byCode)
	if !found {
		if len(d.Offers) == cap(d.Offers) { // most visitors are given a few
			d.Offers = append(make([]Offer, 0, len(d.Offers)+max(3, len(d.Offers)/4)), d.Offers...)
		}
		d.Offers = slices.Insert(d.Offers, at, Offer{Code: code})
	}
	return &d.Offers[at]
}

// ForgetVisit forgets what happened, in the visit and before.
func (d *Data) ForgetVisit() { d.Offers, d.Treatments, d.Returned = nil, nil, 0 }

// ForgetPast forgets what happened with offers to the customer in all visits, and
// returns it. What happened in the visit stays.
func (d *Data) ForgetPast() map[string]customer.Past {
	past := make(map[string]customer.Past, len(d.Offers))
	for i := range d.Offers {
		past[d.Offers[i].Code] = d.Offers[i].Past
		d.Offers[i].Past = customer.Past{}
	}
	return past
}

// Remember replaces what happened with offers to the customer in all visits; what
// happened in this visit stays.
func (d *Data) Remember(past map[string]customer.Past) {
	kept := make([]Offer, 0, len(past))
	for _, o := range d.Offers {
		if _, ok := past[o.Code]; !ok && (o.Shown > 0 || o.Accepted || o.Rejected || o.Suppressed) {
			o.Past = customer.Past{}
			kept = append(kept, o)
		}
	}
	for code, p := range past {
		o := Offer{Code: code}
		if at, found := slices.BinarySearchFunc(d.Offers, code, byCode); found {
			o = d.Offers[at]
		}
		o.Past = p
		kept = append(kept, o)
	}
	slices.SortFunc(kept, func(a, b Offer) int { return strings.Compare(a.Code, b.Code) })
	d.Offers = kept
}

func byCode(o Offer, code string) int { return strings.Compare(o.Code, code) }

// Find returns a treatment that the session remembers; nil where it does not.
func (d *Data) Find(code history.Treatment) *Treatment {
	for i := len(d.Treatments) - 1; i >= 0; i-- {
		if d.Treatments[i].Code == code {
			return &d.Treatments[i]
		}
	}
	return nil
}

// Present remembers the treatments of an answer.
func (d *Data) Present(all []Treatment) {
	d.Returned = len(all)
	d.Treatments = append(d.Treatments, all...)
	if over := len(d.Treatments) - MaxTreatments; over > spareTreatments {
		n := copy(d.Treatments, d.Treatments[over:])
		clear(d.Treatments[n:])
		d.Treatments = d.Treatments[:n]
	}
}

// Last are the treatments of the last answer.
func (d *Data) Last() []Treatment {
	return d.Treatments[len(d.Treatments)-min(d.Returned, len(d.Treatments)):]
}
