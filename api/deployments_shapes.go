package api

import (
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
)

func deploymentShape(d deployments.Deployment) client.Deployment {
	shape := client.Deployment{
		ID: string(d.ID), Channel: d.Channel, Number: d.Number, Solution: d.Group.Solution, Group: d.Group.Name,
		GroupKind: string(d.Group.Kind), Kind: string(d.Kind), Of: d.Of, Name: d.Name, Note: d.Note, State: string(d.State),
		Reason: d.Reason, WaitsFor: d.WaitsFor, Hash: d.Hash, From: d.From, FromHash: d.FromHash, Servers: serverShapes(d.Servers),
		CreatedAt: d.CreatedAt, CreatedBy: d.CreatedBy.Name, UpdatedAt: d.UpdatedAt, MovedAt: instant(d.MovedAt), EndedAt: instant(d.EndedAt),
	}
	if d.Built && !d.Manifest.Empty() {
		manifest := manifestShape(d.Manifest)
		shape.Manifest = &manifest
	}
	return shape
}

// instant is nil where there is no time.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func serverShapes(servers []deployments.ServerProgress) []client.DeploymentServer {
	shapes := make([]client.DeploymentServer, len(servers))
	for i, s := range servers {
		shapes[i] = client.DeploymentServer{
			Server: string(s.Server), Name: s.Name, State: string(s.State), Number: s.Number, Hash: s.Hash, Since: s.Since, Reason: s.Reason,
		}
	}
	return shapes
}

func manifestShape(m deployments.Manifest) client.DeploymentManifest {
	shape := client.DeploymentManifest{
		Marked: []client.DeploymentPart{}, Kept: []client.DeploymentPart{}, Removed: []client.DeploymentPart{},
		SwitchedOff: []client.SwitchedOff{}, SwitchedOffCount: m.SwitchedOffCount,
	}
	for _, part := range m.Marked {
		shape.Marked = append(shape.Marked, client.DeploymentPart{Kind: string(part.Kind), Name: part.Name, Version: part.Version})
	}
	for _, part := range m.Kept {
		shape.Kept = append(shape.Kept, client.DeploymentPart{Kind: string(part.Kind), Name: part.Name, Edited: part.Edited})
	}
	for _, part := range m.Removed {
		shape.Removed = append(shape.Removed, client.DeploymentPart{Kind: string(part.Kind), Name: part.Name, Version: part.Version, Why: part.Why})
	}
	for _, off := range m.SwitchedOff {
		shape.SwitchedOff = append(shape.SwitchedOff, client.SwitchedOff{Path: off.Path, Why: off.Why})
	}
	return shape
}

func channelVersionShape(v deployments.Version) client.ChannelVersion {
	return client.ChannelVersion{
		Solution: v.Group.Solution, Group: v.Group.Name, GroupKind: string(v.Group.Kind), Number: v.Number, Hash: v.Hash, Name: v.Name,
		Since: instant(v.Since), By: v.By, Stale: orEmpty(v.Stale), Servers: serverShapes(v.Servers), Open: orEmpty(v.Open),
	}
}

func pendingShape(p deployments.Pending) client.PendingChanges {
	shape := client.PendingChanges{
		Group: p.Group.Name, First: p.First, Refused: p.Refused, Marked: []client.PendingMark{}, Warnings: []client.PendingWarning{},
		Manifest: manifestShape(p.Manifest), Difference: differenceShape(p.Difference),
	}
	for _, m := range p.Marked {
		shape.Marked = append(shape.Marked, client.PendingMark{
			Kind: string(m.Kind), Name: m.Name, For: string(m.For), By: m.By, At: m.At, Waiting: int64(time.Since(m.At).Seconds()), New: m.New,
		})
	}
	for _, w := range p.Warnings {
		shape.Warnings = append(shape.Warnings, client.PendingWarning{Kind: string(w.Kind), Name: w.Name, Message: w.Message})
	}
	return shape
}

func differenceShape(d deployments.Difference) client.PackageDifference {
	shape := client.PackageDifference{From: d.From, To: d.To, Count: d.Count, Changes: make([]client.PackageChange, len(d.Changes))}
	for i, c := range d.Changes {
		shape.Changes[i] = client.PackageChange{Kind: c.Kind, Name: c.Name, Path: c.Path, What: string(c.What), From: c.From, To: c.To}
	}
	return shape
}
