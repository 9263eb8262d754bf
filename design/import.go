package design

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// MaxImport bounds the objects of one import.
const MaxImport = 20_000

// Incoming is one object of an import.
type Incoming struct {
	definition.Reference
	Draft
}

// Outcome says what an import did with one object.
type Outcome struct {
	definition.Reference
	What        What // Created, Edited; empty where it was so already
	Differences []Difference
}

// Import creates and replaces objects, all or none. They may name each other in
// any way: they are checked as they are together. What is there and not among them
// stays. With dryRun everything is checked and nothing kept. The places of a fault
// begin with "objects[3]", or name another object that would not be valid any more.
func (s *Service) Import(ctx context.Context, by audit.Actor, tenant tenants.TenantID, objects []Incoming, dryRun bool) ([]Outcome, error) {
	if len(objects) > MaxImport {
		return nil, fault.New(fault.TooLarge, "too-many-objects", "an import has at most %d objects", MaxImport)
	}
	imports, err := s.prepareImport(ctx, tenant, objects)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		i := importing{Service: s, w: w, by: by, tenant: tenant}
		outcomes, err = i.all(ctx, imports)
		if err == nil && dryRun {
			return errDryRun
		}
		return err
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, err
	}
	return outcomes, nil
}

// errDryRun ends the transaction of an import that keeps nothing.
var errDryRun = fault.New(fault.Conflict, "dry-run", "nothing is kept of a dry run")

// imported is one object under import.
type imported struct {
	Incoming
	spec   []byte
	at     string // "objects[3]"
	was    definition.Document
	object Object // as it is to be
	change Change // What is empty where nothing changes
	uses   []Use
}

// prepareImport checks what can be told of each object alone.
func (s *Service) prepareImport(ctx context.Context, tenant tenants.TenantID, objects []Incoming) ([]*imported, error) {
	if err := checkCounts(objects); err != nil {
		return nil, err
	}
	seen := make(map[definition.Reference]int, len(objects))
	all := make([]*imported, 0, len(objects))
	wrong := newImportProblems()
	for i, o := range objects {
		item := &imported{Incoming: o, at: fmt.Sprintf("objects[%d]", i)}
		all = append(all, item)
		if before, doubled := seen[o.Reference]; doubled {
			_ = wrong.f.At(item.at+".name", 0, "%s is at objects[%d] already", o.Reference, before)
			continue
		}
		seen[o.Reference] = i
		var err error
		if item.spec, err = checkDraft(o.Reference, o.Draft); err == nil {
			if channel, ok := o.Spec.(definition.Channel); ok {
				err = s.checkGroups(ctx, tenant, channel)
			}
		}
		if err := wrong.add(item, err); err != nil {
			return nil, err
		}
	}
	return all, wrong.err()
}

// checkCounts refuses at once what would be too many of one kind in the end.
func checkCounts(objects []Incoming) error {
	counts := map[place]int{}
	for i, o := range objects {
		at := place{o.Kind, o.Channel}
		if counts[at]++; counts[at] > MaxObjects {
			return fault.New(fault.TooLarge, "too-many-objects", "there can be %d %s at most", MaxObjects, o.Kind.Plural()).
				At(fmt.Sprintf("objects[%d]", i), 0, "one too many")
		}
	}
	return nil
}

// importBatch is how many objects are read or written at a time.
const importBatch = 200

// importing is the work of one import in its transaction. Others who change
// something of the tenant wait for it: what it asks of the store, it asks for many
// objects at a time.
type importing struct {
	*Service
	w      Writer
	by     audit.Actor
	tenant tenants.TenantID
	counts map[place]int // of those that are there
}

// place is where objects of a kind lie.
type place struct {
	kind    definition.Kind
	channel tenants.Name
}

