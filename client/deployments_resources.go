package client

import (
	"encoding/json"
	"time"
)

// Deployment is one change of the version of a channel that a server group serves.
type Deployment struct {
	ID        string              `json:"id" format:"uuid"`
	Channel   string              `json:"channel"`
	Number    int64               `json:"number" doc:"Counts per channel"`
	Solution  string              `json:"solution"`
	Group     string              `json:"group"`
	GroupKind string              `json:"groupKind" enum:"production,staging"`
	Kind      string              `json:"kind" enum:"deploy,redeploy,rollback,undeploy"`
	Of        int64               `json:"of,omitempty" doc:"rollback: number of the deployment whose package it brings back"`
	Name      string              `json:"name"`
	Note      string              `json:"note,omitempty"`
	State     string              `json:"state" enum:"waiting,validating,building,preparing,moving,activating,verifying,releasing,succeeded,failed,cancelled,incomplete" doc:"It can be cancelled before moving; from activating on it is what the group serves. incomplete: a server does not serve it"`
	Reason    string              `json:"reason,omitempty" doc:"Why it failed or is incomplete, or what it waits for"`
	WaitsFor  int64               `json:"waitsFor,omitempty" doc:"waiting: number of the deployment that has to end first"`
	Hash      string              `json:"hash,omitempty" doc:"Of the package; absent before it is built, and of an undeployment"`
	From      int64               `json:"from,omitempty" doc:"Number that was active in the group when the package was built"`
	FromHash  string              `json:"fromHash,omitempty" doc:"Hash of the package that was active then"`
	Manifest  *DeploymentManifest `json:"manifest,omitempty" doc:"Where the parts of the package are from; absent in lists and before it is built"`
	Servers   []DeploymentServer  `json:"servers,omitempty" doc:"Progress of the servers; absent in lists"`
	CreatedAt time.Time           `json:"createdAt"`
	CreatedBy string              `json:"createdBy" doc:"Name of the account"`
	UpdatedAt time.Time           `json:"updatedAt"`
	MovedAt   *time.Time          `json:"movedAt,omitempty" doc:"When the group's active version moved"`
	EndedAt   *time.Time          `json:"endedAt,omitempty"`
}

// NewDeployment asks for a deployment.
type NewDeployment struct {
	Group   string `json:"group" maxLength:"63" doc:"Server group of the channel's solution"`
	Name    string `json:"name" minLength:"1" maxLength:"200" example:"Spring campaign"`
	Note    string `json:"note,omitempty" maxLength:"2000"`
	Kind    string `json:"kind,omitempty" enum:"deploy,redeploy,rollback,undeploy" default:"deploy" doc:"redeploy: nothing marked goes out, and no mark is released"`
	Of      int64  `json:"of,omitempty" minimum:"0" doc:"rollback: number of the deployment whose package is to be brought back"`
	Confirm string `json:"confirm,omitempty" maxLength:"63" doc:"undeploy from production: the channel's name"`
}

// DeploymentManifest says where the parts of a package are from.
type DeploymentManifest struct {
	Marked           []DeploymentPart `json:"marked" nullable:"false" doc:"Went out as they are now, by their marks"`
	Kept             []DeploymentPart `json:"kept" nullable:"false" doc:"Went out as they were deployed before: flowcharts, strategies, and offers and segments that were edited since"`
	Removed          []DeploymentPart `json:"removed" nullable:"false" doc:"Were deployed before and are no more"`
	SwitchedOff      []SwitchedOff    `json:"switchedOff" nullable:"false" doc:"Rules without effect and what was left out of documents, at most 1,000"`
	SwitchedOffCount int              `json:"switchedOffCount" doc:"How many there are"`
}

// DeploymentPart is one document of a manifest.
type DeploymentPart struct {
	Kind    string `json:"kind" example:"strategy"`
	Name    string `json:"name"`
	Version int64  `json:"version,omitempty" doc:"Of its mark"`
	Edited  bool   `json:"edited,omitempty" doc:"It was edited since it was deployed"`
	Why     string `json:"why,omitempty"`
}

// SwitchedOff is a part of a package without effect.
type SwitchedOff struct {
	Path string `json:"path" example:"strategies/winback.rules[spring]"`
	Why  string `json:"why"`
}

// DeploymentServer is how far one server has come with a deployment.
type DeploymentServer struct {
	Server string    `json:"server" format:"uuid"`
	Name   string    `json:"name"`
	State  string    `json:"state" enum:"preparing,prepared,refused,activating,serving,away" doc:"away: not alive; it catches up before it serves"`
	Number int64     `json:"number,omitempty" doc:"Number that it serves, where it told"`
	Hash   string    `json:"hash,omitempty" doc:"Hash that it serves, where it told"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"`
}

