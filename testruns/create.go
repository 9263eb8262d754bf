package testruns

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/tenants"
)

// NewTestRun is the input of Create.
type NewTestRun struct {
	Group tenants.Name // a staging group of the channel
	// Flowchart or Strategy is what is tried out, one of them.
	Flowchart tenants.Name
	Strategy  tenants.Name
	Name      string // for people; may be empty
	// CSV has a header with names of attributes and a row for each profile.
	CSV string
	// Table is the audience level whose profiles the group's table has; either this
	// or CSV.
	Table tenants.Name
	// Limit bounds the profiles of the table; 0 for profiles.MaxRead.
	Limit int
}

// Create asks for a test run of the present design, marked or not. What can be
// known to be wrong is refused at once; rows that are broken are not, they are told
// in the result.
func (s *Service) Create(ctx context.Context, by audit.Actor, tenant tenants.TenantID, channel tenants.Name, input NewTestRun) (TestRun, error) {
	if err := checkInput(input); err != nil {
		return TestRun{}, err
	}
	present, err := s.designs.Snapshot(ctx, tenant, channel)
	if err != nil {
		return TestRun{}, err
	}
	group, err := s.stagingGroup(ctx, present, input.Group)
	if err != nil {
		return TestRun{}, err
	}
	at := now()
	t := TestRun{
		Tenant: tenant, ID: tenants.NewID[ID](), Channel: channel, Group: group, Flowchart: input.Flowchart, Strategy: input.Strategy,
		Source: CSV, Name: input.Name, State: Requested, CreatedAt: at, UpdatedAt: at, CreatedBy: by,
	}
	t.CreatedBy.RequestID = ""
	if t.Level, err = levelOf(present, input); err != nil {
		return TestRun{}, err
	}
	job := rehearsal.Job{CSV: input.CSV, Input: rehearsal.Input{
		Tenant: string(tenant), Channel: channel, Decide: input.Strategy != "", Level: t.Level, Now: at,
	}}
	if err := checkProfiles(present, t.Level, input); err != nil {
		return TestRun{}, err
	}
	if input.Table != "" {
		t.Source, job.FromTable, job.Limit = Table, true, input.Limit
		if job.Limit == 0 {
			job.Limit = profiles.MaxRead
		}
	}
	if job.Package, job.Hash, err = assemble(present, input); err != nil {
		return TestRun{}, err
	}
	err = s.groups.Use(ctx, tenant, group.ID, func(b Bench) error { return b.Put(ctx, string(t.ID), job) })
	if err != nil {
		return TestRun{}, err
	}
	if err := s.store.Insert(ctx, t, eventOf(by, "test-run.create", t)); err != nil {
		_ = s.remove(ctx, t) // otherwise it is swept
		return TestRun{}, err
	}
	return t, nil
}

func invalid() *fault.Fault {
	return fault.New(fault.Invalid, "invalid-input", "the input is not valid")
}

func checkInput(input NewTestRun) error {
	wrong := invalid()
	if (input.Flowchart == "") == (input.Strategy == "") {
		_ = wrong.At("flowchart", 0, "expected either a flowchart or a strategy")
	}
	if (input.CSV == "") == (input.Table == "") {
		_ = wrong.At("profiles", 0, "expected either csv or table")
	}
	if input.Limit < 0 || input.Limit > profiles.MaxRead {
		_ = wrong.At("profiles.limit", 0, "expected at most %d", profiles.MaxRead)
	}
	if input.Limit != 0 && input.Table == "" {
		_ = wrong.At("profiles.limit", 0, "only profiles of a table have a limit")
	}
	if err := tenants.CheckDisplayName(input.Name); err != nil {
		_ = wrong.At("name", 0, "%s", err)
	}
	if len(wrong.Places) > 0 {
		return wrong
	}
	return nil
}

