package rehearsal

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/simulation"
)

// chunk is how many profiles are run between two reports.
const chunk = 500

// Runner runs jobs. It is safe for concurrent use.
type Runner struct {
	tenant string // id
	store  Store
	table  profiles.Source
}

// NewRunner returns a runner of one tenant's jobs.
func NewRunner(tenant string, store Store, table profiles.Source) *Runner {
	return &Runner{tenant: tenant, store: store, table: table}
}

// Run runs a job from its beginning and stores the result; repeated it does so
// again. It takes one core, so that the others stay with what is served. A job that was removed is a fault NotFound "test-run-gone".
func (r *Runner) Run(ctx context.Context, id string) (Progress, error) {
	job, err := r.store.Job(ctx, id)
	if err != nil {
		return Progress{}, err
	}
	run, err := r.begin(ctx, job)
	if err != nil {
		return Progress{}, err
	}
	for {
		if err := r.store.Report(ctx, id, run.progress); err != nil {
			return Progress{}, err
		}
		part, err := run.source.next(ctx, chunk)
		if err != nil {
			return Progress{}, err
		}
		if len(part) == 0 {
			break
		}
		if err := run.take(part); err != nil {
			return Progress{}, err
		}
	}
	result, err := run.encode()
	if err != nil {
		return Progress{}, err
	}
	run.progress.Done = int64(run.source.rows()) // with broken ones at the end
	run.progress.Total = run.progress.Done
	return run.progress, r.store.Finish(ctx, id, run.progress, result)
}

// run is one run of a job.
type run struct {
	job      Job
	target   simulation.Target
	options  simulation.Options
	source   source
	counts   *simulation.Simulation
	samples  map[string][]Sample // by segment
	assigns  map[string][]string // segments, by flowchart
	progress Progress
}

func (r *Runner) begin(ctx context.Context, job Job) (*run, error) {
	compiled, err := r.compile(job)
	if err != nil {
		return nil, err
	}
	level, ok := compiled.Package.Content.AudienceLevels[job.Level]
	if !ok {
		return nil, fault.New(fault.Invalid, "unknown-audience-level", "the package has no audience level %q", job.Level)
	}
	run := &run{job: job, options: simulation.Options{Now: job.Now}, samples: map[string][]Sample{}, assigns: map[string][]string{}}
	run.target.Scope = compiled.Scope
	for _, name := range slices.Sorted(maps.Keys(compiled.Flowcharts)) {
		flowchart := compiled.Flowcharts[name]
		run.target.Flowcharts = append(run.target.Flowcharts, flowchart)
		run.assigns[name] = flowchart.Segments()
	}
	if job.Decide {
		run.target.Model = compiled.Model
	}
	if run.counts, err = simulation.New(run.target, run.options); err != nil {
		return nil, err
	}
	if job.FromTable {
		run.source = &tableSource{table: r.table, name: job.Level, level: level, limit: job.Limit}
		total, err := r.table.Count(ctx, job.Level, job.Limit)
		run.progress.Total = int64(total)
		return run, err
	}
	reader, err := profiles.NewReader(job.CSV, level)
	if err != nil {
		return nil, err
	}
	run.source = &csvSource{reader: reader}
	run.progress.Total = int64(profiles.Count(job.CSV))
	return run, nil
}

// compile makes sure that the package is whole and the tenant's own.
func (r *Runner) compile(job Job) (*bundle.Compiled, error) {
	p, err := bundle.Parse(job.Package, job.Hash)
	if err != nil {
		return nil, err
	}
	if p.Tenant != r.tenant || job.Tenant != r.tenant {
		return nil, fault.New(fault.Invalid, "foreign-package", "the package is of another tenant")
	}
	return bundle.Compile(p)
}

// take runs a chunk. A simulation of its own keeps the chunk's samples, out of
// which come those of the segments.
func (r *run) take(part []profiles.Profile) error {
	options := r.options
	options.Samples = len(part)
	s, err := simulation.New(r.target, options)
	if err != nil {
		return err
	}
	for _, p := range part {
		if err := s.Add(simulation.Profile{Level: r.job.Level, Key: p.Key, Attributes: p.Attributes}); err != nil {
			return err
		}
	}
	for _, sample := range s.Report().Samples {
		r.keep(sample)
	}
	r.counts.Merge(s)
	r.progress.Done = int64(r.source.rows())
	return nil
}

// keep keeps a sample for the segments that have too few.
func (r *run) keep(s simulation.Sample) {
	of := s.Segments
	if len(of) == 0 {
		of = []string{""}
	}
	for _, name := range of {
		if len(r.samples[name]) < MaxSamples {
			r.samples[name] = append(r.samples[name], r.sampleOf(s, name))
		}
	}
}

func (r *run) sampleOf(s simulation.Sample, of string) Sample {
	sample := Sample{Key: s.Key, Segments: s.Segments, Offers: s.Offers}
	for _, run := range s.Runs {
		if of != "" && !slices.Contains(r.assigns[run.Flowchart], of) {
			continue
		}
		sample.Paths = append(sample.Paths, Path{Flowchart: run.Flowchart, Boxes: run.Boxes, Derived: writable(run.Derived)})
		sample.Failures = append(sample.Failures, run.Failures...)
	}
	return sample
}

// writable are the values with those as texts that JSON has no form for.
func writable(values map[string]any) map[string]any {
	for name, value := range values {
		if number, ok := value.(float64); ok && (math.IsNaN(number) || math.IsInf(number, 0)) {
			values = maps.Clone(values)
			values[name] = strconv.FormatFloat(number, 'g', -1, 64)
		}
	}
	return values
}

// encode returns the result, with fewer sample rows where it would be too large.
func (r *run) encode() (json.RawMessage, error) {
	for most := MaxSamples; ; most /= 2 {
		text, err := json.Marshal(r.result(most))
		if err != nil {
			return nil, err
		}
		if len(text) <= MaxResult {
			return text, nil
		}
		if most == 0 {
			return nil, fault.New(fault.TooLarge, "result-too-large", "the result has %d bytes, at most %d are allowed", len(text), MaxResult)
		}
	}
}

func (r *run) result(most int) Result {
	result := Result{
		Report: r.counts.Report(), Rows: r.source.rows(), Broken: r.source.problems(), UnknownColumns: r.source.unknown(),
		Hash: r.job.Hash, Samples: []SegmentSamples{},
	}
	for _, name := range slices.Sorted(maps.Keys(r.samples)) {
		if rows := r.samples[name]; most > 0 {
			result.Samples = append(result.Samples, SegmentSamples{Segment: name, Rows: rows[:min(most, len(rows))]})
		}
	}
	return result
}