// ChannelVersion is what a server group serves of a channel.
type ChannelVersion struct {
	Solution  string             `json:"solution"`
	Group     string             `json:"group"`
	GroupKind string             `json:"groupKind" enum:"production,staging"`
	Number    int64              `json:"number" doc:"Of the deployment that is active; 0 where none ever was"`
	Hash      string             `json:"hash,omitempty" doc:"Of the package; absent where the channel is not deployed to the group"`
	Name      string             `json:"name,omitempty" doc:"Of the deployment"`
	Since     *time.Time         `json:"since,omitempty"`
	By        string             `json:"by,omitempty" doc:"Name of the account"`
	Stale     []string           `json:"stale" nullable:"false" doc:"What is common to all channels and was changed since; empty: it is up to date"`
	Servers   []DeploymentServer `json:"servers" nullable:"false"`
	Open      []int64            `json:"open" nullable:"false" doc:"Numbers of the deployments that have not ended"`
}

// PendingChanges are what a deployment of a channel to a group would do now.
type PendingChanges struct {
	Group      string             `json:"group"`
	First      bool               `json:"first" doc:"The channel is not deployed to the group"`
	Refused    string             `json:"refused,omitempty" doc:"Why a deployment would be refused now"`
	Marked     []PendingMark      `json:"marked" nullable:"false" doc:"What goes out or off by its mark"`
	Warnings   []PendingWarning   `json:"warnings" nullable:"false" doc:"What may have been forgotten"`
	Manifest   DeploymentManifest `json:"manifest"`
	Difference PackageDifference  `json:"difference" doc:"To the package that is active"`
}

// PendingMark is a mark that waits for a deployment.
type PendingMark struct {
	Kind    string    `json:"kind" enum:"flowchart,strategy"`
	Name    string    `json:"name"`
	For     string    `json:"for" enum:"deployment,undeployment"`
	By      string    `json:"by" doc:"Name of the account"`
	At      time.Time `json:"at"`
	Waiting int64     `json:"waiting" doc:"Seconds since it was marked"`
	New     bool      `json:"new" doc:"The group does not have it yet"`
}

// PendingWarning is something that may have been forgotten.
type PendingWarning struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Message string `json:"message"`
}

// Package is the content that is deployed of a channel.
type Package struct {
	Hash    string          `json:"hash" doc:"SHA-256 of its canonical form"`
	Channel string          `json:"channel"`
	Format  int             `json:"format"`
	Content json.RawMessage `json:"content" doc:"The definitions by kind and name"`
}

// PackageDifference is what differs between two packages.
type PackageDifference struct {
	From    string          `json:"from,omitempty" doc:"Hash; absent: no package"`
	To      string          `json:"to,omitempty" doc:"Hash; absent: no package"`
	Changes []PackageChange `json:"changes" nullable:"false" doc:"At most 5,000"`
	Count   int             `json:"count" doc:"How many there are"`
}

// PackageChange is one difference between two packages.
type PackageChange struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Path string `json:"path,omitempty" doc:"Field within the definition; absent for the whole"`
	What string `json:"what" enum:"added,removed,changed"`
	From string `json:"from,omitempty" doc:"Value before, JSON, shortened"`
	To   string `json:"to,omitempty" doc:"Value after, JSON, shortened"`
}

// StaleRedeployment asks for the deployment of everything that is stale.
type StaleRedeployment struct {
	Name     string `json:"name" minLength:"1" maxLength:"200" doc:"Of the deployments" example:"New campaign dates"`
	Solution string `json:"solution,omitempty" maxLength:"63" doc:"Only channels of this solution"`
	Group    string `json:"group,omitempty" maxLength:"63" doc:"Only groups of this name"`
}

// RedeployedChannel is a stale channel, with its new deployment or why there is none.
type RedeployedChannel struct {
	Channel    string `json:"channel"`
	Solution   string `json:"solution"`
	Group      string `json:"group"`
	Deployment int64  `json:"deployment,omitempty" doc:"Number of the deployment that was asked for"`
	Problem    string `json:"problem,omitempty" doc:"Why none could be asked for"`
}

// RedeployedChannels are the stale channels of the tenant that the caller may
// deploy.
type RedeployedChannels struct {
	Items []RedeployedChannel `json:"items" nullable:"false"`
}
