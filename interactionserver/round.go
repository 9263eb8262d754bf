package interactionserver

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/switchyard/switchyard/interactionserver/routing"
	"github.com/switchyard/switchyard/tenants"
)

// round is what the matcher does again and again while it leads: take in the
// news, take back what was not answered, match, make the offers.
type round struct {
	matcher *matcher
	service *Service
	view    *view
	pool    *pool
	// over is set when the matcher has to start over.
	over bool
	// skew is the store's time minus this host's.
	skew time.Duration
	// refreshAt is when everything is to be read anew, by this host's time.
	refreshAt time.Time
	// expiryAt is when the next offer runs out, by the store's time; zero: none
	// is known.
	expiryAt time.Time
}

func newRound(m *matcher, v *view) *round {
	return &round{matcher: m, service: m.service, view: v, pool: newPool(m.service, v)}
}

// now is the store's time, as far as this host can tell.
func (r *round) now() time.Time { return time.Now().Add(r.skew) }

// play is one round. again is when the next one is due if nothing happens before.
func (r *round) play(ctx context.Context) (again time.Duration, _ error) {
	if err := r.takeIn(ctx); err != nil || r.over {
		return 0, err
	}
	if err := r.expire(ctx); err != nil {
		return 0, err
	}
	agents, now, err := r.service.store.Ready(ctx)
	if err != nil {
		return 0, err
	}
	r.skew = time.Until(now)
	result := routing.Match(now, r.pool.waiting, r.routable(agents), routing.Options{CoolDown: routing.DefaultCoolDown})
	if err := r.exhaust(ctx, result.NoTarget); err != nil {
		return 0, err
	}
	if err := r.invite(ctx, result.Assignments); err != nil {
		return 0, err
	}
	next := r.refreshAt.Add(r.skew)
	for _, at := range []time.Time{result.Wake, r.expiryAt} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next.Sub(r.now()), nil
}

// takeIn brings the pool up to date with what the matcher was told.
func (r *round) takeIn(ctx context.Context) error {
	news := r.matcher.take()
	if r.over = news.startOver; r.over {
		return nil
	}
	if !time.Now().Before(r.refreshAt) {
		waiting, err := r.service.store.Waiting(ctx, r.view.processes, nil)
		if err != nil {
			return err
		}
		r.pool.clear()
		if err := r.pool.add(ctx, waiting...); err != nil {
			return err
		}
		r.refreshAt = time.Now().Add(jittered(refresh))
		r.expiryAt = r.now() // offers of a former leader
		// What was told in the meantime may be newer than what was read.
		for _, added := range news.added {
			news.changed[added.ID] = struct{}{}
		}
		news.added = nil
	}
	if err := r.pool.add(ctx, news.added...); err != nil || len(news.changed) == 0 {
		return err
	}
	ids := slices.Collect(maps.Keys(news.changed))
	waiting, err := r.service.store.Waiting(ctx, r.view.processes, ids)
	if err != nil {
		return err
	}
	r.pool.remove(ids...)
	return r.pool.add(ctx, waiting...)
}

// expire takes back the offers that ran out, if the time has come.
func (r *round) expire(ctx context.Context) error {
	if r.expiryAt.IsZero() || r.now().Before(r.expiryAt) {
		return nil
	}
	expired, next, err := r.service.store.ExpireInvitations(ctx)
	if err != nil {
		return err
	}
	r.expiryAt = next
	for _, in := range expired {
		r.service.hub.tell(in.LastAgent)
		r.matcher.look(in.ID)
	}
	return nil
}

// routable joins what the store and the configuration know of agents.
func (r *round) routable(records []AgentRecord) []routing.Agent {
	agents := make([]routing.Agent, 0, len(records))
	for _, record := range records {
		account := r.view.agent(record.ID)
		if account == nil {
			continue
		}
		agent := routing.Agent{
			Name:         string(record.ID),
			DoNotDisturb: record.DoNotDisturb,
			Media:        make(map[string]routing.Medium, len(record.Media)),
		}
		for name, medium := range record.Media {
			agent.Media[name] = routing.Medium{
				Ready:    medium.State == Ready,
				Capacity: account.Agent.Capacity[name],
				Load:     medium.Assigned,
			}
			if medium.IdleSince.After(agent.IdleSince) {
				agent.IdleSince = medium.IdleSince
			}
		}
		agents = append(agents, agent)
	}
	return agents
}

// exhaust ends the search for those whose last target's time is over.
func (r *round) exhaust(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	records := make([]Record, len(ids))
	for i, id := range ids {
		records[i] = r.pool.record(InteractionID(id))
	}
	changed, err := r.service.store.ExhaustTargets(ctx, records)
	if err != nil {
		return err
	}
	for i := range records {
		r.pool.remove(records[i].ID)
		if changed < len(records) {
			r.matcher.look(records[i].ID) // some of them wait no longer, or anew
		}
	}
	r.service.outbox.raise()
	return nil
}

// invite makes the offers that a match decided on.
func (r *round) invite(ctx context.Context, assignments []routing.Assignment) error {
	if len(assignments) == 0 {
		return nil
	}
	offers := r.offers(assignments)
	invited, err := r.service.store.Invite(ctx, offers)
	if err != nil {
		return err
	}
	missed := make(map[InteractionID]struct{}, len(offers))
	for _, offer := range offers {
		r.pool.remove(offer.Interaction)
		missed[offer.Interaction] = struct{}{}
	}
	for _, in := range invited {
		delete(missed, in.ID)
		r.service.hub.tell(in.Agent)
		if r.expiryAt.IsZero() || in.ExpiresAt.Before(r.expiryAt) {
			r.expiryAt = in.ExpiresAt
		}
	}
	// Either side of a missed offer has changed since it was read.
	if len(missed) > 0 || len(offers) < len(assignments) {
		r.matcher.look(slices.Collect(maps.Keys(missed))...)
	}
	return nil
}

// offers are the assignments that can be made at once: one for each agent and
// medium. What is left over is matched again in the next round.
func (r *round) offers(assignments []routing.Assignment) []Invitation {
	type place struct{ agent, medium string }
	taken := make(map[place]bool, len(assignments))
	offers := make([]Invitation, 0, len(assignments))
	for _, a := range assignments {
		record := r.pool.record(InteractionID(a.Interaction))
		at := place{a.Agent, record.MediaType}
		if taken[at] {
			continue
		}
		taken[at] = true
		agent := tenants.AccountID(a.Agent)
		offers = append(offers, Invitation{
			Interaction: record.ID,
			Sequence:    record.Sequence,
			Assignment:  record.Assignment,
			Agent:       agent,
			Medium:      record.MediaType,
			Capacity:    r.view.agent(agent).Agent.Capacity[record.MediaType],
			Timeout:     inviteTimeout(record),
		})
	}
	return offers
}
