package deployments

import (
	"context"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/tenants"
)

// MaxChanges bounds the changes of a difference that are returned.
const MaxChanges = 5000

// Difference is what differs between two packages.
type Difference struct {
	From, To string // hashes; empty for no package
	Changes  []bundle.Change
	// Count is the number of changes, of which the first MaxChanges are listed.
	Count int
}

func difference(from, to *bundle.Package, fromHash, toHash string) Difference {
	changes := bundle.Diff(from, to)
	d := Difference{From: fromHash, To: toHash, Changes: changes, Count: len(changes)}
	if len(changes) > MaxChanges {
		d.Changes = changes[:MaxChanges]
	}
	return d
}

// Difference returns what a deployment changed: its package against the one that
// was active in the group when it was built.
func (s *Service) Difference(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, number int64) (Difference, error) {
	d, err := s.Get(ctx, tenant, channel, number)
	if err != nil {
		return Difference{}, err
	}
	if !d.Built {
		return Difference{}, fault.New(fault.Conflict, "not-built", "deployment %d of channel %s has no package: it is %s", number, channel, d.State)
	}
	return s.compare(ctx, tenant, channel, d.FromHash, d.Hash)
}

// PackageDifference returns what differs between two packages of a channel.
func (s *Service) PackageDifference(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, from, to string) (Difference, error) {
	return s.compare(ctx, tenant, channel, from, to)
}

// PackageOf returns a package of a channel.
func (s *Service) PackageOf(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, hash string) (*bundle.Package, error) {
	pack, err := s.load(ctx, tenant, hash)
	if err != nil {
		return nil, err
	}
	if pack.Channel != channel {
		return nil, NotFound("package")
	}
	return pack, nil
}

func (s *Service) compare(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, from, to string) (Difference, error) {
	var packages [2]*bundle.Package
	for i, hash := range []string{from, to} {
		if hash == "" {
			continue
		}
		pack, err := s.PackageOf(ctx, tenant, channel, hash)
		if err != nil {
			return Difference{}, err
		}
		packages[i] = pack
	}
	return difference(packages[0], packages[1], from, to), nil
}
