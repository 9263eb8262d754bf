package client

import (
	"time"
)

// TestRun is a run of a flowchart or a strategy, as it is designed now, over many
// profiles on a server of a staging group.
type TestRun struct {
	ID        string         `json:"id" format:"uuid"`
	Channel   string         `json:"channel"`
	Solution  string         `json:"solution"`
	Group     string         `json:"group"`
	Flowchart string         `json:"flowchart,omitempty"`
	Strategy  string         `json:"strategy,omitempty"`
	Level     string         `json:"level" doc:"Audience level of the profiles"`
	Source    string         `json:"source" enum:"csv,table"`
	Name      string         `json:"name,omitempty"`
	State     string         `json:"state" enum:"requested,running,succeeded,failed,cancelled"`
	Reason    string         `json:"reason,omitempty" doc:"Why it failed"`
	Server    string         `json:"server,omitempty" doc:"Name of the server that ran it, once it ended"`
	Done      int64          `json:"done" doc:"Rows that were run"`
	Total     int64          `json:"total" doc:"Of so many; 0 before it is known"`
	Result    *TestRunResult `json:"result,omitempty" doc:"Of one that succeeded; absent in lists"`
	CreatedAt time.Time      `json:"createdAt"`
	CreatedBy string         `json:"createdBy" doc:"Name of the account"`
	EndedAt   *time.Time     `json:"endedAt,omitempty"`
}

// NewTestRun asks for a test run. It takes the present design, marked or not.
type NewTestRun struct {
	Group     string          `json:"group" maxLength:"63" doc:"Staging group of the channel's solution"`
	Flowchart string          `json:"flowchart,omitempty" maxLength:"63" doc:"Flowchart to try out; either this or a strategy"`
	Strategy  string          `json:"strategy,omitempty" maxLength:"63" doc:"Strategy to try out, with all flowcharts of the channel, which say who is in which segment"`
	Name      string          `json:"name,omitempty" maxLength:"200" doc:"For people"`
	Profiles  TestRunProfiles `json:"profiles"`
}

// TestRunProfiles are the profiles of a test run: a CSV text or the group's table.
type TestRunProfiles struct {
	CSV   string `json:"csv,omitempty" maxLength:"2097152" doc:"A header with names of attributes, then a row for each profile; at most 2 MiB. Lists are separated by semicolons"`
	Table string `json:"table,omitempty" maxLength:"63" doc:"Audience level whose profiles were loaded into the group's table"`
	Limit int    `json:"limit,omitempty" minimum:"0" maximum:"100000" doc:"At most so many profiles of the table, in the order of their keys; without it 100,000"`
}

// TestRunResult is what a test run came to.
type TestRunResult struct {
	Hash           string            `json:"hash" doc:"SHA-256 of the package that was run"`
	Rows           int               `json:"rows" doc:"Rows that were read"`
	Profiles       int               `json:"profiles" doc:"Those of them that were run"`
	Broken         int               `json:"broken" doc:"Those of them that were left out"`
	BrokenRows     []BrokenRow       `json:"brokenRows" nullable:"false" doc:"The first 100 of those"`
	UnknownColumns []string          `json:"unknownColumns" nullable:"false" doc:"Columns that the audience level does not have"`
	Flowcharts     []TestedFlowchart `json:"flowcharts" nullable:"false"`
	Segments       []TestedSegment   `json:"segments" nullable:"false" doc:"All that the flowcharts assign"`
	Outside        []TestedProfile   `json:"outside" nullable:"false" doc:"Samples of those in no segment, at most 10"`
	Points         []TestedPoint     `json:"points" nullable:"false" doc:"Of a strategy: each point was asked for one offer for each profile"`
	Offers         []TestedOffer     `json:"offers" nullable:"false" doc:"Of a strategy, by code"`
	Rules          []TestedRule      `json:"rules" nullable:"false" doc:"Of a strategy, in its order"`
}

// BrokenRow is a row of profiles that was left out.
type BrokenRow struct {
	Line    int    `json:"line,omitempty" doc:"Where the row begins in the CSV text"`
	Key     string `json:"key,omitempty" doc:"Of a profile of the table"`
	Message string `json:"message"`
}

// TestedFlowchart is what became of visitors in a flowchart.
type TestedFlowchart struct {
	Name  string      `json:"name"`
	Runs  int         `json:"runs"`
	Boxes []TestedBox `json:"boxes" nullable:"false" doc:"In the flowchart's order"`
}

// TestedBox is what became of visitors in a box.
type TestedBox struct {
	Name      string         `json:"name"`
	Visitors  int            `json:"visitors"`
	Passed    int            `json:"passed" doc:"Those that went on"`
	Branches  []TestedBranch `json:"branches,omitempty" doc:"In the box's order; those who took none are not counted"`
	Failed    int            `json:"failed,omitempty" doc:"Expressions that failed"`
	Failure   string         `json:"failure,omitempty" doc:"The first of them"`
	FailedKey string         `json:"failedKey,omitempty" doc:"Whose it was"`
}

