package deployments

import (
	"context"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/tenants"
)

// made is what a deployment brings to its group.
type made struct {
	from     int64 // number that is active
	fromHash string
	manifest Manifest
	content  Content // without bytes for Undeploy and Rollback
	pack     *bundle.Package
}

// make works out what a deployment brings to its group, given the design and what
// is active there now. One that would bring what is active is refused.
func (s *Service) make(ctx context.Context, present design.Snapshot, d Deployment) (made, error) {
	m, err := s.makeAny(ctx, present, d)
	if err == nil {
		err = m.checkNew(d)
	}
	if err != nil {
		return made{}, err
	}
	return m, nil
}

// makeAny works out what a deployment brings to its group, also where that is
// active already.
func (s *Service) makeAny(ctx context.Context, present design.Snapshot, d Deployment) (made, error) {
	active, err := s.active(ctx, d.Tenant, d.Channel, d.Group.ID)
	if err != nil {
		return made{}, err
	}
	m := made{from: active.number, fromHash: active.hash}
	switch d.Kind {
	case Undeploy:
		err = m.undeploy(d, active)
	case Rollback:
		err = s.rollBack(ctx, &m, present, d)
	case Deploy, Redeploy:
		err = m.assemble(present, active, d)
	}
	return m, err
}

func (m *made) checkNew(d Deployment) error {
	if d.Kind == Undeploy || m.content.Hash != m.fromHash {
		return nil
	}
	return fault.New(fault.Conflict, "nothing-to-deploy",
		"group %s serves this very content of channel %s already, since deployment %d", d.Group.Name, d.Channel, m.from)
}

func (m *made) undeploy(d Deployment, active activePackage) error {
	if active.pack == nil {
		return fault.New(fault.Conflict, "nothing-deployed", "channel %s is not deployed to group %s", d.Channel, d.Group.Name)
	}
	return nil
}

func (m *made) assemble(present design.Snapshot, active activePackage, d Deployment) error {
	pack, manifest, err := Assemble(present, active.pack, d.Kind)
	if err != nil {
		return err
	}
	content, err := encode(&pack)
	if err != nil {
		return err
	}
	m.manifest, m.content, m.pack = manifest, content, &pack
	return nil
}

func encode(pack *bundle.Package) (Content, error) {
	text, hash, err := pack.Encode()
	if err != nil {
		return Content{}, err
	}
	if len(text) > bundle.MaxBytes {
		return Content{}, fault.New(fault.TooLarge, "package-too-large", "a package has at most %d bytes; this one has %d", bundle.MaxBytes, len(text))
	}
	global, err := pack.GlobalHash()
	if err != nil {
		return Content{}, err
	}
	return Content{Hash: hash, Channel: pack.Channel, GlobalHash: global, Bytes: text, CreatedAt: now()}, nil
}

// rollBack takes the package of the older deployment.
func (s *Service) rollBack(ctx context.Context, m *made, present design.Snapshot, d Deployment) error {
	older, err := s.Get(ctx, d.Tenant, d.Channel, d.Of)
	wrong := fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	switch {
	case fault.Is(err, fault.NotFound):
		return wrong.At("of", 0, "channel %s has no deployment %d", d.Channel, d.Of)
	case err != nil:
		return err
	case older.Group.ID != d.Group.ID:
		return wrong.At("of", 0, "deployment %d went to group %s, not to %s", d.Of, older.Group.Name, d.Group.Name)
	case !older.State.Moved() || older.Hash == "":
		return wrong.At("of", 0, "deployment %d is %s of kind %s: only one whose package was active can be brought back", d.Of, older.State, older.Kind)
	}
	pack, err := s.load(ctx, d.Tenant, older.Hash)
	if fault.Is(err, fault.NotFound) {
		return wrong.At("of", 0, "the package of deployment %d is not kept any more", d.Of).Because(err)
	}
	if err != nil {
		return err
	}
	if err := checkOffersAlive(pack, present, d.Of, now()); err != nil {
		return err
	}
	m.content.Hash, m.pack = older.Hash, pack
	return nil
}

// load reads a package of the store.
func (s *Service) load(ctx context.Context, tenant tenants.TenantID, hash string) (*bundle.Package, error) {
	text, err := s.Package(ctx, tenant, hash)
	if err != nil {
		return nil, err
	}
	return parse(text, hash)
}

// parse reads what was stored here: when it is wrong that is damage, not the
// caller's input.
func parse(text []byte, hash string) (*bundle.Package, error) {
	pack, err := bundle.Parse(text, hash)
	if err != nil {
		return nil, fault.New(fault.Internal, "damaged-package", "the stored package %s is damaged", hash).Because(err)
	}
	return pack, nil
}

// activePackage is what is active in a group; without a package where the channel
// was undeployed, or was never deployed.
type activePackage struct {
	number int64
	hash   string
	pack   *bundle.Package
}

func (s *Service) active(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, group tenants.ServerGroupID) (activePackage, error) {
	var a activePackage
	err := s.store.View(ctx, tenant, func(ctx context.Context, r Reader) error {
		active, found, err := r.FindActive(ctx, channel, group)
		a = activePackage{}
		if found {
			a.number, a.hash = active.Deployment.Number, active.Deployment.Hash
		}
		return err
	})
	if err != nil || a.hash == "" {
		return a, err
	}
	a.pack, err = s.load(ctx, tenant, a.hash)
	return a, err
}
