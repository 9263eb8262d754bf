package deployments

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// Bounds of what is asked for.
const (
	// MaxNote bounds a note, in bytes.
	MaxNote = 2000
	// MaxOpen bounds the deployments of one channel to one group that have not
	// ended.
	MaxOpen = 20
)

// NewDeployment is the input of Create.
type NewDeployment struct {
	Group tenants.Name // of the channel's solution
	Name  string       // for people; needed
	Note  string
	Kind  Kind // Deploy where it is empty
	// Of is the number of the deployment whose package a Rollback brings back.
	Of int64
	// Confirm has to be the channel's name for Undeploy from production.
	Confirm string
}

// Create asks for a deployment. It waits for those of the channel to the group that
// have not ended. What can be known to be wrong now is refused now: nothing marked,
// no difference, dead offers; the same is checked again when its turn has come.
func (s *Service) Create(ctx context.Context, by audit.Actor, tenant tenants.TenantID, channel tenants.Name, input NewDeployment) (Deployment, error) {
	if input.Kind == "" {
		input.Kind = Deploy
	}
	if err := checkInput(input); err != nil {
		return Deployment{}, err
	}
	present, err := s.designs.Snapshot(ctx, tenant, channel)
	if err != nil {
		return Deployment{}, err
	}
	group, err := s.groupFor(ctx, present, input.Group, input.Kind)
	if err != nil {
		return Deployment{}, err
	}
	at := now()
	d := Deployment{
		Tenant: tenant, ID: tenants.NewID[ID](), Channel: channel, Group: group, Kind: input.Kind, Of: input.Of,
		Name: input.Name, Note: input.Note, State: Waiting, CreatedAt: at, UpdatedAt: at, CreatedBy: by,
	}
	d.CreatedBy.RequestID = ""
	if err := checkConfirmed(d, input.Confirm); err != nil {
		return Deployment{}, err
	}
	if err := s.checkNow(ctx, present, d); err != nil {
		return Deployment{}, err
	}
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		open, err := w.Open(ctx, channel, group.ID)
		if err != nil {
			return err
		}
		if len(open) >= MaxOpen {
			return fault.New(fault.Conflict, "too-many-deployments", "%d deployments of channel %s to group %s wait already", len(open), channel, group.Name)
		}
		last, err := w.LastNumber(ctx, channel)
		if err != nil {
			return err
		}
		d.Number, d.WaitsFor = last+1, 0
		if len(open) > 0 {
			d.WaitsFor = open[len(open)-1]
		}
		if err := w.Insert(ctx, d); err != nil {
			return err
		}
		return w.Record(ctx, event(by, "deployment.create", d))
	})
	if err != nil {
		return Deployment{}, err
	}
	return d, nil
}

// checkNow refuses what would fail when its turn comes, unless it has to wait: what
// is active may be something else by then.
func (s *Service) checkNow(ctx context.Context, present design.Snapshot, d Deployment) error {
	open, err := view(ctx, s, d.Tenant, func(ctx context.Context, r Reader) ([]int64, error) {
		return r.Open(ctx, d.Channel, d.Group.ID)
	})
	if err != nil || len(open) > 0 {
		return err
	}
	_, err = s.make(ctx, present, d)
	return err
}

func checkInput(input NewDeployment) error {
	wrong := fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	if strings.TrimSpace(input.Name) == "" {
		_ = wrong.At("name", 0, "a deployment needs a name that people know it by")
	} else if err := tenants.CheckDisplayName(input.Name); err != nil {
		_ = wrong.At("name", 0, "%s", err)
	}
	if len(input.Note) > MaxNote || !utf8.ValidString(input.Note) || storable(input.Note) != input.Note {
		_ = wrong.At("note", 0, "a note is a text of visible characters, at most %d bytes", MaxNote)
	}
	switch input.Kind {
	case Deploy, Redeploy, Rollback, Undeploy:
	default:
		_ = wrong.At("kind", 0, "expected deploy, rollback, undeploy or redeploy")
	}
	if input.Kind == Rollback && input.Of <= 0 {
		_ = wrong.At("of", 0, "a rollback needs the number of the deployment that is to be brought back")
	}
	if input.Kind != Rollback && input.Of != 0 {
		_ = wrong.At("of", 0, "only a rollback names another deployment")
	}
	if len(wrong.Places) > 0 {
		return wrong
	}
	return nil
}

// checkConfirmed lets nobody take a channel from production by mistake.
func checkConfirmed(d Deployment, confirm string) error {
	if d.Kind != Undeploy || d.Group.Kind != tenants.Production || confirm == d.Channel {
		return nil
	}
	return fault.New(fault.Invalid, "confirmation-needed",
		"undeploying from production takes channel %s from its visitors: confirm it by the channel's name", d.Channel).
		At("confirm", 0, "expected %q", d.Channel)
}
