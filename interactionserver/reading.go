package interactionserver

import (
	"cmp"
	"context"
	"slices"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

const (
	defaultPage = 50
	maxPage     = 200
)

// Get returns an interaction. Needs "view" for its process, or to hold it;
// otherwise it is NotFound "interaction-not-found", as every method says of an
// interaction that the caller may not see.
func (s *Service) Get(ctx context.Context, caller tenants.AccountID, id InteractionID) (Interaction, error) {
	in, found, err := s.store.Find(ctx, id)
	if err != nil {
		return Interaction{}, err
	}
	if !found || !s.view.Load().sees(caller, in) {
		return Interaction{}, interactionNotFound()
	}
	return in, nil
}

// sees reports whether the account may read the interaction.
func (v *view) sees(caller tenants.AccountID, in Interaction) bool {
	return in.Agent == caller || v.may(caller, in.Process, accessgroups.View)
}

// List returns a page of what the caller may view, newest first, and the cursor
// of the next page, empty on the last.
func (s *Service) List(ctx context.Context, caller tenants.AccountID, f Filter, p Page) (_ []Interaction, next InteractionID, _ error) {
	limit, err := pageLimit(p.Limit)
	if err != nil {
		return nil, "", err
	}
	processes := s.view.Load().processesFor(caller, accessgroups.View)
	if f.Process != "" {
		processes = only(processes, f.Process)
	}
	if f.Queue != "" {
		process, _ := f.Queue.Split()
		processes = only(processes, process)
	}
	if len(processes) == 0 {
		return nil, "", nil
	}
	// One more than asked for tells whether there is a next page.
	found, err := s.store.List(ctx, processes, f, Page{After: p.After, Limit: limit + 1})
	if err != nil {
		return nil, "", err
	}
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].ID
	}
	return found, next, nil
}

// only keeps one name of the list.
func only(names []tenants.Name, name tenants.Name) []tenants.Name {
	if slices.Contains(names, name) {
		return []tenants.Name{name}
	}
	return nil
}

func pageLimit(limit int) (int, error) {
	switch {
	case limit == 0:
		return defaultPage, nil
	case limit < 1 || limit > maxPage:
		return 0, fault.New(fault.Invalid, "invalid-limit", "a page has 1 to %d entries", maxPage)
	default:
		return limit, nil
	}
}

// Events returns an interaction's events with ids above after, oldest first, at
// most limit (1 to 200; 0 is 50). Visible as Get.
func (s *Service) Events(ctx context.Context, caller tenants.AccountID, id InteractionID, after int64, limit int) ([]Event, error) {
	limit, err := pageLimit(limit)
	if err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, caller, id); err != nil {
		return nil, err
	}
	return s.store.Events(ctx, id, after, limit)
}

// Queues returns the queues of all processes that the caller may view, by name:
// those that the processes declare, and those that still hold something.
func (s *Service) Queues(ctx context.Context, caller tenants.AccountID) ([]Queue, error) {
	v := s.view.Load()
	processes := v.processesFor(caller, accessgroups.View)
	if len(processes) == 0 {
		return nil, nil
	}
	queues, err := s.store.QueueCounts(ctx, processes)
	if err != nil {
		return nil, err
	}
	for _, name := range processes {
		definition, err := s.definitions.load(ctx, version{name, v.granted[name].Version})
		if isUnusable(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, declared := range definition.Queues {
			queue := NewQueueName(name, declared.Name)
			if !slices.ContainsFunc(queues, func(q Queue) bool { return q.Name == queue }) {
				queues = append(queues, Queue{Name: queue, Process: name})
			}
		}
	}
	slices.SortFunc(queues, func(a, b Queue) int { return cmp.Compare(a.Name, b.Name) })
	return queues, nil
}

// Queue returns one of Queues; NotFound "queue-not-found".
func (s *Service) Queue(ctx context.Context, caller tenants.AccountID, name QueueName) (Queue, error) {
	queues, err := s.Queues(ctx, caller)
	if err != nil {
		return Queue{}, err
	}
	for _, queue := range queues {
		if queue.Name == name {
			return queue, nil
		}
	}
	return Queue{}, queueNotFound()
}

// Statistics returns the figures of every process that the caller has
// "statistics" for, by name. Of a process that this server was not granted there
// is only how many submits were refused.
func (s *Service) Statistics(ctx context.Context, caller tenants.AccountID) ([]Statistics, error) {
	v := s.view.Load()
	var processes []tenants.Name
	if account, ok := v.accounts[caller]; ok {
		for name, actions := range account.Actions {
			if slices.Contains(actions, string(accessgroups.Statistics)) {
				processes = append(processes, name)
			}
		}
	}
	if len(processes) == 0 {
		return nil, nil
	}
	if err := s.refusals.flush(ctx); err != nil {
		return nil, err
	}
	figures, err := s.store.Statistics(ctx, processes)
	if err != nil {
		return nil, err
	}
	shown := figures[:0]
	for _, f := range figures {
		if _, granted := v.granted[f.Process]; !granted {
			f = Statistics{Process: f.Process, Refused: f.Refused}
			if f.Refused == 0 {
				continue
			}
		}
		shown = append(shown, f)
	}
	return shown, nil
}