// stagingGroup returns a staging group that the channel is for.
func (s *Service) stagingGroup(ctx context.Context, present design.Snapshot, name tenants.Name) (deployments.Group, error) {
	channel := present.Channel.Spec
	if !slices.Contains(channel.ServerGroups, name) {
		return deployments.Group{}, invalid().At("group", 0, "channel %s is not for a group %q: expected %s",
			present.Name, name, strings.Join(channel.ServerGroups, " or "))
	}
	group, err := s.directory.ServerGroup(ctx, present.Tenant, channel.Solution, name)
	switch {
	case fault.Is(err, fault.NotFound):
		return deployments.Group{}, invalid().At("group", 0, "solution %s has no group %s", channel.Solution, name)
	case err != nil:
		return deployments.Group{}, err
	case group.Kind != tenants.Staging:
		return deployments.Group{}, invalid().At("group", 0, "group %s is for %s: expected a staging group", name, group.Kind)
	}
	return deployments.Group{ID: group.ID, Solution: channel.Solution, Name: group.Name, Kind: group.Kind}, nil
}

// levelOf is the audience level whose profiles the flowchart or strategy reads.
func levelOf(present design.Snapshot, input NewTestRun) (tenants.Name, error) {
	var tried definition.Document
	if entry, ok := present.Flowcharts[input.Flowchart]; ok {
		tried = entry.Spec
	} else if entry, ok := present.Strategies[input.Strategy]; ok {
		tried = entry.Spec
	} else if input.Flowchart != "" {
		return "", invalid().At("flowchart", 0, "channel %s has no flowchart %q", present.Name, input.Flowchart)
	} else {
		return "", invalid().At("strategy", 0, "channel %s has no strategy %q", present.Name, input.Strategy)
	}
	level := scope.LevelsOf(tried, present.Channel.Spec.AudienceLevels)[0]
	if input.Table != "" && input.Table != level {
		return "", invalid().At("profiles.table", 0, "profiles of level %s are expected: that is whose it reads", level)
	}
	return level, nil
}

// checkProfiles makes sure of the header of a CSV text.
func checkProfiles(present design.Snapshot, level tenants.Name, input NewTestRun) error {
	if input.Table != "" {
		return nil
	}
	_, err := profiles.NewReader(input.CSV, present.AudienceLevels[level].Spec)
	if err != nil {
		return inProfiles(err)
	}
	if rows := profiles.Count(input.CSV); rows == 0 || rows > profiles.MaxRead {
		return invalid().At("profiles.csv", 0, "expected 1 to %d rows below the header, there are %d", profiles.MaxRead, rows)
	}
	return nil
}

// inProfiles moves the places of a fault of the CSV text to where it is in the
// input.
func inProfiles(err error) error {
	found, ok := fault.As(err)
	if !ok {
		return err
	}
	moved := fault.New(found.Kind, found.Type, "%s", found.Message)
	for _, place := range found.Places {
		_ = moved.At("profiles."+place.Path, place.Line, "%s", place.Message)
	}
	return moved
}

// assemble puts the package together that is run: a flowchart alone, or a strategy
// with all flowcharts of the channel, which say who is in which segment. Everything
// is as it is designed now.
func assemble(present design.Snapshot, input NewTestRun) (content []byte, hash string, err error) {
	drafts := present
	drafts.Strategies = map[string]design.Entry[definition.Strategy]{}
	drafts.Flowcharts = map[string]design.Entry[definition.Flowchart]{}
	if input.Strategy != "" {
		drafts.Strategies[input.Strategy] = marked(present.Strategies[input.Strategy])
	}
	for name, flowchart := range present.Flowcharts {
		if input.Strategy != "" || name == input.Flowchart {
			drafts.Flowcharts[name] = marked(flowchart)
		}
	}
	pack, _, err := deployments.Assemble(drafts, nil, deployments.Deploy)
	if err != nil {
		return nil, "", err
	}
	if _, err := bundle.Compile(&pack); err != nil {
		return nil, "", err
	}
	content, hash, err = pack.Encode()
	if err == nil && len(content) > bundle.MaxBytes {
		err = fault.New(fault.TooLarge, "package-too-large", "a package has at most %d bytes; this one has %d", bundle.MaxBytes, len(content))
	}
	if err != nil {
		return nil, "", fmt.Errorf("package of the test run: %w", err)
	}
	return content, hash, nil
}

// marked is an entry as if it went out now.
func marked[T any](entry design.Entry[T]) design.Entry[T] {
	entry.Object.Mark = &design.Mark{For: design.ForDeployment}
	return entry
}
