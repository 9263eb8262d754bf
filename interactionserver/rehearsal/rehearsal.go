package rehearsal

import (
	"context"
	"encoding/json"
	"time"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/segment"
	"github.com/switchyard/switchyard/runtime/simulation"
)

// Bounds of a run.
const (
	// MaxSamples bounds the sample rows of one segment.
	MaxSamples = 10
	// MaxResult bounds a result, in bytes of JSON.
	MaxResult = 4 << 20
)

// Input is what a run needs beside its package and its CSV text.
type Input struct {
	Tenant  string `json:"tenant"` // id
	Channel string `json:"channel"`
	Hash    string `json:"hash"` // of the package
	// Decide is set for a run of a strategy: the package's points are asked for
	// offers.
	Decide bool `json:"decide"`
	// Level is the audience level of the profiles.
	Level string `json:"level"`
	// FromTable takes at most Limit profiles of the table, in the order of their
	// keys; otherwise they are those of the CSV text.
	FromTable bool `json:"fromTable"`
	Limit     int  `json:"limit"`
	// Now is the time that expressions and dates see.
	Now time.Time `json:"now"`
}

// Job is a run with all that it needs.
type Job struct {
	Input
	Package []byte
	CSV     string
}

// Progress is how far a run is, in rows: those that are broken count too.
type Progress struct {
	Done  int64 `json:"done" db:"done"`
	Total int64 `json:"total" db:"total"`
}

// Group is what the control plane reads and writes in the group's database. Every
// change may be repeated.
type Group interface {
	// Put stores a job, over one of the same id.
	Put(ctx context.Context, id string, job Job) error
	// Progress answers with NotFound where there is no such job, as Collect.
	Progress(ctx context.Context, id string) (Progress, error)
	// Collect returns the result, JSON; nil before the run has ended.
	Collect(ctx context.Context, id string) (json.RawMessage, error)
	// Remove deletes the job, also while it runs: then the run gives up.
	Remove(ctx context.Context, id string) error
}

// Store is what a server reads and writes there.
type Store interface {
	// Job answers with NotFound where the job was removed, as Report and Finish.
	Job(ctx context.Context, id string) (Job, error)
	Report(ctx context.Context, id string, p Progress) error
	Finish(ctx context.Context, id string, p Progress, result json.RawMessage) error
}

// Gone is the answer where a job was removed.
func Gone() error {
	return fault.New(fault.NotFound, "test-run-gone", "the test run was cancelled or is too old")
}

// Result is what a run came to.
type Result struct {
	// Report holds the counts; its samples are empty.
	Report simulation.Report `json:"report"`
	// Samples are the first profiles of each segment, at most MaxSamples.
	Samples []SegmentSamples `json:"samples"`
	// Rows is how many were read, Broken those of them that were left out.
	Rows   int               `json:"rows"`
	Broken profiles.Problems `json:"broken"`
	// UnknownColumns are names in the CSV text that the audience level does not have.
	UnknownColumns []string `json:"unknownColumns,omitempty"`
	// Hash is that of the package that was run.
	Hash string `json:"hash"`
}

// SegmentSamples are sample rows of one segment.
type SegmentSamples struct {
	Segment string   `json:"segment"` // empty: those in no segment
	Rows    []Sample `json:"rows"`
}

// Sample is what became of one profile.
type Sample struct {
	Key      string   `json:"key"`
	Segments []string `json:"segments,omitempty"`
	// Paths are the boxes that it visited, in the flowcharts that can put visitors in
	// the segment that it is a sample of.
	Paths    []Path                    `json:"paths,omitempty"`
	Offers   []simulation.SampleOffers `json:"offers,omitempty"`
	Failures []segment.Failure         `json:"failures,omitempty"`
}

// Path is a profile's way through one flowchart.
type Path struct {
	Flowchart string         `json:"flowchart"`
	Boxes     []string       `json:"boxes"`
	Derived   map[string]any `json:"derived,omitempty"`
}
