package client

import (
	"encoding/json"
	"time"
)

// The JSON shapes of an interaction server. Its REST interface is declared with
// these very types.

// NewInteraction is what a media source hands in.
type NewInteraction struct {
	ExternalID  string     `json:"externalId,omitempty" maxLength:"200" doc:"Its name at the media source: handing in the same one again returns the first interaction" example:"mail-4711"`
	MediaSource string     `json:"mediaSource,omitempty" maxLength:"100" doc:"Where it comes from; default: default" example:"mailbox"`
	MediaType   string     `json:"mediaType" maxLength:"63" example:"email"`
	Type        string     `json:"type,omitempty" maxLength:"100" example:"inbound"`
	Subtype     string     `json:"subtype,omitempty" maxLength:"100" example:"complaint"`
	Priority    int        `json:"priority,omitempty" minimum:"-1000000" maximum:"1000000" doc:"Higher goes first"`
	Process     string     `json:"process" maxLength:"63" doc:"Name of the business process that handles it" example:"card-dispute"`
	Properties  Properties `json:"properties,omitempty" doc:"Free JSON, at most 256 KiB"`
}

// Interaction is a durable piece of work.
type Interaction struct {
	ID             string     `json:"id" format:"uuid"`
	ExternalID     string     `json:"externalId,omitempty"`
	MediaSource    string     `json:"mediaSource"`
	MediaType      string     `json:"mediaType"`
	Type           string     `json:"type,omitempty"`
	Subtype        string     `json:"subtype,omitempty"`
	Priority       int        `json:"priority"`
	Process        string     `json:"process"`
	ProcessVersion int        `json:"processVersion" doc:"The version that it began with and stays on"`
	State          string     `json:"state" enum:"submitted,queued,routing,delivering,handling,stopped"`
	Step           string     `json:"step,omitempty" doc:"The step of the process that it is in"`
	Queue          string     `json:"queue,omitempty" doc:"The queue that it waits in or was last in" example:"card-dispute.intake"`
	Properties     Properties `json:"properties"`
	Agent          string     `json:"agent,omitempty" doc:"Name of the agent that it is offered to or who handles it"`
	Assignment     int64      `json:"assignment,omitempty" doc:"Number of the present or last assignment; an agent's answer carries it"`
	Outcome        string     `json:"outcome,omitempty" doc:"What the last agent completed it with"`
	StopReason     string     `json:"stopReason,omitempty"`
	SubmittedBy    string     `json:"submittedBy" doc:"Name of the account"`
	SubmittedAt    time.Time  `json:"submittedAt"`
	ChangedAt      time.Time  `json:"changedAt" doc:"When its state last changed"`
	QueuedAt       *time.Time `json:"queuedAt,omitempty" doc:"When it entered its queue; kept when it returns there"`
	InvitedAt      *time.Time `json:"invitedAt,omitempty" doc:"When it was last offered to an agent"`
	ExpiresAt      *time.Time `json:"expiresAt,omitempty" doc:"When the present offer ends"`
	AcceptedAt     *time.Time `json:"acceptedAt,omitempty" doc:"When an agent first accepted or pulled it"`
	StoppedAt      *time.Time `json:"stoppedAt,omitempty"`
}

// InteractionEvent is one entry of an interaction's log.
type InteractionEvent struct {
	ID         int64           `json:"id"`
	At         time.Time       `json:"at"`
	Kind       string          `json:"kind" example:"agent-invited"`
	Agent      string          `json:"agent,omitempty" doc:"Name of the agent that it concerns"`
	Actor      string          `json:"actor,omitempty" doc:"Name of the account that caused it; absent: the server itself"`
	Assignment int64           `json:"assignment,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	Detail     json.RawMessage `json:"detail,omitempty" doc:"What else belongs to this kind"`
}

// Acceptance takes an offered interaction.
type Acceptance struct {
	Assignment int64 `json:"assignment" minimum:"1" doc:"Number of the offer"`
}

// Rejection turns an offer down.
type Rejection struct {
	Assignment int64  `json:"assignment" minimum:"1" doc:"Number of the offer"`
	Reason     string `json:"reason,omitempty" maxLength:"200"`
}

// Completion ends an agent's handling.
type Completion struct {
	Assignment int64      `json:"assignment" minimum:"1" doc:"Number of the assignment under which it is handled"`
	Outcome    string     `json:"outcome" minLength:"1" maxLength:"100" doc:"What the process can branch on" example:"resolved"`
	Properties Properties `json:"properties,omitempty" doc:"Merged into the interaction's, key by key"`
}

// Stop ends an interaction.
type Stop struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200" example:"withdrawn by the customer"`
}

