package client

import "time"

// HistoryChange is a row of a tenant's contact and response history. Contacts have
// the fields from Point to Hash, responses and orphans those from Type to
// CrossSession.
type HistoryChange struct {
	Kind      string    `json:"kind" enum:"contact,response,orphan" doc:"An orphan is a response of which no contact is known. One whose contact comes later comes again as a response."`
	Group     string    `json:"group" doc:"Server group that recorded it"`
	Solution  string    `json:"solution" doc:"Solution of the group"`
	Channel   string    `json:"channel" doc:"Channel of the contact; of an orphan, that in which it came"`
	Treatment string    `json:"treatment" doc:"Treatment code: one per presentation"`
	Session   string    `json:"session"`
	At        time.Time `json:"at"`
	Level     string    `json:"level,omitempty" doc:"Audience level"`
	Customer  string    `json:"customer,omitempty" doc:"Key of the customer; absent for an anonymous visitor"`
	Offer     string    `json:"offer,omitempty"`

	Point      string   `json:"point,omitempty"`
	Zone       string   `json:"zone,omitempty"`
	Strategy   string   `json:"strategy,omitempty" doc:"Absent with the rule for an assigned or a default offer"`
	Rule       string   `json:"rule,omitempty"`
	Segment    string   `json:"segment,omitempty" doc:"Smart segment of the rule; absent for a rule of everybody"`
	Score      *float64 `json:"score,omitempty"`
	Source     string   `json:"source,omitempty" doc:"Where the score came from: rule, expression, override, default or learning"`
	Learning   string   `json:"learning,omitempty" doc:"Learning model that took part"`
	Propensity *float64 `json:"propensity,omitempty" doc:"Probability with which the offer was chosen"`
	Deployment int64    `json:"deployment,omitempty" doc:"Number of the deployment that was served"`
	Hash       string   `json:"hash,omitempty" doc:"Hash of its package"`

	Type         string `json:"type,omitempty" doc:"Response type"`
	Class        string `json:"class,omitempty" enum:"accept,reject,neither,seen" doc:"What the response counts as; seen: the touchpoint has shown the offer"`
	PostedIn     string `json:"postedIn,omitempty" doc:"Channel in which the response came"`
	CrossSession bool   `json:"crossSession,omitempty" doc:"The response came in another session than the contact's"`

	Columns map[string]any `json:"columns,omitempty" doc:"Further columns, as the history mapping names them"`
}

// HistoryChanges is a part of a tenant's history.
type HistoryChanges struct {
	Items []HistoryChange `json:"items" nullable:"false"`
	Next  string          `json:"next" doc:"Where to go on, now or later: always there"`
	More  bool            `json:"more" doc:"There is more already"`
}

// HistorySource is what was taken over from a server group.
type HistorySource struct {
	Solution  string    `json:"solution"`
	Group     string    `json:"group"`
	Epoch     int64     `json:"epoch" doc:"How often the group's database was found in an older state than before; all of it was read again then"`
	ReadTo    int64     `json:"readTo" doc:"Number in the group's sequence up to which all is here"`
	Contacts  int64     `json:"contacts" doc:"Rows that were taken over"`
	Responses int64     `json:"responses"`
	Orphans   int64     `json:"orphans" doc:"With those that have become responses since"`
	BeganAt   time.Time `json:"beganAt" doc:"When the epoch began"`
	MovedAt   time.Time `json:"movedAt" doc:"When rows were taken over last"`
}

// HistorySources is the answer of the list of them.
type HistorySources struct {
	Items []HistorySource `json:"items" nullable:"false"`
}

// Estimate is a number with its 95 % confidence interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// OfferOutcomes are contacts and what came of them; a contact counts once in each.
type OfferOutcomes struct {
	Presented  int64     `json:"presented"`
	Seen       int64     `json:"seen" doc:"Told by the touchpoint to be shown"`
	Accepted   int64     `json:"accepted"`
	Rejected   int64     `json:"rejected"`
	Acceptance *Estimate `json:"acceptance,omitempty" doc:"Share of accepted contacts, with the score interval of Wilson (1927)"`
}