// all writes what changes, and then checks it as it is together.
func (i importing) all(ctx context.Context, items []*imported) ([]Outcome, error) {
	i.counts = map[place]int{}
	for some := range slices.Chunk(items, importBatch) {
		if err := i.write(ctx, some); err != nil {
			return nil, err
		}
	}
	outcomes := make([]Outcome, 0, len(items))
	var changed []*imported
	for _, item := range items {
		outcomes = append(outcomes, Outcome{Reference: item.Reference, What: item.change.What, Differences: item.change.Differences})
		if item.change.What != "" {
			changed = append(changed, item)
		}
	}
	if err := i.check(ctx, changed); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(changed, importBatch) {
		all := make([]kept, 0, len(some))
		for _, item := range some {
			all = append(all, kept{item.object, item.uses, item.change})
		}
		if err := keep(ctx, i.w, i.by, all...); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	return outcomes, nil
}

// write inserts or updates some objects, but those that are so already.
func (i importing) write(ctx context.Context, some []*imported) error {
	present, last, err := i.find(ctx, some)
	if err != nil {
		return err
	}
	var inserted, updated []Object
	for _, item := range some {
		if o, ok := present[item.Reference]; ok {
			err = i.edit(item, o)
		} else {
			err = i.create(ctx, item, last[item.Reference])
		}
		if err != nil {
			return within(item, err)
		}
		if item.change.What == Created {
			inserted = append(inserted, item.object)
		}
		if item.change.What == Edited {
			updated = append(updated, item.object)
		}
	}
	if err := i.w.Insert(ctx, inserted...); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if err := i.w.Update(ctx, updated...); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// find reads what is there of some objects, and of the others the numbers of their
// last changes.
func (i importing) find(ctx context.Context, some []*imported) (present map[definition.Reference]Object, last map[definition.Reference]int64, err error) {
	wanted := make([]definition.Reference, 0, len(some))
	for _, item := range some {
		wanted = append(wanted, item.Reference)
	}
	objects, err := i.w.Find(ctx, wanted)
	if err != nil {
		return nil, nil, err
	}
	present = make(map[definition.Reference]Object, len(objects))
	for _, o := range objects {
		present[o.Reference] = o
	}
	absent := slices.DeleteFunc(wanted, func(of definition.Reference) bool { _, ok := present[of]; return ok })
	last, err = i.w.LastChanges(ctx, absent...)
	return present, last, err
}

func (i importing) putting(item *imported) putting {
	return putting{Service: i.Service, w: i.w, by: i.by, tenant: i.tenant, of: item.Reference, draft: item.Draft, spec: item.spec}
}

func (i importing) create(ctx context.Context, item *imported, last int64) (err error) {
	at := place{item.Kind, item.Channel}
	count, known := i.counts[at]
	if !known {
		if count, err = i.w.Count(ctx, item.Kind, item.Channel); err != nil {
			return err
		}
	}
	i.counts[at] = count + 1
	item.was = nil
	item.change = Change{What: Created, Spec: item.spec}
	item.object, err = i.putting(item).born(ctx, count, last)
	return err
}

func (i importing) edit(item *imported, present Object) (err error) {
	item.change, item.was = Change{}, nil
	if bytes.Equal(present.Spec, item.spec) && present.DisplayName == item.DisplayName {
		return nil
	}
	if item.object, item.was, err = i.putting(item).edited(present); err != nil {
		return err
	}
	item.change = Change{What: Edited, Spec: item.spec, Differences: differences(item.Reference, present, item.was, item.Draft)}
	return nil
}

// check checks written objects among all others.
func (i importing) check(ctx context.Context, changed []*imported) error {
	checking := i.checking(i.w, i.tenant)
	missing, err := i.missing(ctx, changed)
	if err != nil {
		return err
	}
	checking.missing = missing
	wrong := newImportProblems()
	for _, item := range changed {
		if item.Kind.InChannel() && missing[channelReference(item.Channel)] {
			err = fault.New(fault.Invalid, "missing-reference", "the definition refers to what does not exist").
				At("channel", 0, "there is no channel %s", item.Channel)
		} else {
			item.uses, err = checking.check(ctx, subject{of: item.Reference, was: item.was, now: item.Spec})
		}
		if err := wrong.add(item, err); err != nil {
			return err
		}
	}
	return wrong.err()
}

// missing looks for all that the objects name and that does not exist.
func (i importing) missing(ctx context.Context, changed []*imported) (map[definition.Reference]bool, error) {
	named := map[definition.Reference]bool{}
	for _, item := range changed {
		if item.Kind.InChannel() {
			named[channelReference(item.Channel)] = true
		}
		for _, mention := range definition.References(item.Channel, item.Spec) {
			named[mention.Reference] = true
		}
	}
	return lookFor(ctx, i.w, slices.Collect(maps.Keys(named)))
}

// importProblems collects what is wrong with several objects.
type importProblems struct{ f *fault.Fault }

func newImportProblems() importProblems {
	return importProblems{fault.New(fault.Invalid, "malformed-definition", "the objects are not valid together")}
}

// add takes what is wrong with one object. It returns what cannot be collected.
func (p importProblems) add(item *imported, err error) error {
	f, ok := fault.As(err)
	if err == nil || ok && f.Kind == fault.Invalid && len(p.f.Places) >= definition.MaxProblems {
		return nil
	}
	if !ok || f.Kind != fault.Invalid {
		return within(item, err)
	}
	located, _ := fault.As(within(item, err))
	p.f.Places = append(p.f.Places, located.Places...)
	return nil
}

func (p importProblems) err() error {
	if len(p.f.Places) == 0 {
		return nil
	}
	p.f.Places = p.f.Places[:min(len(p.f.Places), definition.MaxProblems)]
	return p.f
}

// within says in which object of the import a fault is. Places in other objects
// stay as they are.
func within(item *imported, err error) error {
	f, ok := fault.As(err)
	if !ok {
		return fmt.Errorf("import %s: %w", item.Reference, err)
	}
	located := fault.New(f.Kind, f.Type, "%s: %s", item.Reference, f.Message).Because(err)
	for _, place := range f.Places {
		if f.Kind == fault.Invalid {
			place.Path = definition.Join(item.at, strings.TrimPrefix(place.Path, "."))
		}
		located.Places = append(located.Places, place)
	}
	if len(located.Places) == 0 && f.Kind == fault.Invalid {
		located.Places = []fault.Place{{Path: item.at, Message: f.Message}}
	}
	return located
}

// Export returns the design of a tenant in the order of definition.Kinds, so that
// each object comes after those of other kinds that it names; with a channel that
// one alone and what lies in the tenant.
func (s *Service) Export(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) ([]Object, error) {
	var objects []Object
	err := s.store.View(ctx, tenant, func(ctx context.Context, r Reader) error {
		if channel != "" {
			if _, err := r.Object(ctx, channelReference(channel)); err != nil {
				return err
			}
			var err error
			objects, err = r.Design(ctx, channel)
			return err
		}
		var err error
		objects, err = r.OfKinds(ctx, definition.Kinds...)
		return err
	})
	return inOrder(objects), err
}

// inOrder sorts objects by kind as in definition.Kinds, and then by channel and name.
func inOrder(objects []Object) []Object {
	rank := make(map[definition.Kind]int, len(definition.Kinds))
	for i, kind := range definition.Kinds {
		rank[kind] = i
	}
	slices.SortFunc(objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Name, b.Name))
	})
	return objects
}