// TestedBranch is how many visitors took a branch.
type TestedBranch struct {
	Name     string `json:"name"`
	Visitors int    `json:"visitors"`
}

// TestedSegment is how many profiles are in a segment, with some of them.
type TestedSegment struct {
	Name     string          `json:"name"`
	Visitors int             `json:"visitors"`
	Samples  []TestedProfile `json:"samples" nullable:"false" doc:"At most 10, fewer where the result would be too large"`
}

// TestedProfile is what became of one profile.
type TestedProfile struct {
	Key      string          `json:"key"`
	Segments []string        `json:"segments,omitempty"`
	Paths    []TestedPath    `json:"paths,omitempty" doc:"Boxes that it visited, in the flowcharts that can put visitors in the segment"`
	Offers   []TestedChoice  `json:"offers,omitempty" doc:"What each point gave it"`
	Failures []TestedFailure `json:"failures,omitempty"`
}

// TestedPath is a profile's way through a flowchart.
type TestedPath struct {
	Flowchart string         `json:"flowchart"`
	Boxes     []string       `json:"boxes"`
	Derived   map[string]any `json:"derived,omitempty" doc:"Values of derived fields"`
}

// TestedChoice is what a point gave a profile.
type TestedChoice struct {
	Point  string   `json:"point"`
	Offers []string `json:"offers"`
}

// TestedFailure is an expression that failed for a profile.
type TestedFailure struct {
	Box  string `json:"box"`
	Path string `json:"path"`
	Text string `json:"text"`
}

// TestedPoint is how often a point was asked, and how often no offer qualified.
type TestedPoint struct {
	Name      string `json:"name"`
	Decisions int    `json:"decisions"`
	Default   int    `json:"default"`
}

// TestedOffer is what became of an offer: candidates of all its rules together.
type TestedOffer struct {
	Code    string         `json:"code"`
	Won     int            `json:"won"`
	Dropped map[string]int `json:"dropped,omitempty" doc:"How often it was dropped, by reason"`
	Never   *NeverWins     `json:"never,omitempty" doc:"Why it did not win at all"`
}

// TestedRule is what became of a rule.
type TestedRule struct {
	Strategy string         `json:"strategy"`
	Rule     string         `json:"rule"`
	Offer    string         `json:"offer"`
	Won      int            `json:"won"`
	Dropped  map[string]int `json:"dropped,omitempty"`
	Never    *NeverWins     `json:"never,omitempty"`
}

// NeverWins says why an offer or a rule did not win.
type NeverWins struct {
	Certain bool   `json:"certain" doc:"No profile could change it; otherwise it was so with these"`
	Why     string `json:"why" example:"no-flowchart-assigns-segment"`
	Text    string `json:"text"`
	By      string `json:"by,omitempty" doc:"Offer that was chosen most often instead"`
}

// ProfileBatch are profiles to load.
type ProfileBatch struct {
	CSV string `json:"csv" minLength:"1" maxLength:"2097152" doc:"A header with names of attributes, then a row for each profile; at most 2 MiB"`
}

// Profile is what a server group knows of a customer.
type Profile struct {
	Key        string     `json:"key" doc:"Canonical form: the value of the key's one attribute, or a JSON array of texts where it has several"`
	Attributes Properties `json:"attributes" doc:"Those of key and profile, as they were loaded"`
}

// CustomerLists are those of one customer.
type CustomerLists struct {
	Overrides []CustomerOverride `json:"overrides" nullable:"false" doc:"The first that applies counts"`
	Blocked   []string           `json:"blocked" nullable:"false" doc:"Codes of offers"`
}

// CustomerOverride changes the score of an offer for one customer.
type CustomerOverride struct {
	Offer   string  `json:"offer"`
	Score   float64 `json:"score"`
	Adds    bool    `json:"adds" doc:"The offer is a candidate also where no rule has it; otherwise only scores change"`
	Final   bool    `json:"final" doc:"Learning does not change it"`
	Zone    string  `json:"zone" doc:"Empty: in all"`
	Segment string  `json:"segment" doc:"Empty: in any"`
	When    string  `json:"when" doc:"Condition in CEL; empty: always"`
}

// DefaultOffers are the offers of an audience level for everybody whom no rule has one.
type DefaultOffers struct {
	Offers []DefaultOffer `json:"offers" nullable:"false" doc:"In the order of their codes"`
}

// DefaultOffer is one of them.
type DefaultOffer struct {
	Offer string  `json:"offer"`
	Score float64 `json:"score"`
}

// LoadedProfiles is what became of a batch.
type LoadedProfiles struct {
	Loaded         int         `json:"loaded"`
	Broken         int         `json:"broken" doc:"Rows that were left out"`
	BrokenRows     []BrokenRow `json:"brokenRows" nullable:"false" doc:"The first 100 of those"`
	UnknownColumns []string    `json:"unknownColumns" nullable:"false" doc:"Columns that the audience level does not have"`
}
