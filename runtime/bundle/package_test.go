package bundle_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
)

var update = flag.Bool("update", false, "write the golden files anew")

var small = bundletest.Size{Rules: 6, Clauses: 3, Offers: 4, Flowcharts: 2, Zones: 2}

// goldenHash is that of testdata/package.json. When it changes, every deployed
// package looks changed: bundle.Format has to change with it.
const goldenHash = "ed851d6e991a4ee5d0db3da1c68140e6d2b78bbef9e926a2de891d3b73c7a80d"

func requireGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestPackageHasOneFormAndHash(t *testing.T) {
	t.Parallel()
	content, hash, err := bundletest.Synthetic(small).Encode()
	require.NoError(t, err)
	requireGolden(t, "testdata/package.json", string(content))
	require.Equal(t, goldenHash, hash)

	p, err := bundle.Parse(content, hash)
	require.NoError(t, err)
	again, sameHash, err := p.Encode()
	require.NoError(t, err)
	require.Equal(t, string(content), string(again))
	require.Equal(t, hash, sameHash)
}

func TestOrderOfInsertionDoesNotMatter(t *testing.T) {
	t.Parallel()
	type entry struct {
		r definition.Reference
		d definition.Document
	}
	var entries []entry
	whole := bundletest.Synthetic(small)
	whole.Each(func(r definition.Reference, d definition.Document) { entries = append(entries, entry{r, d}) })
	require.NotEmpty(t, entries)
	_, want, err := whole.Encode()
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		p := &bundle.Package{Format: bundle.Format, Tenant: whole.Tenant}
		for _, e := range rapid.Permutation(entries).Draw(t, "order") {
			p.Set(e.r, e.d)
		}
		for range rapid.IntRange(0, 3).Draw(t, "and back") {
			e := rapid.SampledFrom(entries).Draw(t, "entry")
			p.Delete(e.r)
			_, there := p.Find(e.r)
			require.False(t, there)
			p.Set(e.r, e.d)
		}
		_, hash, err := p.Encode()
		require.NoError(t, err)
		require.Equal(t, want, hash)
	})
}

func TestParseRefusesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	content, hash, err := bundletest.Synthetic(bundletest.Size{Rules: 1, Clauses: 1, Offers: 1, Flowcharts: 1, Zones: 1}).Encode()
	require.NoError(t, err)
	for i := range content {
		damaged := slices.Clone(content)
		damaged[i] ^= 1 << (i % 8)
		_, err := bundle.Parse(damaged, hash)
		requireFault(t, err, "damaged-package", "the package is damaged: its SHA-256 is ")

		// Also bytes whose hash is right are a package only when they are one.
		if p, err := bundle.Parse(damaged, bundle.Hash(damaged)); err == nil {
			again, _, err := p.Encode()
			require.NoError(t, err)
			require.Equal(t, string(damaged), string(again))
		}
	}
	_, err = bundle.Parse(content[:len(content)-1], hash)
	requireFault(t, err, "damaged-package", "")
}

func requireFault(t *testing.T, err error, typ, message string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Invalid, f.Kind)
	require.Equal(t, typ, f.Type)
	require.Contains(t, f.Error(), message)
}

func TestParseIsStrict(t *testing.T) {
	t.Parallel()
	content, _, err := bundletest.Synthetic(small).Encode()
	require.NoError(t, err)
	tests := []struct{ name, old, new, want string }{
		{"Space", `{"channel"`, `{ "channel"`, "the package is not in canonical form"},
		{"UnknownKey", `{"default":"nothing today"`, `{"a":1,"default":"nothing today"`, "content.interactionPoints.point-0.a: unknown key; the keys here are default, zone"},
		{"OtherFormat", `"format":1`, `"format":2`, "the package is of format 2, this program reads format 1"},
		{"TimeInAnotherZone", `"2026-01-01T00:00:00Z"`, `"2026-01-01T01:00:00+01:00"`, "not in canonical form"},
		{"NoPackage", string(content), `[]`, "these bytes are no package; : expected an object"},
		{"Nothing", string(content), ``, "this is not valid JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			changed := []byte(strings.Replace(string(content), test.old, test.new, 1))
			require.NotEqual(t, content, changed)
			_, err := bundle.Parse(changed, bundle.Hash(changed))
			requireFault(t, err, "malformed-package", test.want)
		})
	}
}

func TestParseBoundsThePackage(t *testing.T) {
	t.Parallel()
	_, err := bundle.Parse(make([]byte, bundle.MaxBytes+1), "")
	requireFault(t, err, "malformed-package", "the package has 67108865 bytes, at most 67108864 are allowed")
}

func TestGlobalHashIsOfWhatAllChannelsShare(t *testing.T) {
	t.Parallel()
	hash := func(change func(p *bundle.Package)) string {
		p := bundletest.Synthetic(small)
		change(p)
		hash, err := p.GlobalHash()
		require.NoError(t, err)
		return hash
	}
	none := hash(func(*bundle.Package) {})
	require.Equal(t, none, hash(func(p *bundle.Package) {
		p.Channel, p.Content.Channel.Learning = "branch", "clicks"
		clear(p.Content.Strategies)
		clear(p.Content.Offers)
		clear(p.Content.Segments)
		clear(p.Content.Events)
	}))
	require.NotEqual(t, none, hash(func(p *bundle.Package) { p.Content.Campaigns["spring"] = definition.Campaign{} }))
	require.NotEqual(t, none, hash(func(p *bundle.Package) { clear(p.Content.Macros) }))
}

func TestFind(t *testing.T) {
	t.Parallel()
	p := bundletest.Synthetic(small)
	p.Each(func(r definition.Reference, d definition.Document) {
		found, ok := p.Find(r)
		require.True(t, ok, r)
		require.Equal(t, d, found)
		require.Equal(t, r.Kind, d.Kind())
	})
	_, ok := p.Find(definition.Reference{Kind: definition.KindChannel, Name: "other"})
	require.False(t, ok)
	_, ok = (&bundle.Package{}).Find(definition.Reference{Kind: definition.KindOffer, Name: "x"})
	require.False(t, ok)
}

func FuzzParse(f *testing.F) {
	content, _, err := bundletest.Synthetic(bundletest.Size{Rules: 1, Clauses: 1, Offers: 1, Flowcharts: 1, Zones: 1}).Encode()
	require.NoError(f, err)
	f.Add(content)
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(`{"channel":"web","content":{"channel":{"audienceLevels":[],"serverGroups":[],"solution":""}},"format":1,"tenant":"t"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := bundle.Parse(content, bundle.Hash(content))
		if err != nil {
			requireFault(t, err, "malformed-package", "")
			return
		}
		again, _, err := p.Encode()
		require.NoError(t, err)
		require.Equal(t, string(content), string(again))
		require.Empty(t, bundle.Diff(p, p))
		if _, err := bundle.Compile(p); err != nil {
			requireFault(t, err, "invalid-package", "")
		}
	})
}