// OfferSummary is what came of some contacts.
type OfferSummary struct {
	OfferOutcomes
	Learned  OfferOutcomes `json:"learned" doc:"Contacts whose score came from learning"`
	Marketer OfferOutcomes `json:"marketer" doc:"Contacts whose score came from a rule"`
	Lift     *Estimate     `json:"lift,omitempty" doc:"Acceptance of the learned contacts less that of the marketer's, with the interval of Newcombe (1998). It compares what was presented, not the same visitors."`
}

// SegmentReport is what came of an offer by the rules of one segment.
type SegmentReport struct {
	Segment string `json:"segment" doc:"Empty for rules of everybody"`
	OfferSummary
}

// OfferReport is what came of one offer.
type OfferReport struct {
	Offer string `json:"offer"`
	OfferSummary
	Segments []SegmentReport `json:"segments" nullable:"false"`
}

// ReportPeriod is one of the equal parts of a report's time.
type ReportPeriod struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	OfferSummary
}

// OffersReport is what came of the offers of a channel.
type OffersReport struct {
	Channel string    `json:"channel"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to" doc:"Outside"`
	Group   string    `json:"group,omitempty"`
	Segment string    `json:"segment,omitempty"`
	OfferSummary
	Offers       []OfferReport  `json:"offers" nullable:"false" doc:"Most presented first"`
	Periods      []ReportPeriod `json:"periods" nullable:"false"`
	Responses    int64          `json:"responses" doc:"Responses that came in this time to contacts of the channel, also to earlier ones"`
	CrossSession int64          `json:"crossSession" doc:"Those of them that came in another session than the contact's"`
	Orphans      int64          `json:"orphans" doc:"Responses that came in this time of which no contact is known; of a segment none is known"`
}

// PoliciesReport is what would have been accepted at the first place of lists had
// other policies chosen it.
type PoliciesReport struct {
	Channel  string          `json:"channel"`
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to" doc:"Outside"`
	Group    string          `json:"group,omitempty"`
	Segment  string          `json:"segment,omitempty"`
	Contacts int64           `json:"contacts" doc:"Contacts at the first place of a list that learning chose: by them is judged"`
	Visitors int64           `json:"visitors" doc:"Customers, and sessions of visitors who are not known"`
	Oldest   *time.Time      `json:"oldest,omitempty" doc:"The oldest of these contacts"`
	Newest   *time.Time      `json:"newest,omitempty" doc:"The newest of them"`
	Cut      bool            `json:"cut" doc:"There are older ones in this time, which were left out"`
	Policies []PolicySummary `json:"policies" nullable:"false"`
}

// PolicySummary is what is known of one policy.
type PolicySummary struct {
	Policy    string  `json:"policy" doc:"logging, baseline, best-per-segment or always:OFFER"`
	Contacts  int64   `json:"contacts" doc:"Contacts that the estimates are of; of others the candidates were too many to be kept"`
	Matched   int64   `json:"matched" doc:"Those of them that had the offer which the policy chooses"`
	Accepted  int64   `json:"accepted" doc:"Those of the matched that were accepted"`
	Effective float64 `json:"effective" doc:"How many contacts chosen by the policy itself would tell as much (Kish 1965)"`

	InversePropensity *PolicyEstimate `json:"inversePropensity,omitempty" doc:"Acceptance by Horvitz and Thompson (1952); absent of less than two visitors"`
	SelfNormalized    *PolicyEstimate `json:"selfNormalized,omitempty" doc:"Acceptance by Swaminathan and Joachims (2015)"`
	DoublyRobust      *PolicyEstimate `json:"doublyRobust,omitempty" doc:"Acceptance by Dudík, Langford and Li (2011)"`
	Gain              *PolicyEstimate `json:"gain,omitempty" doc:"How much greater the acceptance is than that of what was presented; doubly robust, by the same contacts"`

	Warnings []PolicyWarning `json:"warnings" nullable:"false" doc:"Why not to rely on it"`
}

// PolicyEstimate is a number with its 95 % confidence interval.
type PolicyEstimate struct {
	Estimate
	StandardError float64 `json:"standardError" doc:"Visitors count as one, however many contacts they have"`
}

// PolicyWarning is a reason for doubt.
type PolicyWarning struct {
	Code string `json:"code" enum:"no-exploration,not-covered,never-candidate,too-few"`
	Text string `json:"text"`
}
