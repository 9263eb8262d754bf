package touchpoint

// Status is how a call went: the worst of its messages.
type Status int

// The closed set of statuses.
const (
	Success Status = 0
	Warning Status = 1
	Error   Status = 2
)

// Level is how bad a message is.
type Level string

// The closed set of levels.
const (
	LevelInfo    Level = "info"
	LevelWarning Level = "warning"
	LevelError   Level = "error"
)

// Status is that of a call whose worst message is of the level.
func (l Level) Status() Status {
	switch l {
	case LevelInfo:
		return Success
	case LevelWarning:
		return Warning
	default:
		return Error
	}
}

// Message is an advisory of an answer.
type Message struct {
	Level Level `json:"level" enum:"info,warning,error" doc:"How bad it is"`
	Code  Code  `json:"code" doc:"What it is; the codes are stable"`
	// Text is that of the code.
	Text string `json:"text" doc:"What it is, for people"`
	// Detail says what of this call it concerns.
	Detail string `json:"detail,omitempty" doc:"What of this call it concerns"`
}

// Code says what a message is about. The codes are stable.
type Code int

// The closed set of codes. Those below 100 are what users of such systems know.
const (
	UnknownSession      Code = 1
	UnknownChannel      Code = 3
	UnknownEvent        Code = 4
	UnknownPoint        Code = 5
	SegmentationFailed  Code = 7
	ProfileNotLoaded    Code = 8
	ListsNotLoaded      Code = 9
	UnknownCommand      Code = 10
	EventParameter      Code = 11
	MalformedSessionID  Code = 101
	ParameterRefused    Code = 102
	UnknownLevel        Code = 103
	MalformedAudienceID Code = 104
	OffersOutOfRange    Code = 105
	NoContact           Code = 106
	TooManyCommands     Code = 107
	Overloaded          Code = 108
	UnknownTreatment    Code = 109
	SessionStoreAway    Code = 110
	HistoryAway         Code = 111
	AttributeRefused    Code = 112
	ActionDelayed       Code = 113
	ExpressionFailed    Code = 114
	VersionGone         Code = 115
	PointsOutOfRange    Code = 116
	UnknownDuplicates   Code = 117
	UnknownResponseType Code = 118
	BatchStopped        Code = 119
	TooManyActions      Code = 120
	MessagesLeftOut     Code = 121
	EventNotKept        Code = 122
	TooManyOrphans      Code = 123
)

// Codes are all codes with their texts.
var Codes = map[Code]string{
	UnknownSession:      "there is no such session",
	UnknownChannel:      "the channel is not served here",
	UnknownEvent:        "the channel has no such event",
	UnknownPoint:        "the channel has no such interaction point",
	SegmentationFailed:  "an expression of a flowchart failed",
	ProfileNotLoaded:    "the stored profile could not be loaded",
	ListsNotLoaded:      "the customer's overrides, block list and suppressions could not be loaded",
	UnknownCommand:      "there is no such command",
	EventParameter:      "a parameter of the event is wrong",
	MalformedSessionID:  "a session id has 1 to 256 bytes of UTF-8 without control characters",
	ParameterRefused:    "a parameter was refused",
	UnknownLevel:        "the channel has no such audience level",
	MalformedAudienceID: "the audience id does not fit the key of its level",
	OffersOutOfRange:    "the number of offers is out of range",
	NoContact:           "the response has no contact",
	TooManyCommands:     "the number of commands is out of range",
	Overloaded:          "the call could not be served in time",
	UnknownTreatment:    "there is no such treatment",
	SessionStoreAway:    "the session store cannot be reached",
	HistoryAway:         "the history cannot be written",
	AttributeRefused:    "an attribute of the profile was refused",
	ActionDelayed:       "a delayed action was not done",
	ExpressionFailed:    "an expression failed",
	VersionGone:         "the session's version is no longer here, it goes on with the present one",
	PointsOutOfRange:    "the number of interaction points is out of range",
	UnknownDuplicates:   "there is no such duplicate policy",
	UnknownResponseType: "there is no such response type",
	BatchStopped:        "the batch was stopped at an error",
	TooManyActions:      "the event led to too many actions",
	MessagesLeftOut:     "further messages were left out",
	EventNotKept:        "what the event leaves behind cannot be kept",
	TooManyOrphans:      "too many responses have no contact",
}
