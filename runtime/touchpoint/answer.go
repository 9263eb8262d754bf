package touchpoint

import (
	"time"

	"github.com/switchyard/switchyard/runtime/decision"
)

// Answer is what every call gets.
type Answer struct {
	SessionID string `json:"sessionId" doc:"As the caller chose it"`
	Status    Status `json:"status" enum:"0,1,2" doc:"0 success, 1 warning, 2 error: the worst of the messages"`
	// Version is what the session is served with; nil where there is none. It is that of
	// other answers too: it must not be changed.
	Version    *Version    `json:"version,omitempty" doc:"What the session is served with"`
	Messages   []Message   `json:"messages" doc:"What there is to say; empty after a success"`
	OfferLists []OfferList `json:"offerLists,omitempty" doc:"One for each interaction point that was asked for, in the same order"`
	Profile    *Profile    `json:"profile,omitempty" doc:"What is known of the visitor"`
	Explain    []Explain   `json:"explain,omitempty" doc:"How the offers were decided, while debug is on"`
	// Channels are those that the server serves: the answer of getVersion.
	Channels []ChannelVersion `json:"channels,omitempty" doc:"What the server serves"`
}

// BatchAnswer is what a batch gets.
type BatchAnswer struct {
	SessionID string    `json:"sessionId" doc:"As the caller chose it"`
	Status    Status    `json:"status" enum:"0,1,2" doc:"The worst of all answers"`
	Messages  []Message `json:"messages" doc:"What there is to say of the batch itself"`
	// Answers has one for each command that was run, in the same order.
	Answers []Answer `json:"answers" doc:"One for each command that was run, in the same order"`
}

// Version is a version of a channel.
type Version struct {
	Channel string `json:"channel" doc:"Interactive channel"`
	Number  int64  `json:"number" doc:"Number of its deployment"`
	Hash    string `json:"hash" doc:"SHA-256 of its package"`
}

// ChannelVersion is what is served of a channel.
type ChannelVersion struct {
	Version
	Name string `json:"name" doc:"Name of the deployment"`
	// Taken is when this server began to serve it.
	Taken time.Time `json:"taken" doc:"Since when this server serves it"`
}

// OfferList is what a point was given.
type OfferList struct {
	Point string `json:"point" doc:"Interaction point"`
	// Default is the point's string, where no offer qualifies.
	Default string  `json:"default,omitempty" doc:"The point's default string, where no offer qualifies"`
	Offers  []Offer `json:"offers" doc:"The best first"`
}

// Offer is an offer for a visitor.
type Offer struct {
	// Treatment is unique to this presentation; responses name it. It is empty where
	// the presentation could not be written to the history.
	Treatment string  `json:"treatment,omitempty" doc:"Unique to this presentation; responses name it"`
	Offer     string  `json:"offer" doc:"Code of the offer"`
	Score     float64 `json:"score" doc:"The score by which it was chosen"`
	// Attributes may be shared with other answers: they must not be changed.
	Attributes map[string]any `json:"attributes" doc:"Attributes of the offer for this visitor"`
}

// Profile is what a session knows of its visitor.
type Profile struct {
	Audience   Audience       `json:"audience" doc:"Who the visitor is"`
	Attributes map[string]any `json:"attributes" doc:"Profile, the key among it; what is not known is left out"`
	Parameters map[string]any `json:"parameters" doc:"Parameters of the session"`
	Segments   []string       `json:"segments" doc:"Segments that the visitor is in"`
	Debug      bool           `json:"debug" doc:"Whether answers explain"`
}

// Explain says how the offers of a point were decided.
type Explain struct {
	Point      string      `json:"point"`
	Zone       string      `json:"zone"`
	Segments   []string    `json:"segments"`
	Candidates []Candidate `json:"candidates" doc:"All candidates and what became of them"`
	// LeftOut counts candidates beyond MaxCandidates.
	LeftOut int `json:"leftOut,omitempty" doc:"Candidates that the answer had no room for"`
}

// Candidate is what became of a rule, an assigned or a default offer.
type Candidate struct {
	Offer  string          `json:"offer"`
	Origin decision.Origin `json:"origin" enum:"rule,assigned,default" doc:"What made it a candidate"`
	// Strategy and Rule are empty where no rule did.
	Strategy string          `json:"strategy,omitempty"`
	Rule     string          `json:"rule,omitempty"`
	Step     decision.Step   `json:"step" doc:"Step of arbitration in which it was dropped; 7 where it was chosen"`
	Reason   decision.Reason `json:"reason" doc:"Why it was dropped, or chosen"`
	Text     string          `json:"text,omitempty" doc:"The same for people"`
	Score    *float64        `json:"score,omitempty" doc:"Where it came so far"`
	Source   decision.Source `json:"source,omitempty" doc:"Where the score comes from"`
	Rank     int             `json:"rank,omitempty" doc:"Place among the offers, from 1"`
}
