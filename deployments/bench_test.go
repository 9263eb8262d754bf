package deployments_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
)

// BenchmarkBuild assembles, encodes and compiles a package of 1,000 rules, 500
// offers and 50 flowcharts over the one that is active: what Build does but for the
// database.
func BenchmarkBuild(b *testing.B) {
	active := bundletest.Synthetic(bundletest.Usual)
	d := &designed{
		documents: map[definition.Reference]definition.Document{}, marks: map[definition.Reference]design.MarkFor{},
		versions: map[definition.Reference]int64{},
	}
	active.Each(func(r definition.Reference, document definition.Document) {
		if channel, ok := document.(definition.Channel); ok {
			channel.ServerGroups = []string{"production"}
			r.Name, document = "web", channel
		}
		d.documents[r] = document
		if r.Kind == definition.KindStrategy {
			d.marks[r] = design.ForDeployment
		}
	})
	present := d.snapshot()
	for b.Loop() {
		pack, _, err := deployments.Assemble(present, active, deployments.Deploy)
		require.NoError(b, err)
		_, _, err = pack.Encode()
		require.NoError(b, err)
		_, err = bundle.Compile(&pack)
		require.NoError(b, err)
	}
}
