package client

import "time"

// RuntimeStatus says how a call went: the worst of its messages.
type RuntimeStatus int

// The closed set of statuses.
const (
	RuntimeSuccess RuntimeStatus = 0
	RuntimeWarning RuntimeStatus = 1
	RuntimeError   RuntimeStatus = 2
)

// RuntimeMessage is one thing that there is to say of a call.
type RuntimeMessage struct {
	Level  string `json:"level" enum:"info,warning,error" doc:"How bad it is"`
	Code   int    `json:"code" doc:"What it is; the codes are stable" example:"5"`
	Text   string `json:"text" doc:"What it is, for people"`
	Detail string `json:"detail,omitempty" doc:"What of this call it concerns"`
}

// RuntimeAnswer is what every call of a session gets.
type RuntimeAnswer struct {
	SessionID  string           `json:"sessionId" doc:"As the caller chose it; empty where it is malformed"`
	Status     RuntimeStatus    `json:"status" enum:"0,1,2" doc:"0 success, 1 warning, 2 error: the worst of the messages"`
	Version    *RuntimeVersion  `json:"version,omitempty" doc:"What the session is served with"`
	Messages   []RuntimeMessage `json:"messages" doc:"What there is to say; empty after a success"`
	OfferLists []OfferList      `json:"offerLists,omitempty" doc:"One for each interaction point, in the order of the request"`
	Profile    *RuntimeProfile  `json:"profile,omitempty" doc:"What is known of the visitor"`
	Explain    []OfferDecision  `json:"explain,omitempty" doc:"How the offers of each point were decided, while debug is on"`
	Channels   []RuntimeChannel `json:"channels,omitempty" doc:"What the server serves: the answer of getVersion"`
}

// Message returns the first message with the code.
func (a RuntimeAnswer) Message(code int) (RuntimeMessage, bool) {
	for _, m := range a.Messages {
		if m.Code == code {
			return m, true
		}
	}
	return RuntimeMessage{}, false
}

// Offers are those of a point; none where it was not asked for.
func (a RuntimeAnswer) Offers(point string) []PresentedOffer {
	for _, list := range a.OfferLists {
		if list.Point == point {
			return list.Offers
		}
	}
	return nil
}

// RuntimeVersion is the version of a channel that a session is served with.
type RuntimeVersion struct {
	Channel string `json:"channel"`
	Number  int64  `json:"number" doc:"Of the deployment"`
	Hash    string `json:"hash" doc:"SHA-256 of the package"`
}

// RuntimeChannel is what a server serves of a channel.
type RuntimeChannel struct {
	RuntimeVersion
	Name  string    `json:"name" doc:"Of the deployment"`
	Taken time.Time `json:"taken" doc:"When this server began to serve it"`
}

// OfferList is what an interaction point was given.
type OfferList struct {
	Point   string           `json:"point" doc:"Interaction point"`
	Default string           `json:"default,omitempty" doc:"The point's default string, where no offer qualifies"`
	Offers  []PresentedOffer `json:"offers" doc:"The best first"`
}

// PresentedOffer is an offer for a visitor.
type PresentedOffer struct {
	Treatment  string     `json:"treatment,omitempty" doc:"Unique to this presentation; responses name it. None where it could not be recorded"`
	Offer      string     `json:"offer" doc:"Code of the offer"`
	Score      float64    `json:"score" doc:"The score by which it was chosen"`
	Attributes Properties `json:"attributes" doc:"Attributes of the offer for this visitor"`
}

// RuntimeProfile is what a session knows of its visitor.
type RuntimeProfile struct {
	Audience   Audience   `json:"audience"`
	Attributes Properties `json:"attributes" doc:"Profile, the key among it; what is not known is left out"`
	Parameters Properties `json:"parameters" doc:"Parameters of the session"`
	Segments   []string   `json:"segments" doc:"Segments that the visitor is in"`
	Debug      bool       `json:"debug" doc:"Whether answers explain"`
}

// OfferDecision says how the offers of a point were decided.
type OfferDecision struct {
	Point      string           `json:"point"`
	Zone       string           `json:"zone"`
	Segments   []string         `json:"segments"`
	Candidates []OfferCandidate `json:"candidates" doc:"All candidates and what became of them"`
	LeftOut    int              `json:"leftOut,omitempty" doc:"Candidates that the answer had no room for"`
}

