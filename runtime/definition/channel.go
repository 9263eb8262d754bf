package definition

import (
	"time"

	"github.com/switchyard/switchyard/internal/duration"
)

// Channel is a touchpoint: a web shop, a call centre.
type Channel struct {
	Solution string `json:"solution" doc:"Solution whose servers serve it"`
	// ServerGroups of the solution that it can be deployed to, exactly one of them
	// its production group.
	ServerGroups []string `json:"serverGroups" minItems:"1" maxItems:"20" doc:"Groups of the solution that it can be deployed to, one of them production"`
	// AudienceLevels of its visitors; the first is that of sessions that name none.
	AudienceLevels []string `json:"audienceLevels" minItems:"1" maxItems:"10" doc:"Who its visitors can be; the first stands where a session names none"`
	// PresentationsPerVisit is how often one offer is shown in a visit at most;
	// 0 is without limit.
	PresentationsPerVisit int    `json:"presentationsPerVisit,omitempty" minimum:"0" maximum:"1000" doc:"How often one offer is shown in a visit at most; 0: without limit"`
	Learning              string `json:"learning,omitempty" doc:"Learning model of its zones; without one the scores of the rules count"`
}

// Zone is a part of a touchpoint, in which points lie.
type Zone struct {
	// Learning is a model, "off", or empty for that of the channel.
	Learning string `json:"learning,omitempty" doc:"A learning model, off, or nothing for that of the channel"`
}

// LearningOff is a zone's learning where the scores of the rules count.
const LearningOff = "off"

// InteractionPoint is where a touchpoint asks for offers.
type InteractionPoint struct {
	Zone    string `json:"zone" doc:"Zone that it lies in"`
	Default string `json:"default" minLength:"1" maxLength:"10000" doc:"Answered when no offer qualifies"`
}

// Event is something that a touchpoint tells.
type Event struct {
	Parameters []Attribute   `json:"parameters,omitempty" maxItems:"100" doc:"What comes with it"`
	Actions    []EventAction `json:"actions,omitempty" maxItems:"20" doc:"What it does, in this order"`
}

// EventAction is one thing that an event or a pattern does.
type EventAction struct {
	Do ActionKind `json:"do" enum:"re-segment,log-contact,log-acceptance,log-rejection,set-profile,suppress-offers,trigger-events,call-webhook,submit-interaction,start-process" doc:"What to do"`
	// When is a condition, empty for always.
	When string `json:"when,omitempty" maxLength:"4096" doc:"A CEL condition; without one always"`
	// After delays it. At names the attribute of the profile or the parameter of
	// the event, of type timestamp, that says when. Not both.
	After *duration.Duration `json:"after,omitempty" doc:"Delay, ISO 8601"`
	At    string             `json:"at,omitempty" maxLength:"4096" doc:"A CEL expression of the time"`
	// Flowcharts are those that re-segment runs; none stands for all.
	Flowcharts []string `json:"flowcharts,omitempty" maxItems:"50" doc:"re-segment: flowcharts to run; none: all"`
	// Set gives attributes of the profile new values, by expressions.
	Set map[string]string `json:"set,omitempty" doc:"set-profile: expressions by attribute of the profile"`
	// Offers are those that suppress-offers suppresses for the rest of the visit;
	// none stands for those of the event's treatment.
	Offers []string `json:"offers,omitempty" maxItems:"100" doc:"suppress-offers: which; none: that of the treatment"`
	// Events are those that trigger-events triggers.
	Events []string `json:"events,omitempty" maxItems:"20" doc:"trigger-events: which"`
	// ResponseType is that of log-acceptance and log-rejection.
	ResponseType string `json:"responseType,omitempty" doc:"log-acceptance, log-rejection: the response type"`
	// URL is where call-webhook posts to. No expression decides it.
	URL string `json:"url,omitempty" maxLength:"2000" doc:"call-webhook: where to post, an absolute http or https address"`
	// Process is the business process of submit-interaction and start-process.
	Process string `json:"process,omitempty" doc:"submit-interaction, start-process: the business process"`
	// MediaType is that of the interaction of submit-interaction.
	MediaType string `json:"mediaType,omitempty" doc:"submit-interaction: media type of the interaction"`
	// Send are expressions of what goes along with a trigger, by name.
	Send map[string]string `json:"send,omitempty" doc:"call-webhook, submit-interaction, start-process: expressions of what goes along, by name"`
}

// ActionKind is a sort of event action.
type ActionKind string

// The closed set of action kinds.
const (
	ReSegment      ActionKind = "re-segment"
	LogContact     ActionKind = "log-contact"
	LogAcceptance  ActionKind = "log-acceptance"
	LogRejection   ActionKind = "log-rejection"
	SetProfile     ActionKind = "set-profile"
	SuppressOffers ActionKind = "suppress-offers"
	TriggerEvents  ActionKind = "trigger-events"

	// Triggers, which lead out of the runtime.
	CallWebhook       ActionKind = "call-webhook"
	SubmitInteraction ActionKind = "submit-interaction"
	StartProcess      ActionKind = "start-process" // for an interaction of its own
)

// Triggers reports whether the action leads out of the runtime.
func (k ActionKind) Triggers() bool {
	return k == CallWebhook || k == SubmitInteraction || k == StartProcess
}

// EventPattern is a state over the events of a customer.
type EventPattern struct {
	Logic PatternLogic `json:"logic" enum:"match-all,counter,weighted-counter,sequence" doc:"When it is met"`
	// Members are the events that count; of a sequence in this order.
	Members []PatternMember `json:"members" minItems:"1" maxItems:"50" doc:"Events that count; of a sequence in this order"`
	// Threshold is what the weights of a weighted counter have to reach.
	Threshold float64        `json:"threshold,omitempty" doc:"weighted-counter: what the sum of weight × count has to reach"`
	Window    *PatternWindow `json:"window,omitempty" doc:"Time in which it has to be met; without one ever"`
	// Suspend names events after which it counts no more until the window is over.
	Suspend []string `json:"suspend,omitempty" maxItems:"20" doc:"Events after which it counts no more"`
	// Again lets it be met again after it was met.
	Again   bool          `json:"again,omitempty" doc:"It starts anew after it was met"`
	Actions []EventAction `json:"actions,omitempty" maxItems:"20" doc:"What is done when it is met"`
}

// PatternLogic says when a pattern is met.
type PatternLogic string

// The closed set of logics.
const (
	MatchAll        PatternLogic = "match-all"        // every member once
	Counter         PatternLogic = "counter"          // every member as often as its count
	WeightedCounter PatternLogic = "weighted-counter" // the weights reach the threshold
	Sequence        PatternLogic = "sequence"         // the members one after another
)

// PatternMember is an event that counts.
type PatternMember struct {
	Event  string  `json:"event" doc:"Name of the event"`
	When   string  `json:"when,omitempty" maxLength:"4096" doc:"A CEL condition on its parameters"`
	Count  int     `json:"count,omitempty" minimum:"0" maximum:"1000000" doc:"counter: how often; 0 stands for once"`
	Weight float64 `json:"weight,omitempty" doc:"weighted-counter: what one counts"`
}

// PatternWindow is the time in which a pattern has to be met: between two
// instants, or rolling, within the last For.
type PatternWindow struct {
	From *time.Time         `json:"from,omitempty" doc:"Events before do not count"`
	To   *time.Time         `json:"to,omitempty" doc:"Events from then on do not count"`
	For  *duration.Duration `json:"for,omitempty" doc:"Rolling: only events of this last time count, ISO 8601"`
}
