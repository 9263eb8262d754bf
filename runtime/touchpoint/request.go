package touchpoint

// Bounds of what a caller sends.
const (
	MaxSessionID      = 256     // bytes
	MaxParameters     = 100     // of a call, and of a session
	MaxParameter      = 8 << 10 // bytes of a value
	MaxParameterBytes = 64 << 10
	MaxAttributes     = 500 // of an inline profile
	MaxProfileBytes   = 256 << 10
	MaxPoints         = 20 // of a call
	MaxOffers         = 50 // of a point
	MaxOffersOfCall   = 200
	MaxCandidates     = 20_000 // that an answer explains
	MaxCommands       = 100    // of a batch
)

// Audience says who a visitor is.
type Audience struct {
	// Level is empty for the channel's first.
	Level string `json:"level,omitempty" doc:"Audience level; without it the channel's first"`
	// ID has the attributes of the level's key. Without any the visitor is anonymous.
	ID map[string]any `json:"id,omitempty" doc:"Attributes of the level's key; without any the visitor is anonymous"`
}

// Start is what startSession takes.
type Start struct {
	Channel string `json:"channel" doc:"Interactive channel"`
	// RelyOnExisting goes on with a live session as it is, where there is one; else
	// it is discarded.
	RelyOnExisting bool     `json:"relyOnExisting,omitempty" doc:"Go on with a live session as it is, where there is one; without it a live one is discarded"`
	Debug          bool     `json:"debug,omitempty" doc:"Answers explain"`
	Audience       Audience `json:"audience,omitzero" doc:"Who the visitor is"`
	// Profile counts over what is stored of the customer.
	Profile    map[string]any `json:"profile,omitempty" doc:"Attributes of the profile; they count over stored ones"`
	Parameters map[string]any `json:"parameters,omitempty" doc:"Parameters of the session: texts, numbers, booleans and lists of texts"`
}

// Duplicates says whether an offer that an earlier point of the call was given may
// be given again.
type Duplicates int

// The closed set of policies. Zero stands for NoDuplicates.
const (
	NoDuplicates    Duplicates = 1
	AllowDuplicates Duplicates = 2
)

// Wanted is what one point asks for.
type Wanted struct {
	Point string `json:"point" doc:"Interaction point"`
	Count int    `json:"count" doc:"How many offers, 1 to 50"`
	// Duplicates of this point.
	Duplicates Duplicates `json:"duplicates,omitempty" doc:"1: without offers that an earlier point was given, 2: also those; without it 1"`
	// Attributes are those of the offers to answer; nil for all.
	Attributes []string `json:"attributes,omitempty" doc:"Attributes of the offers to answer; without it all"`
}

// GetOffers is what getOffers and getOffersForMultipleInteractionPoints take: the
// order of the points is their priority.
type GetOffers struct {
	Points     []Wanted       `json:"points" doc:"1 to 20 interaction points; their order is their priority"`
	Parameters map[string]any `json:"parameters,omitempty" doc:"Parameters of the session from now on"`
	// CallParameters count in this call alone.
	CallParameters map[string]any `json:"callParameters,omitempty" doc:"Parameters for this call alone"`
}

// PostEvent is what postEvent takes.
type PostEvent struct {
	Event string `json:"event" doc:"Event of the channel"`
	// Treatment is what the event is about. Without it a contact concerns all of the
	// last answer.
	Treatment string `json:"treatment,omitempty" doc:"Treatment code that the event is about"`
	// ResponseType counts over that of the event's action.
	ResponseType string         `json:"responseType,omitempty" doc:"Response type; it counts over that of the event's action"`
	Parameters   map[string]any `json:"parameters,omitempty" doc:"Parameters of the event; the session has them from now on"`
}

// SetAudience is what setAudience takes.
type SetAudience struct {
	Audience   Audience       `json:"audience" doc:"Who the visitor is from now on"`
	Profile    map[string]any `json:"profile,omitempty" doc:"Attributes of the profile; they count over stored ones"`
	Parameters map[string]any `json:"parameters,omitempty" doc:"Parameters of the session from now on"`
	// Merge keeps what happened in the visit. Nil keeps it of an anonymous visitor
	// and forgets it of a known one.
	Merge *bool `json:"merge,omitempty" doc:"Keep what happened in the visit; without it that of an anonymous visitor is kept and that of a known one is not"`
}

// SetDebug is what setDebug takes.
type SetDebug struct {
	Debug bool `json:"debug" doc:"Whether answers explain"`
}

// Method is a method of the runtime API.
type Method string

// The closed set of methods that a batch can have.
const (
	MethodStartSession      Method = "startSession"
	MethodGetOffers         Method = "getOffers"
	MethodGetOffersMultiple Method = "getOffersForMultipleInteractionPoints"
	MethodPostEvent         Method = "postEvent"
	MethodSetAudience       Method = "setAudience"
	MethodGetProfile        Method = "getProfile"
	MethodSetDebug          Method = "setDebug"
	MethodEndSession        Method = "endSession"
	MethodGetVersion        Method = "getVersion"
)

// Command is one call of a batch: a method and the fields of what it takes.
type Command struct {
	Method Method `json:"method" doc:"Method of the runtime API"`

	Channel        string         `json:"channel,omitempty"`
	RelyOnExisting bool           `json:"relyOnExisting,omitempty"`
	Debug          bool           `json:"debug,omitempty"`
	Audience       Audience       `json:"audience,omitzero"`
	Profile        map[string]any `json:"profile,omitempty"`
	Parameters     map[string]any `json:"parameters,omitempty"`
	CallParameters map[string]any `json:"callParameters,omitempty"`
	Points         []Wanted       `json:"points,omitempty"`
	Event          string         `json:"event,omitempty"`
	Treatment      string         `json:"treatment,omitempty"`
	ResponseType   string         `json:"responseType,omitempty"`
	Merge          *bool          `json:"merge,omitempty"`
}

// Batch is what executeBatch takes.
type Batch struct {
	Commands []Command `json:"commands" doc:"1 to 100 commands, run in order"`
	// StopOnError leaves the commands after an error out.
	StopOnError bool `json:"stopOnError,omitempty" doc:"Leave the commands after an error out; without it they are run"`
}
