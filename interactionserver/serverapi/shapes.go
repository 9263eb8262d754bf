package serverapi

import (
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
)

// The functions below turn what the service returns into what is answered.
// Accounts are answered by name.

func interactionOf(d *directory, i interactionserver.Interaction) client.Interaction {
	properties := client.Properties(i.Properties)
	if properties == nil {
		properties = client.Properties{}
	}
	out := client.Interaction{
		ID:             string(i.ID),
		ExternalID:     i.ExternalID,
		MediaSource:    i.MediaSource,
		MediaType:      i.MediaType,
		Type:           i.Type,
		Subtype:        i.Subtype,
		Priority:       i.Priority,
		Process:        i.Process,
		ProcessVersion: i.ProcessVersion,
		State:          string(i.State),
		Step:           i.Step,
		Queue:          string(i.Queue),
		Properties:     properties,
		Assignment:     i.Assignment,
		Outcome:        i.Outcome,
		StopReason:     i.StopReason,
		SubmittedBy:    d.name(i.SubmittedBy),
		SubmittedAt:    i.SubmittedAt,
		ChangedAt:      i.ChangedAt,
		QueuedAt:       optional(i.QueuedAt),
		InvitedAt:      optional(i.InvitedAt),
		ExpiresAt:      optional(i.ExpiresAt),
		AcceptedAt:     optional(i.AcceptedAt),
		StoppedAt:      optional(i.StoppedAt),
	}
	if i.Agent != "" {
		out.Agent = d.name(i.Agent)
	}
	return out
}

func interactionsOf(d *directory, interactions []interactionserver.Interaction) []client.Interaction {
	out := make([]client.Interaction, len(interactions))
	for i, interaction := range interactions {
		out[i] = interactionOf(d, interaction)
	}
	return out
}

func eventsOf(d *directory, events []interactionserver.Event) []client.InteractionEvent {
	out := make([]client.InteractionEvent, len(events))
	for i, e := range events {
		out[i] = client.InteractionEvent{
			ID:         e.ID,
			At:         e.At,
			Kind:       string(e.Kind),
			Assignment: e.Assignment,
			Reason:     e.Reason,
			Detail:     e.Detail,
		}
		if e.Agent != "" {
			out[i].Agent = d.name(e.Agent)
		}
		if e.Actor != "" {
			out[i].Actor = d.name(e.Actor)
		}
	}
	return out
}

func queueOf(q interactionserver.Queue) client.Queue {
	return client.Queue{
		Name:       string(q.Name),
		Process:    q.Process,
		Queued:     q.Queued,
		Routing:    q.Routing,
		Delivering: q.Delivering,
		Handling:   q.Handling,
		OldestAt:   optional(q.OldestAt),
	}
}

func queuesOf(queues []interactionserver.Queue) []client.Queue {
	out := make([]client.Queue, len(queues))
	for i, q := range queues {
		out[i] = queueOf(q)
	}
	return out
}

func agentOf(d *directory, a interactionserver.Agent) client.Agent {
	out := client.Agent{
		Name:         a.Name,
		DisplayName:  a.DisplayName,
		Skills:       a.Skills,
		Groups:       a.Groups,
		DoNotDisturb: a.DoNotDisturb,
		Media:        make([]client.AgentMedium, len(a.Media)),
		Assignments:  interactionsOf(d, a.Assignments),
	}
	if out.Skills == nil {
		out.Skills = map[string]int{}
	}
	if out.Groups == nil {
		out.Groups = []string{}
	}
	for i, m := range a.Media {
		out.Media[i] = client.AgentMedium{
			Medium:    m.Name,
			State:     string(m.State),
			Reason:    m.Reason,
			Capacity:  m.Capacity,
			Assigned:  m.Assigned,
			IdleSince: optional(m.IdleSince),
			ChangedAt: optional(m.ChangedAt),
		}
	}
	return out
}

func agentsOf(d *directory, agents []interactionserver.Agent) []client.Agent {
	out := make([]client.Agent, len(agents))
	for i, a := range agents {
		out[i] = agentOf(d, a)
	}
	return out
}

func statisticsOf(statistics []interactionserver.Statistics) []client.Statistics {
	out := make([]client.Statistics, len(statistics))
	for i, s := range statistics {
		out[i] = client.Statistics{
			Process:   s.Process,
			Submitted: s.Submitted,
			Refused:   s.Refused,
			Routed:    s.Routed,
			Handled:   s.Handled,
			Stopped:   s.Stopped,
			Waiting:   s.Waiting,
			Live:      s.Live,
			Wait:      client.WaitingTime(s.Wait),
		}
	}
	return out
}

// optional is nil for the zero time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
