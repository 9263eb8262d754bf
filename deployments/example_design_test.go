package deployments_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
)

// step is a change of a design, and then a deployment of it.
type step struct {
	Set    map[string]any            `yaml:"set"`
	Delete []string                  `yaml:"delete"`
	Unmark []string                  `yaml:"unmark"`
	Mark   map[string]design.MarkFor `yaml:"mark"`
	Deploy deployments.Kind          `yaml:"deploy"`
}

// designed is a design of channel web, by the paths of its objects.
type designed struct {
	documents map[definition.Reference]definition.Document
	marks     map[definition.Reference]design.MarkFor
	versions  map[definition.Reference]int64
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into))
}

func baseDesign(t *testing.T) *designed {
	t.Helper()
	d := &designed{
		documents: map[definition.Reference]definition.Document{}, marks: map[definition.Reference]design.MarkFor{},
		versions: map[definition.Reference]int64{},
	}
	var base map[string]any
	readYAML(t, "testdata/base.yaml", &base)
	d.set(t, base)
	return d
}

// reference reads "strategies/cards".
func reference(t *testing.T, path string) definition.Reference {
	t.Helper()
	plural, name, _ := strings.Cut(path, "/")
	i := slices.IndexFunc(definition.Kinds, func(k definition.Kind) bool { return k.Plural() == plural })
	require.GreaterOrEqual(t, i, 0, "a kind was expected in %s", path)
	r := definition.Reference{Kind: definition.Kinds[i], Name: name}
	if r.Kind.InChannel() {
		r.Channel = "web"
	}
	return r
}

func (d *designed) set(t *testing.T, documents map[string]any) {
	t.Helper()
	for path, spec := range documents {
		r := reference(t, path)
		text, err := json.Marshal(spec)
		require.NoError(t, err)
		d.documents[r], err = definition.Decode(r.Kind, text)
		require.NoError(t, err, path)
		d.versions[r]++
	}
}

func (d *designed) apply(t *testing.T, s step) {
	t.Helper()
	for _, path := range s.Unmark {
		delete(d.marks, reference(t, path))
	}
	d.set(t, s.Set)
	for _, path := range s.Delete {
		r := reference(t, path)
		require.Contains(t, d.documents, r)
		delete(d.documents, r)
	}
	for path, what := range s.Mark {
		r := reference(t, path)
		require.Contains(t, d.documents, r)
		d.marks[r] = what
		d.versions[r]++
	}
}

func (d *designed) snapshot() design.Snapshot {
	s := design.Snapshot{
		Tenant: "0190c0de-0000-7000-8000-000000000001", Name: "web",
		AudienceLevels:    entries[definition.AudienceLevel](d),
		Macros:            entries[definition.Macro](d),
		OfferAttributes:   entries[definition.OfferAttribute](d),
		Offers:            entries[definition.Offer](d),
		Campaigns:         entries[definition.Campaign](d),
		Segments:          entries[definition.Segment](d),
		LearningModels:    entries[definition.LearningModel](d),
		HistoryMappings:   entries[definition.HistoryMapping](d),
		Zones:             entries[definition.Zone](d),
		InteractionPoints: entries[definition.InteractionPoint](d),
		Events:            entries[definition.Event](d),
		EventPatterns:     entries[definition.EventPattern](d),
		Flowcharts:        entries[definition.Flowchart](d),
		Strategies:        entries[definition.Strategy](d),
	}
	s.Channel = entries[definition.Channel](d)["web"]
	return s
}

func entries[T definition.Document](d *designed) map[string]design.Entry[T] {
	all := map[string]design.Entry[T]{}
	for r, document := range d.documents {
		spec, ok := document.(T)
		if !ok {
			continue
		}
		entry := design.Entry[T]{Object: design.Object{Reference: r, Version: d.versions[r]}, Spec: spec}
		if what, marked := d.marks[r]; marked {
			entry.Object.Mark = &design.Mark{For: what, By: "ada", Version: d.versions[r]}
		}
		all[r.Name] = entry
	}
	return all
}

// deployed is what the last of some steps came to.
type deployed struct {
	Package    *bundle.Package      `json:"package"`
	Manifest   deployments.Manifest `json:"manifest"`
	Difference []bundle.Change      `json:"difference"`
}

// run makes the steps on the base design, each over the package of the one before.
func run(t *testing.T, steps []step) deployed {
	t.Helper()
	d := baseDesign(t)
	var last deployed
	for _, s := range steps {
		d.apply(t, s)
		pack, manifest, err := deployments.Assemble(d.snapshot(), last.Package, s.Deploy)
		require.NoError(t, err)
		last = deployed{Package: &pack, Manifest: manifest, Difference: bundle.Diff(last.Package, &pack)}
	}
	return last
}
