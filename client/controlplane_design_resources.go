package client

import "time"

// DesignObject is what a design team defines, with the definition of its kind.
type DesignObject[T any] struct {
	ID          string      `json:"id" format:"uuid"`
	Name        string      `json:"name"`
	Channel     string      `json:"channel,omitempty" doc:"The channel that it lies in; absent for what lies in the tenant"`
	DisplayName string      `json:"displayName"`
	Spec        T           `json:"spec" doc:"The definition"`
	Version     int64       `json:"version" doc:"Grows with each change, marks among them; the ETag"`
	Mark        *DesignMark `json:"mark,omitempty" doc:"What is marked is locked"`
	CreatedAt   time.Time   `json:"createdAt"`
	CreatedBy   string      `json:"createdBy" doc:"Name of the account"`
	UpdatedAt   time.Time   `json:"updatedAt"`
	UpdatedBy   string      `json:"updatedBy" doc:"Name of the account"`
}

// DesignMark says that a flowchart or a strategy goes out, or off, with the next
// deployments.
type DesignMark struct {
	For     string    `json:"for" enum:"deployment,undeployment"`
	By      string    `json:"by" doc:"Name of the account"`
	At      time.Time `json:"at"`
	Version int64     `json:"version" doc:"Of the object since it was marked"`
}

// DesignDraft creates a design object or replaces it.
type DesignDraft[T any] struct {
	DisplayName string `json:"displayName,omitempty" maxLength:"200"`
	Spec        T      `json:"spec" doc:"The definition, at most 1 MiB"`
}

// DesignCopy names a copy of a design object.
type DesignCopy struct {
	Name        string `json:"name" maxLength:"63" doc:"Name of the copy"`
	DisplayName string `json:"displayName,omitempty" maxLength:"200" doc:"Default: that of the original"`
}

// ChannelDesignCopy names a copy of what lies in a channel.
type ChannelDesignCopy struct {
	Name        string `json:"name" maxLength:"63" doc:"Name of the copy"`
	DisplayName string `json:"displayName,omitempty" maxLength:"200" doc:"Default: that of the original"`
	Channel     string `json:"channel,omitempty" maxLength:"63" doc:"The channel that it is to lie in; default: that of the original"`
}

// DesignMarking says what a flowchart or a strategy is marked for.
type DesignMarking struct {
	For string `json:"for" enum:"deployment,undeployment"`
}

// DesignChange is one change of a design object.
type DesignChange struct {
	Number      int64              `json:"number" doc:"The object's version after it"`
	What        string             `json:"what" enum:"created,edited,marked,unmarked,released,deleted" doc:"released: by a deployment to production"`
	At          time.Time          `json:"at"`
	By          string             `json:"by" doc:"Name of the account"`
	DisplayName string             `json:"displayName" doc:"After the change"`
	Differences []DesignDifference `json:"differences" nullable:"false" doc:"Fields that got another value, at most 100; empty where all is new"`
}

// DesignVersion is a design object as it was after one change.
type DesignVersion[T any] struct {
	DesignChange
	Spec T `json:"spec" doc:"The definition after the change"`
}
