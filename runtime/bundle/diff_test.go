package bundle_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
)

func lines(changes []bundle.Change) string {
	var text strings.Builder
	for _, c := range changes {
		text.WriteString(c.String() + "\n")
	}
	return text.String()
}

func TestDiffReadsWell(t *testing.T) {
	t.Parallel()
	from, to := bundletest.Synthetic(small), bundletest.Synthetic(small)
	c := &to.Content
	delete(c.Offers, "offer-3")
	c.Offers["gold-card"] = definition.Offer{}
	changed := c.Offers["offer-0"]
	changed.Attributes = map[string]any{"headline": "Now or never", "fee": 3}
	changed.Campaign, changed.Expires = "", nil
	c.Offers["offer-0"] = changed
	c.Channel.PresentationsPerVisit = 5
	c.Campaigns["spring"] = definition.Campaign{Start: c.Campaigns["spring"].Start}

	rules := c.Strategies["strategy-0"].Rules
	score := 99.0
	rules[1].Score, rules[1].When = &score, strings.Repeat("profile.member && ", 30)+"true"
	rules[2], rules[3] = rules[3], rules[2]
	rules[5] = definition.TreatmentRule{Name: "new", Offer: "gold-card"}
	boxes := c.Flowcharts["flowchart-0"].Boxes
	boxes[1].Next = []string{"value", "high"}
	boxes[3].Branches[0].Share = 90

	requireGolden(t, "testdata/diff.txt", lines(bundle.Diff(from, to)))
}

func TestDiffOfNothing(t *testing.T) {
	t.Parallel()
	p := bundletest.Synthetic(small)
	require.Empty(t, bundle.Diff(p, bundletest.Synthetic(small)))
	require.Empty(t, bundle.Diff(nil, nil))

	var all int
	p.Each(func(definition.Reference, definition.Document) { all++ })
	added, removed := bundle.Diff(nil, p), bundle.Diff(p, nil)
	require.Len(t, added, all)
	require.Len(t, removed, all)
	for i := range added {
		require.Equal(t, bundle.Added, added[i].What)
		require.Equal(t, bundle.Removed, removed[i].What)
		require.Empty(t, added[i].Path)
	}
	require.Equal(t, "audience-level individual added", added[0].String())
}

func TestDiffTellsAnEmptyTextFromNone(t *testing.T) {
	t.Parallel()
	from, to := &bundle.Package{}, &bundle.Package{}
	r := definition.Reference{Kind: definition.KindOffer, Name: "x"}
	from.Set(r, definition.Offer{Attributes: map[string]any{"a": ""}})
	to.Set(r, definition.Offer{Attributes: map[string]any{"b": int64(1)}})
	require.Equal(t, "offer x: attributes removed, was {\"a\":\"\"}\n", lines(bundle.Diff(from, func() *bundle.Package {
		p := &bundle.Package{}
		p.Set(r, definition.Offer{})
		return p
	}())))
	require.Equal(t, "offer x: attributes.a removed, was \"\"\noffer x: attributes.b added, 1\n", lines(bundle.Diff(from, to)))
}
