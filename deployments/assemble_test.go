package deployments_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
)

var update = flag.Bool("update", false, "write the expected packages anew")

// TestExamples makes the deployments of testdata/*.yaml and compares the package of
// the last one, where it is from, and its difference with what is expected.
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.Greater(t, len(files), 5)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if name == "base" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var steps []step
			readYAML(t, file, &steps)
			got := run(t, steps)
			var text bytes.Buffer
			encoder := json.NewEncoder(&text)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			require.NoError(t, encoder.Encode(got))
			golden := filepath.Join("testdata", name+".golden.json")
			if *update {
				require.NoError(t, os.WriteFile(golden, text.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), text.String())

			_, err = bundle.Compile(got.Package)
			require.NoError(t, err, "what is assembled compiles")
		})
	}
}

func TestAssemble(t *testing.T) {
	t.Parallel()

	t.Run("GivesTheSameBytesForTheSameDesignWhereverItGoes", func(t *testing.T) {
		t.Parallel()
		first, again := baseDesign(t), baseDesign(t)
		marks := step{Mark: map[string]design.MarkFor{"flowcharts/visitors": "deployment", "strategies/cards": "deployment"}}
		first.apply(t, marks)
		again.apply(t, marks)
		// Versions and marks of another history, other groups: none is in a package.
		again.set(t, map[string]any{"channels/web": map[string]any{
			"solution": "cards", "serverGroups": []string{"production"}, "audienceLevels": []string{"individual"},
		}})
		require.Equal(t, hashOf(t, first, nil), hashOf(t, again, nil))
	})

	t.Run("RefusesAFirstDeploymentWithNothingMarked", func(t *testing.T) {
		t.Parallel()
		d := baseDesign(t)
		_, _, err := deployments.Assemble(d.snapshot(), nil, deployments.Deploy)
		requireFault(t, err, fault.Invalid, "nothing-marked")
		d.apply(t, step{Mark: map[string]design.MarkFor{"strategies/cards": "undeployment"}})
		_, _, err = deployments.Assemble(d.snapshot(), nil, deployments.Deploy)
		requireFault(t, err, fault.Invalid, "nothing-marked")
		_, _, err = deployments.Assemble(d.snapshot(), nil, deployments.Redeploy)
		requireFault(t, err, fault.Conflict, "nothing-deployed")
	})

	t.Run("LeavesTheDesignAndTheActivePackageAsTheyAre", func(t *testing.T) {
		t.Parallel()
		d := baseDesign(t)
		d.apply(t, step{Mark: map[string]design.MarkFor{"flowcharts/visitors": "deployment", "strategies/cards": "deployment"}})
		active, _, err := deployments.Assemble(d.snapshot(), nil, deployments.Deploy)
		require.NoError(t, err)
		before := encoded(t, &active)
		d.apply(t, step{Mark: map[string]design.MarkFor{"flowcharts/visitors": "undeployment"}, Delete: []string{"zones/top", "offers/gold-card"}})
		present, events := d.snapshot(), encodedAny(t, d.snapshot().Events)
		_, _, err = deployments.Assemble(present, &active, deployments.Deploy)
		require.NoError(t, err)
		require.Equal(t, before, encoded(t, &active))
		require.Equal(t, events, encodedAny(t, present.Events))
	})

	t.Run("BringsARetiredOfferBackWithoutAMarkWhenItIsNotRetiredAnyMore", func(t *testing.T) {
		t.Parallel()
		d := baseDesign(t)
		d.apply(t, step{Mark: map[string]design.MarkFor{"flowcharts/visitors": "deployment", "strategies/protection": "deployment"}})
		d.set(t, map[string]any{"offers/insurance": map[string]any{"retired": true}})
		active, manifest, err := deployments.Assemble(d.snapshot(), nil, deployments.Deploy)
		require.NoError(t, err)
		require.Equal(t, []deployments.SwitchedOff{{Path: "strategies/protection.rules[insure]", Why: "offer insurance is retired"}}, manifest.SwitchedOff)
		require.True(t, active.Content.Offers["insurance"].Retired)

		d.apply(t, step{Unmark: []string{"flowcharts/visitors", "strategies/protection"}})
		d.set(t, map[string]any{"offers/insurance": map[string]any{}})
		next, manifest, err := deployments.Assemble(d.snapshot(), &active, deployments.Deploy)
		require.NoError(t, err)
		require.Empty(t, manifest.SwitchedOff)
		require.False(t, next.Content.Offers["insurance"].Retired)
	})

	t.Run("TakesNoOfferThatNoRuleNames", func(t *testing.T) {
		t.Parallel()
		d := baseDesign(t)
		d.apply(t, step{Mark: map[string]design.MarkFor{"flowcharts/visitors": "deployment", "strategies/protection": "deployment"}})
		pack, _, err := deployments.Assemble(d.snapshot(), nil, deployments.Deploy)
		require.NoError(t, err)
		require.Len(t, pack.Content.Offers, 1, "an event that suppresses an offer does not bring it")
		_, err = bundle.Compile(&pack)
		require.NoError(t, err)
	})

	t.Run("CountsWhatIsSwitchedOffBeyondWhatItLists", func(t *testing.T) {
		t.Parallel()
		d := baseDesign(t)
		var rules []any
		for i := range deployments.MaxSwitchedOff + 10 {
			rules = append(rules, map[string]any{"name": "r" + string(rune('a'+i%26)), "offer": "insurance"})
		}
		d.set(t, map[string]any{"offers/insurance": map[string]any{"retired": true}, "strategies/protection": map[string]any{"rules": rules}})
		d.apply(t, step{Mark: map[string]design.MarkFor{"strategies/protection": "deployment"}})
		_, manifest, err := deployments.Assemble(d.snapshot(), nil, deployments.Deploy)
		require.NoError(t, err)
		require.Len(t, manifest.SwitchedOff, deployments.MaxSwitchedOff)
		require.Greater(t, manifest.SwitchedOffCount, deployments.MaxSwitchedOff)
	})
}

func hashOf(t *testing.T, d *designed, active *bundle.Package) string {
	t.Helper()
	pack, _, err := deployments.Assemble(d.snapshot(), active, deployments.Deploy)
	require.NoError(t, err)
	_, hash, err := pack.Encode()
	require.NoError(t, err)
	return hash
}

func encoded(t *testing.T, pack *bundle.Package) string {
	t.Helper()
	text, _, err := pack.Encode()
	require.NoError(t, err)
	return string(text)
}

func encodedAny(t *testing.T, value any) string {
	t.Helper()
	text, err := definition.Encode(value)
	require.NoError(t, err)
	return string(text)
}

func requireFault(t *testing.T, err error, kind fault.Kind, typ string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "a fault was expected, not %v", err)
	require.Equal(t, kind, f.Kind, "%v", err)
	require.Equal(t, typ, f.Type, "%v", err)
}