// Queue is a queue and how full it is.
type Queue struct {
	Name       string     `json:"name" doc:"Process and queue" example:"card-dispute.intake"`
	Process    string     `json:"process"`
	Queued     int        `json:"queued" doc:"Wait to be pulled"`
	Routing    int        `json:"routing" doc:"Wait for an agent"`
	Delivering int        `json:"delivering" doc:"Are offered to an agent"`
	Handling   int        `json:"handling" doc:"Are in an agent's hands"`
	OldestAt   *time.Time `json:"oldestAt,omitempty" doc:"When the longest waiting one entered"`
}

// Agent is a person who handles interactions.
type Agent struct {
	Name         string         `json:"name"`
	DisplayName  string         `json:"displayName"`
	Skills       map[string]int `json:"skills"`
	Groups       []string       `json:"groups"`
	DoNotDisturb bool           `json:"doNotDisturb"`
	Media        []AgentMedium  `json:"media"`
	Assignments  []Interaction  `json:"assignments" doc:"What is offered to the agent and what it handles, oldest first"`
}

// AgentMedium is an agent's state for one medium.
type AgentMedium struct {
	Medium    string     `json:"medium"`
	State     string     `json:"state" enum:"ready,not-ready,after-work"`
	Reason    string     `json:"reason,omitempty"`
	Capacity  int        `json:"capacity" doc:"Interactions of the medium at once"`
	Assigned  int        `json:"assigned" doc:"How many it has: offered and handled"`
	IdleSince *time.Time `json:"idleSince,omitempty"`
	ChangedAt *time.Time `json:"changedAt,omitempty"`
}

// MediumChange is what an agent sets for a medium.
type MediumChange struct {
	State  string `json:"state" enum:"ready,not-ready,after-work"`
	Reason string `json:"reason,omitempty" maxLength:"200"`
}

// DoNotDisturb switches all offers to an agent off, or on again.
type DoNotDisturb struct {
	On bool `json:"on"`
}

// Statistics are the figures of one business process in a server group.
type Statistics struct {
	Process   string      `json:"process"`
	Submitted int64       `json:"submitted"`
	Refused   int64       `json:"refused" doc:"Submits that were turned away"`
	Routed    int64       `json:"routed" doc:"Offered to an agent at least once"`
	Handled   int64       `json:"handled" doc:"Accepted or pulled, and completed, at least once"`
	Stopped   int64       `json:"stopped"`
	Waiting   int64       `json:"waiting" doc:"Now: submitted, queued or in routing"`
	Live      int64       `json:"live" doc:"Now: offered to or handled by an agent"`
	Wait      WaitingTime `json:"wait" doc:"From submission to the first acceptance, in milliseconds"`
}

// WaitingTime describes a distribution, in milliseconds.
type WaitingTime struct {
	P50 int64 `json:"p50"`
	P95 int64 `json:"p95"`
	Max int64 `json:"max"`
}

// InteractionServerStatus is what a server says of itself.
type InteractionServerStatus struct {
	Server        string             `json:"server"`
	Group         string             `json:"group"`
	Solution      string             `json:"solution"`
	Tenant        string             `json:"tenant"`
	Account       string             `json:"account" doc:"Name of the account that it runs as"`
	StartedAt     time.Time          `json:"startedAt"`
	Version       string             `json:"version" doc:"Of the binary"`
	Configuration ConfigurationState `json:"configuration"`
	Processes     []GrantedProcess   `json:"processes" doc:"What its account was granted; with none it refuses every submit"`
	Channels      []ChannelState     `json:"channels" doc:"Interactive channels with an active version in the group"`
	Sessions      int                `json:"sessions" doc:"Live sessions of touchpoints that this server holds"`
	ControlPlane  Dependency         `json:"controlPlane"`
	Temporal      Dependency         `json:"temporal"`
	Database      Dependency         `json:"database"`
	SessionStore  *Dependency        `json:"sessionStore,omitempty" doc:"Absent where sessions are kept in memory"`
	Summary       string             `json:"summary" example:"serving 2 business processes"`
}