// OfferCandidate is what became of a rule, an assigned or a default offer.
type OfferCandidate struct {
	Offer    string   `json:"offer"`
	Origin   string   `json:"origin" enum:"rule,assigned,default" doc:"What made it a candidate"`
	Strategy string   `json:"strategy,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Step     int      `json:"step" doc:"Step of arbitration in which it was dropped; 7 where it was chosen"`
	Reason   string   `json:"reason" doc:"Why it was dropped, or chosen"`
	Text     string   `json:"text,omitempty" doc:"The same for people"`
	Score    *float64 `json:"score,omitempty" doc:"Where it came so far"`
	Source   string   `json:"source,omitempty" doc:"Where the score comes from"`
	Rank     int      `json:"rank,omitempty" doc:"Place among the offers, from 1"`
}

// RuntimeBatchAnswer is what a batch gets: an answer for each command that was run.
type RuntimeBatchAnswer struct {
	SessionID string           `json:"sessionId" doc:"As the caller chose it; empty where it is malformed"`
	Status    RuntimeStatus    `json:"status" enum:"0,1,2" doc:"The worst of all answers"`
	Messages  []RuntimeMessage `json:"messages" doc:"What there is to say of the batch itself"`
	Answers   []RuntimeAnswer  `json:"answers" doc:"One for each command that was run, in the same order"`
}

// Audience says who a visitor is.
type Audience struct {
	Level string     `json:"level,omitempty" doc:"Audience level; without it the channel's first"`
	ID    Properties `json:"id,omitempty" doc:"Attributes of the level's key; without any the visitor is anonymous"`
}

// StartSession is what startSession takes.
type StartSession struct {
	Channel        string     `json:"channel" doc:"Interactive channel" example:"web"`
	RelyOnExisting bool       `json:"relyOnExisting,omitempty" doc:"Go on with a live session as it is, where there is one; without it a live one is discarded"`
	Debug          bool       `json:"debug,omitempty" doc:"Answers explain"`
	Audience       Audience   `json:"audience,omitzero" doc:"Who the visitor is; without it the visitor is anonymous"`
	Profile        Properties `json:"profile,omitempty" doc:"Attributes of the profile, at most 500; they count over stored ones"`
	Parameters     Properties `json:"parameters,omitempty" doc:"Parameters of the session, at most 100: texts, numbers, booleans and lists of texts"`
}

// OffersWanted is what one interaction point asks for.
type OffersWanted struct {
	Point      string   `json:"point,omitempty" doc:"Interaction point" example:"start-page-hero"`
	Count      int      `json:"count,omitempty" doc:"How many offers, 1 to 50" example:"3"`
	Duplicates int      `json:"duplicates,omitempty" doc:"1: without offers that an earlier point of the call was given, 2: also those; without it 1"`
	Attributes []string `json:"attributes,omitempty" doc:"Attributes of the offers to answer; without it all"`
}

// GetOffers is what getOffers takes: one point, or several in the order of their
// priority.
type GetOffers struct {
	OffersWanted
	Points         []OffersWanted `json:"points,omitempty" doc:"1 to 20 interaction points in the order of their priority, in place of point, count, duplicates and attributes"`
	Parameters     Properties     `json:"parameters,omitempty" doc:"Parameters of the session from now on"`
	CallParameters Properties     `json:"callParameters,omitempty" doc:"Parameters for this call alone"`
}

// PostEvent is what postEvent takes.
type PostEvent struct {
	Event        string     `json:"event,omitempty" doc:"Event of the channel" example:"accept"`
	Treatment    string     `json:"treatment,omitempty" doc:"Treatment code that the event is about"`
	ResponseType string     `json:"responseType,omitempty" doc:"Response type; it counts over that of the event's action"`
	Parameters   Properties `json:"parameters,omitempty" doc:"Parameters of the event; the session has them from now on"`
}

// SetAudience is what setAudience takes.
type SetAudience struct {
	Audience   Audience   `json:"audience" doc:"Who the visitor is from now on"`
	Profile    Properties `json:"profile,omitempty" doc:"Attributes of the profile, at most 500; they count over stored ones"`
	Parameters Properties `json:"parameters,omitempty" doc:"Parameters of the session from now on"`
	Merge      *bool      `json:"merge,omitempty" doc:"Keep what happened in the visit; without it that of an anonymous visitor is kept and that of a known one is not"`
}

// SetDebug is what setDebug takes.
type SetDebug struct {
	Debug bool `json:"debug" doc:"Whether answers explain"`
}

// The methods that a batch can have.
const (
	MethodStartSession = "startSession"
	MethodGetOffers    = "getOffers"
	MethodPostEvent    = "postEvent"
	MethodSetAudience  = "setAudience"
	MethodGetProfile   = "getProfile"
	MethodSetDebug     = "setDebug"
	MethodEndSession   = "endSession"
	MethodGetVersion   = "getVersion"
)

// RuntimeCommand is one call of a batch: a method and the fields of what it takes.
type RuntimeCommand struct {
	Method string `json:"method" doc:"startSession, getOffers, getOffersForMultipleInteractionPoints, postEvent, setAudience, getProfile, setDebug, endSession or getVersion" example:"getOffers"`

	OffersWanted
	Points         []OffersWanted `json:"points,omitempty"`
	Channel        string         `json:"channel,omitempty"`
	RelyOnExisting bool           `json:"relyOnExisting,omitempty"`
	Debug          bool           `json:"debug,omitempty"`
	Audience       Audience       `json:"audience,omitzero"`
	Profile        Properties     `json:"profile,omitempty"`
	Parameters     Properties     `json:"parameters,omitempty"`
	CallParameters Properties     `json:"callParameters,omitempty"`
	Event          string         `json:"event,omitempty"`
	Treatment      string         `json:"treatment,omitempty"`
	ResponseType   string         `json:"responseType,omitempty"`
	Merge          *bool          `json:"merge,omitempty"`
}

// RuntimeBatch is what executeBatch takes.
type RuntimeBatch struct {
	Commands    []RuntimeCommand `json:"commands" doc:"1 to 100 commands, run in order"`
	StopOnError bool             `json:"stopOnError,omitempty" doc:"Leave the commands after an error out; without it they are run"`
}
