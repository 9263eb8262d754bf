package deployment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// lookEvery is the pause between looks at what the servers report.
const lookEvery = 50 * time.Millisecond

// VerifyServers waits until every live server of the group reports the version, or
// the time is up. A server that is not alive does not count: it takes the active
// version before it serves.
func (a *activities) VerifyServers(ctx context.Context, in verification) (v verdict, err error) {
	err = temporalclient.Beating(ctx, func() error {
		v = verdict{Servers: in.Servers}
		for {
			err := a.look(ctx, in, &v)
			if err == nil && v.Reason == "" || !a.now().Before(in.Until) {
				return ctx.Err()
			}
			if !temporalclient.Pause(ctx, lookEvery) {
				return ctx.Err()
			}
		}
	})
	return v, err
}

// look brings the verdict up to date, and the deployment when something changed.
func (a *activities) look(ctx context.Context, in verification, v *verdict) error {
	var (
		live    []versions.Server
		reports []versions.ServerReport
	)
	err := a.groups.Use(ctx, in.Tenant, in.Group, func(g versions.Group) (err error) {
		// In this order: whoever was alive before its report was read is waited for.
		if live, err = g.LiveServers(ctx); err != nil {
			return err
		}
		reports, err = g.Reports(ctx)
		return err
	})
	if err != nil {
		v.Reason = "the group's database does not answer"
		if known, ok := fault.As(err); ok {
			v.Reason += ": " + known.Message
		}
		return err
	}
	seen := judge(in, live, reports)
	changed := !slices.Equal(seen.Servers, v.Servers)
	*v = seen
	if !changed {
		return nil
	}
	err = a.catalog.Record(ctx, in.Tenant, in.Deployment, deployments.Progress{
		State: deployments.Verifying, Reason: v.Reason, Servers: progressOf(v.Servers),
	})
	if err != nil {
		a.logger.WarnContext(ctx, "progress is not recorded", "tenant", in.TenantName, "error", err)
	}
	return nil
}

// judge says of each server how far it is: those known before, and those alive now.
func judge(in verification, live []versions.Server, reports []versions.ServerReport) verdict {
	servers := slices.Clone(in.Servers)
	for _, s := range live {
		if !slices.ContainsFunc(servers, func(known ServerState) bool { return known.ID == s.ID }) {
			servers = append(servers, ServerState{ID: s.ID, Name: s.Name})
		}
	}
	slices.SortFunc(servers, byName)
	var missing []string
	for i := range servers {
		s := &servers[i]
		*s = ServerState{ID: s.ID, Name: s.Name, State: deployments.ServerAway}
		if !slices.ContainsFunc(live, func(l versions.Server) bool { return l.ID == s.ID }) {
			continue
		}
		s.State = deployments.ServerActivating
		for _, r := range reports {
			if r.ID == s.ID && r.Channel == in.Channel {
				s.Number, s.Hash, s.Since, s.Reason = r.Number, r.Hash, r.Since.UTC(), r.Problem
			}
		}
		if s.Number == in.Number && s.Hash == in.Hash {
			s.State = deployments.ServerServing
			continue
		}
		missing = append(missing, s.lag())
	}
	return verdict{Servers: servers, Reason: strings.Join(missing, "; ")}
}

// lag says what a server serves instead, and why if it told.
func (s ServerState) lag() string {
	text := fmt.Sprintf("server %s serves number %d", s.Name, s.Number)
	if s.Number == 0 {
		text = fmt.Sprintf("server %s has not reported what it serves", s.Name)
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

func byName(a, b ServerState) int { return strings.Compare(a.Name, b.Name) }
