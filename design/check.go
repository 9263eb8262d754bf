package design

import (
	"context"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// subject is a document that is about to be saved.
type subject struct {
	of  definition.Reference
	was definition.Document // nil where it is new
	now definition.Document
}

// checking checks subjects in one transaction against what the tenant has, as it
// is with them saved. What it has read it keeps: several subjects need to be
// written before the first of them is checked.
type checking struct {
	*Service
	r        Reader
	tenant   tenants.TenantID
	hash     string                        // of the declarations; empty until they are read
	missing  map[definition.Reference]bool // what was looked for; nil where each subject looks itself
	channels map[tenants.Name]definition.Channel
	events   map[tenants.Name]map[tenants.Name]definition.Event // by channel
}

func (s *Service) checking(r Reader, tenant tenants.TenantID) *checking {
	return &checking{
		Service: s, r: r, tenant: tenant,
		channels: map[tenants.Name]definition.Channel{}, events: map[tenants.Name]map[tenants.Name]definition.Event{},
	}
}

// check decides whether the subject may be saved: what it refers to exists, its
// expressions fit what they see, and what it declares fits those who use it. It
// returns what the subject refers to.
func (g *checking) check(ctx context.Context, sub subject) ([]Use, error) {
	uses, err := g.references(ctx, sub)
	if err != nil {
		return nil, err
	}
	if g.hash == "" {
		if g.hash, err = hashOf(ctx, g.r, sub); err != nil {
			return nil, err
		}
	}
	d, places, err := g.scopes.of(ctx, g.r, g.tenant, g.hash, sub)
	if err != nil {
		return nil, err
	}
	if len(places) > 0 {
		return nil, misfits(sub, places)
	}
	c := &checker{checking: g, d: d, sub: sub}
	found, err := c.inspect(ctx, sub.of, sub.now)
	if err != nil {
		return nil, err
	}
	if len(found.places) > 0 {
		return nil, definition.Problem(definition.Below("spec", found.places))
	}
	if err := c.checkUsers(ctx); err != nil {
		return nil, err
	}
	for _, m := range found.mentions {
		uses = append(uses, Use{To: m.Reference, Path: m.Path})
	}
	return onceEach(sub.of, uses), nil
}

// misfits is the refusal of a declaration: Invalid where it is wrong itself,
// Conflict where it would break others.
func misfits(sub subject, places []fault.Place) error {
	for _, p := range places {
		if p.Path == "spec" || strings.HasPrefix(p.Path, "spec.") {
			return definition.Problem(places)
		}
	}
	return breaks(sub.of, places)
}

// breaks is the refusal of a change after which others would not be valid.
func breaks(of definition.Reference, places []fault.Place) error {
	f := fault.New(fault.Conflict, "breaks-users", "with this change of %s, what uses it would not be valid any more", of)
	f.Places = places[:min(len(places), maxUsers)]
	if more := len(places) - maxUsers; more > 0 {
		f.Message += ", here and in further places"
	}
	return f
}

// references finds out whether all exists that the subject names, and returns it.
func (g *checking) references(ctx context.Context, sub subject) ([]Use, error) {
	mentions := definition.References(sub.of.Channel, sub.now)
	missing := g.missing
	if missing == nil {
		var err error
		if missing, err = lookFor(ctx, g.r, named(sub.of, mentions)); err != nil {
			return nil, err
		}
	}
	if f := missingReferences(mentions, missing); len(f.Places) > 0 {
		return nil, f
	}
	var uses []Use
	if sub.of.Channel != "" {
		uses = append(uses, Use{To: channelReference(sub.of.Channel)})
	}
	for _, m := range mentions {
		uses = append(uses, Use{To: m.Reference, Path: m.Path})
	}
	return uses, nil
}

// named are the objects that a document mentions, each once and not itself.
func named(of definition.Reference, mentions []definition.Mention) []definition.Reference {
	wanted := make([]definition.Reference, 0, len(mentions))
	seen := map[definition.Reference]bool{of: true}
	for _, m := range mentions {
		if !seen[m.Reference] {
			seen[m.Reference] = true
			wanted = append(wanted, m.Reference)
		}
	}
	return wanted
}

// lookFor returns those that do not exist.
func lookFor(ctx context.Context, r Reader, wanted []definition.Reference) (map[definition.Reference]bool, error) {
	absent, err := r.Missing(ctx, wanted)
	if err != nil {
		return nil, err
	}
	missing := make(map[definition.Reference]bool, len(absent))
	for _, reference := range absent {
		missing[reference] = true
	}
	return missing, nil
}

// missingReferences names those that are missing; it has no places where none is.
func missingReferences(mentions []definition.Mention, missing map[definition.Reference]bool) *fault.Fault {
	f := fault.New(fault.Invalid, "missing-reference", "the definition refers to what does not exist")
	for _, m := range mentions {
		if missing[m.Reference] && len(f.Places) < definition.MaxProblems {
			_ = f.At(definition.Join("spec", m.Path), 0, "there is no %s: expected the name of one that exists", m.Reference)
		}
	}
	return f
}

// onceEach keeps the first use of each object, and none of the object itself.
func onceEach(by definition.Reference, uses []Use) []Use {
	var kept []Use
	seen := map[definition.Reference]bool{by: true}
	for _, use := range uses {
		if !seen[use.To] {
			seen[use.To] = true
			kept = append(kept, use)
		}
	}
	return kept
}