// ConfigurationState says by which configuration a server works.
type ConfigurationState struct {
	Revision string     `json:"revision"`
	Stored   bool       `json:"stored" doc:"It is the one kept in the database; the control plane has not been reached since the start"`
	Since    *time.Time `json:"since,omitempty" doc:"When the server began to work by it"`
}

// GrantedProcess is a business process that a server may execute.
type GrantedProcess struct {
	Name    string `json:"name"`
	Version int    `json:"version" doc:"The version that new interactions begin with"`
	Problem string `json:"problem,omitempty" doc:"Why it cannot be executed"`
}

// ChannelState says which version of a channel a server serves.
type ChannelState struct {
	Channel string `json:"channel"`
	Number  int64  `json:"number" doc:"Of the deployment; 0: nothing is served yet"`
	Hash    string `json:"hash,omitempty" doc:"Of the package; none: nothing is served, or the channel was undeployed"`
	Problem string `json:"problem,omitempty" doc:"Why it cannot take the group's active version; it goes on with the one that it has"`
}

// Dependency says whether something that a server works with is there.
type Dependency struct {
	OK        bool       `json:"ok"`
	Problem   string     `json:"problem,omitempty"`
	CheckedAt *time.Time `json:"checkedAt,omitempty"`
}

// DeadAction is an action that an event left to do and that was given up.
type DeadAction struct {
	ID        string    `json:"id" format:"uuid" doc:"The same in all attempts"`
	Do        string    `json:"do" doc:"Kind of the action" example:"call-webhook"`
	Cause     string    `json:"cause" doc:"Event or pattern, and the action" example:"event complaint, actions[0]"`
	Channel   string    `json:"channel"`
	Event     string    `json:"event" doc:"What happened"`
	Level     string    `json:"level" doc:"Audience level of the visitor"`
	URL       string    `json:"url,omitempty" doc:"Of a webhook"`
	Process   string    `json:"process,omitempty" doc:"Business process of an interaction"`
	DueAt     time.Time `json:"dueAt"`
	GivenUpAt time.Time `json:"givenUpAt"`
	Attempts  int       `json:"attempts"`
	Problem   string    `json:"problem" doc:"Why the last attempt failed"`
}

// ServerVersion is what a server's binary was built from, and which version of
// each channel it serves.
type ServerVersion struct {
	Version  string          `json:"version"`
	Revision string          `json:"revision,omitempty"`
	Go       string          `json:"go"`
	Channels []ServedChannel `json:"channels" doc:"What is deployed, by channel"`
}

// ServedChannel is the version of a channel that a server serves. Number, hash,
// name and contents belong together.
type ServedChannel struct {
	Channel     string           `json:"channel"`
	Number      int64            `json:"number" doc:"Of the deployment" example:"7"`
	Hash        string           `json:"hash,omitempty" doc:"SHA-256 of the package; none: the channel was undeployed"`
	Name        string           `json:"name" doc:"Of the deployment"`
	Since       time.Time        `json:"since" doc:"When it became the group's active version"`
	ServedSince time.Time        `json:"servedSince" doc:"When this server began to serve it"`
	Contents    *PackageContents `json:"contents,omitempty" doc:"How many definitions the package has"`
}

// PackageContents counts the definitions of a package.
type PackageContents struct {
	AudienceLevels    int `json:"audienceLevels"`
	Macros            int `json:"macros"`
	OfferAttributes   int `json:"offerAttributes"`
	Campaigns         int `json:"campaigns"`
	LearningModels    int `json:"learningModels"`
	HistoryMappings   int `json:"historyMappings"`
	Segments          int `json:"segments"`
	Offers            int `json:"offers"`
	Zones             int `json:"zones"`
	InteractionPoints int `json:"interactionPoints"`
	Events            int `json:"events"`
	EventPatterns     int `json:"eventPatterns"`
	Flowcharts        int `json:"flowcharts"`
	Strategies        int `json:"strategies"`
	Rules             int `json:"rules" doc:"Of all strategies"`
}
