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

// check decides whether the subject may be saved: what it refers to exists, its
// expressions fit what they see, and what it declares fits those who use it. It
// returns what the subject refers to.
func (s *Service) check(ctx context.Context, r Reader, tenant tenants.TenantID, sub subject) ([]Use, error) {
	uses, err := checkReferences(ctx, r, sub)
	if err != nil {
		return nil, err
	}
	d, places, err := s.scopes.of(ctx, r, tenant, sub)
	if err != nil {
		return nil, err
	}
	if len(places) > 0 {
		return nil, misfits(sub, places)
	}
	c := newChecker(r, d, sub)
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

// checkReferences finds out whether all exists that the subject names.
func checkReferences(ctx context.Context, r Reader, sub subject) ([]Use, error) {
	mentions := definition.References(sub.of.Channel, sub.now)
	wanted := make([]definition.Reference, 0, len(mentions))
	seen := map[definition.Reference]bool{sub.of: true}
	for _, m := range mentions {
		if !seen[m.Reference] {
			seen[m.Reference] = true
			wanted = append(wanted, m.Reference)
		}
	}
	missing, err := r.Missing(ctx, wanted)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return nil, missingReferences(mentions, missing)
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

func missingReferences(mentions []definition.Mention, missing []definition.Reference) error {
	unknown := make(map[definition.Reference]bool, len(missing))
	for _, reference := range missing {
		unknown[reference] = true
	}
	f := fault.New(fault.Invalid, "missing-reference", "the definition refers to what does not exist")
	for _, m := range mentions {
		if unknown[m.Reference] && len(f.Places) < definition.MaxProblems {
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
