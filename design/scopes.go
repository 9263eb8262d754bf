package design

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/tenants"
)

// declaring are the kinds that expressions name.
var declaring = []definition.Kind{definition.KindAudienceLevel, definition.KindMacro, definition.KindOfferAttribute}

func declares(kind definition.Kind) bool { return slices.Contains(declaring, kind) }

// declarations are what the expressions of a tenant see. They are immutable.
type declarations struct {
	hash string // of what they are made of
	scope.Definitions
	scope *scope.Scope
}

// Bounds of what is kept: the tenants, and the expressions that are compiled with
// the declarations of one, which keep them.
const (
	maxScopes      = 20
	maxExpressions = 5_000
)

// scopes keeps the declarations that were last checked against, by tenant: to make
// the languages takes longer than to check a document.
type scopes struct {
	mu    sync.Mutex
	known map[tenants.TenantID]*knownScope
}

type knownScope struct {
	*declarations
	expressions int // compiled so far
}

// of returns the declarations as they are with the subject saved; hash identifies
// them. Where they would
// not fit together it returns the places, which begin with "spec" where they are
// in the subject.
func (s *scopes) of(ctx context.Context, r Reader, tenant tenants.TenantID, hash string, sub subject) (*declarations, []fault.Place, error) {
	if known := s.find(tenant, hash, len(definition.Expressions(sub.now))); known != nil {
		return known, nil, nil
	}
	made, places, err := declare(ctx, r, sub)
	if err != nil || len(places) > 0 {
		return nil, places, err
	}
	made.hash = hash
	s.keep(tenant, made)
	return made, nil, nil
}

// find returns the declarations, for some more expressions to be compiled with
// them; nil where they are not known or have been used enough.
func (s *scopes) find(tenant tenants.TenantID, hash string, expressions int) *declarations {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.known[tenant]
	if !ok || known.hash != hash || known.expressions > maxExpressions {
		return nil
	}
	known.expressions += expressions
	return known.declarations
}

func (s *scopes) keep(tenant tenants.TenantID, d *declarations) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxScopes {
		s.known = map[tenants.TenantID]*knownScope{}
	}
	s.known[tenant] = &knownScope{declarations: d}
}

// hashOf identifies the declarations by their content: a version says nothing of
// one that is not committed.
func hashOf(ctx context.Context, r Reader, sub subject) (string, error) {
	hashes, err := r.Hashes(ctx, declaring...)
	if err != nil {
		return "", err
	}
	if declares(sub.of.Kind) {
		spec, err := definition.Encode(sub.now)
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(spec)
		hashes[sub.of] = hex.EncodeToString(sum[:])
	}
	lines := make([]string, 0, len(hashes))
	for reference, hash := range hashes {
		lines = append(lines, reference.String()+" "+hash)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:]), nil
}

func declare(ctx context.Context, r Reader, sub subject) (*declarations, []fault.Place, error) {
	objects, err := r.OfKinds(ctx, declaring...)
	if err != nil {
		return nil, nil, err
	}
	d := &declarations{Definitions: scope.Definitions{
		AudienceLevels:  map[string]definition.AudienceLevel{},
		Macros:          map[string]definition.Macro{},
		OfferAttributes: map[string]definition.OfferAttribute{},
	}}
	for _, o := range objects {
		spec, err := document(o)
		if err != nil {
			return nil, nil, err
		}
		d.set(o.Name, spec)
	}
	if declares(sub.of.Kind) {
		d.set(sub.of.Name, sub.now)
	}
	d.scope, err = scope.New(d.Definitions)
	if f, ok := fault.As(err); ok && f.Kind == fault.Invalid {
		return nil, ownPlaces(sub.of, f.Places), nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("languages of a tenant: %w", err)
	}
	return d, nil, nil
}

func (d *declarations) set(name string, spec definition.Document) {
	switch spec := spec.(type) {
	case definition.AudienceLevel:
		d.AudienceLevels[name] = spec
	case definition.Macro:
		d.Macros[name] = spec
	case definition.OfferAttribute:
		d.OfferAttributes[name] = spec
	}
}

// forFlowchart is the language of a level with the fields that a flowchart derives.
func (d *declarations) forFlowchart(name string, flowchart definition.Flowchart, level string) (*scope.Level, error) {
	definitions := scope.Definitions{
		AudienceLevels:  map[string]definition.AudienceLevel{level: d.AudienceLevels[level]},
		Macros:          maps.Clone(d.Macros),
		OfferAttributes: d.OfferAttributes,
		Flowcharts:      map[string]definition.Flowchart{name: flowchart},
	}
	maps.DeleteFunc(definitions.Macros, func(_ string, m definition.Macro) bool { return m.AudienceLevel != level })
	made, err := scope.New(definitions)
	if err != nil {
		return nil, err
	}
	language, ok := made.Level(level)
	if !ok {
		return nil, fmt.Errorf("audience level %s is not declared", level)
	}
	return language, nil
}

// ownPlaces writes places of the tenant, "macros/vip.expression", as those of the
// subject, "spec.expression", where they are in it.
func ownPlaces(of definition.Reference, places []fault.Place) []fault.Place {
	own := slices.Clone(places)
	for i, p := range own {
		if rest, ok := strings.CutPrefix(p.Path, of.String()+"."); ok {
			own[i].Path = definition.Join("spec", rest)
		}
	}
	return own
}
