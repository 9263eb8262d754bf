package interactionserver

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/interactionserver/routing"
	"github.com/switchyard/switchyard/tenants"
)

// defaultInviteTimeout is how long an agent has to accept where the process says
// nothing.
const defaultInviteTimeout = 30 * time.Second

// pool is what the matcher knows to wait for an agent, in the form that routing
// works on.
type pool struct {
	service *Service
	view    *view

	waiting []routing.Waiting
	records []Record // of the same index
	index   map[InteractionID]int
}

func newPool(s *Service, v *view) *pool {
	return &pool{service: s, view: v, index: map[InteractionID]int{}}
}

// record returns what is known of an interaction of the pool.
func (p *pool) record(id InteractionID) Record { return p.records[p.index[id]] }

func (p *pool) clear() {
	p.waiting, p.records = nil, nil
	clear(p.index)
}

// add puts interactions into the pool, instead of what it knew of them. One whose
// process cannot be used is left out: it waits until it can.
func (p *pool) add(ctx context.Context, records ...Record) error {
	for _, r := range records {
		if _, granted := p.view.granted[r.Process]; !granted {
			continue
		}
		definition, err := p.service.definitions.load(ctx, version{r.Process, r.ProcessVersion})
		if isUnusable(err) || r.Machine.Pending == nil {
			continue
		}
		if err != nil {
			return err
		}
		p.put(r, p.candidate(r, definition))
	}
	return nil
}

func (p *pool) put(r Record, w routing.Waiting) {
	if i, known := p.index[r.ID]; known {
		p.records[i], p.waiting[i] = r, w
		return
	}
	p.index[r.ID] = len(p.records)
	p.records = append(p.records, r)
	p.waiting = append(p.waiting, w)
}

// remove takes interactions out, if they are in.
func (p *pool) remove(ids ...InteractionID) {
	for _, id := range ids {
		i, known := p.index[id]
		if !known {
			continue
		}
		last := len(p.records) - 1
		p.records[i], p.waiting[i] = p.records[last], p.waiting[last]
		p.index[p.records[i].ID] = i
		p.records[last], p.waiting[last] = Record{}, routing.Waiting{} // lets go of their values
		p.records, p.waiting = p.records[:last], p.waiting[:last]
		delete(p.index, id)
	}
}

// candidate is the interaction as routing sees it.
func (p *pool) candidate(r Record, definition *process.Definition) routing.Waiting {
	tried := make(map[string]time.Time, len(r.Tried))
	for agent, at := range r.Tried {
		tried[string(agent)] = at
	}
	w := routing.Waiting{
		ID:       string(r.ID),
		Medium:   r.MediaType,
		Priority: r.Priority,
		QueuedAt: r.QueuedAt,
		RoutedAt: r.RoutedAt,
		Tried:    tried,
		Targets:  make([]routing.Target, len(r.Machine.Pending.Targets)),
	}
	for i, target := range r.Machine.Pending.Targets {
		w.Targets[i] = routing.Target{
			For:      time.Duration(target.For),
			Eligible: p.eligible(r, definition, i),
		}
		if target.Fixed {
			w.Targets[i].Key = strings.Join([]string{r.Process, strconv.Itoa(r.ProcessVersion), r.Step, strconv.Itoa(i)}, "/")
		}
	}
	return w
}

// eligible answers for one target of an interaction, and remembers: neither the
// interaction's values nor the agent's attributes change while it is in the pool.
func (p *pool) eligible(r Record, definition *process.Definition, target int) func(*routing.Agent) bool {
	ref := process.TargetRef{Step: r.Step, Index: target}
	var answers map[string]bool
	return func(a *routing.Agent) bool {
		if answer, known := answers[a.Name]; known {
			return answer
		}
		if answers == nil {
			answers = map[string]bool{}
		}
		answer := p.fits(r, definition, ref, tenants.AccountID(a.Name))
		answers[a.Name] = answer
		return answer
	}
}

// fits reports whether the agent may handle the process and the target's
// expression holds. An expression that fails does not hold: the next targets, or
// the end of their time, decide what becomes of the interaction.
func (p *pool) fits(r Record, definition *process.Definition, ref process.TargetRef, id tenants.AccountID) bool {
	account := p.view.agent(id)
	if account == nil || !p.view.may(id, r.Process, accessgroups.Handle) {
		return false
	}
	agent := process.Agent{Name: account.Name, Skills: account.Agent.Skills, Groups: account.Agent.Groups}
	fits, err := definition.Eligible(ref, agent, r.input(), r.Machine)
	if err != nil {
		p.service.log.Debug("target expression failed", "interaction", string(r.ID), "process", r.Process, "step", ref.Step, "error", err)
	}
	return fits && err == nil
}

func inviteTimeout(r Record) time.Duration {
	if d := time.Duration(r.Machine.Pending.InviteTimeout); d > 0 {
		return d
	}
	return defaultInviteTimeout
}
