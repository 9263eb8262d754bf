package apply_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/client"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestParseDir(t *testing.T) {
	t.Parallel()

	t.Run("ReadsTheExampleTenant", func(t *testing.T) {
		t.Parallel()
		set, err := apply.ParseDir(os.DirFS("../examples/harborbank"))
		require.NoError(t, err)
		require.Len(t, set.Tenants, 1)
		require.Len(t, set.Solutions, 3)
		require.Len(t, set.Processes, 5)
		require.Contains(t, set.Processes[0].Text, "name: card-dispute")
		require.Contains(t, set.Skipped, "complaints-mapping.yaml")
		for _, account := range set.Accounts {
			require.Equal(t, "harborbank", account.Tenant)
		}
	})

	t.Run("SetsDefaults", func(t *testing.T) {
		t.Parallel()
		set, err := apply.ParseDir(fstest.MapFS{"bank.yaml": file(`
kind: Tenant
name: bank
---
kind: Account
name: amira
agent: {skills: {cards: 80}}
---
# nothing but a remark
---
kind: Solution
name: cards
serverGroups:
  - name: production
  - name: rehearsal
`)})
		require.NoError(t, err)
		require.Equal(t, "person", set.Accounts[0].AccountKind)
		require.Equal(t, &client.AgentProfile{Skills: map[string]int{"cards": 80}}, set.Accounts[0].Agent)
		require.Equal(t, "production", set.Solutions[0].ServerGroups[0].Kind)
		require.Equal(t, "staging", set.Solutions[0].ServerGroups[1].Kind)
	})

	t.Run("TakesAProcessInline", func(t *testing.T) {
		t.Parallel()
		set, err := apply.ParseDir(fstest.MapFS{"bank.yaml": file(`
kind: Tenant
name: bank
---
kind: BusinessProcess
name: as-text
document: |
  do: []
---
kind: BusinessProcess
name: as-mapping
document: {do: []}
`)})
		require.NoError(t, err)
		require.Equal(t, "do: []\n", set.Processes[0].Text)
		require.YAMLEq(t, "do: []", set.Processes[1].Text)
	})
}

func TestParseNamesEveryProblem(t *testing.T) {
	t.Parallel()
	const tenant = "kind: Tenant\nname: bank\n---\n" // the next document begins in line 4
	tests := []struct {
		name, give, want string
	}{
		{"UnknownField", tenant + "kind: Account\nname: amira\nskils: {}", "a.yaml:6: skils: unknown field; expected kind, tenant, name"},
		{"UnknownNestedField", tenant + "kind: AccessGroup\nname: g\ngrants:\n  - process: p\n    action: [view]", "a.yaml:8: grants[0].action: unknown field"},
		{"WrongType", tenant + "kind: Account\nname: amira\nagent:\n  skills: {cards: high}", "a.yaml:7: agent.skills.cards: expected a whole number"},
		{"NumberForText", tenant + "kind: Account\nname: 7", "a.yaml:5: name: expected a text; put 7 in quotes"},
		{"TextForList", tenant + "kind: AccessGroup\nname: g\nmembers: amira", "a.yaml:6: members: expected a list"},
		{"TextForMapping", tenant + "kind: Account\nname: a\nagent: yes please", "a.yaml:6: agent: expected a mapping with skills"},
		{"FieldTwice", tenant + "kind: Account\nname: a\nname: b", "a.yaml:6: name: given twice"},
		{"UnknownKind", tenant + "kind: Person\nname: a", `a.yaml:4: kind: unknown kind "Person"; expected one of Tenant, Account`},
		{"NoKind", tenant + "name: a", "a.yaml:4: kind: missing"},
		{"NotAMapping", tenant + "- a", "a.yaml:4: kind: missing"},
		{"MalformedName", tenant + "kind: Account\nname: Amira H", `a.yaml:5: name: "Amira H" is not a name`},
		{"SameNameTwice", tenant + "kind: Account\nname: a\n---\nkind: Account\nname: a", "a.yaml:8: name: there is a Account a in a.yaml:4 already"},
		{"NoTenant", "kind: Account\nname: a", "a.yaml:1: tenant: missing"},
		{"UnknownAction", tenant + "kind: AccessGroup\nname: g\ngrants: [{process: p, actions: [look]}]", `a.yaml:6: grants[0].actions[0]: "look" is not one of execute`},
		{"NoAction", tenant + "kind: AccessGroup\nname: g\ngrants: [{process: p}]", "grants[0].actions: expected at least one of"},
		{"UnknownRole", tenant + "kind: Account\nname: a\nroles: [{role: king}]", `roles[0].role: "king" is not one of`},
		{"TwoProductionGroups", tenant + "kind: Solution\nname: s\nserverGroups: [{name: a, kind: production}, {name: b, kind: production}]", "2 groups of kind production"},
		{"NoDocument", tenant + "kind: BusinessProcess\nname: p", "a.yaml:4: file: expected either file or document"},
		{"MissingFile", tenant + "kind: BusinessProcess\nname: p\nfile: p.yaml", "a.yaml:6: file: p.yaml cannot be read"},
		{"FileElsewhere", tenant + "kind: BusinessProcess\nname: p\nfile: ../../etc/passwd", "a.yaml:6: file: expected the path of a file beside or beneath this one"},
		{"NotYAML", tenant + "kind: [", "a.yaml:4: not YAML"},
		{"TooDeep", tenant + "kind: Account\nname: a\nagent: {groups: " + strings.Repeat("[", 30) + strings.Repeat("]", 30) + "}", "expected a text"},
		{"TooLarge", tenant + "kind: Account\nname: a\ndisplayName: " + strings.Repeat("x", 5<<20), "a.yaml: larger than 4 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := apply.ParseFile(fstest.MapFS{"a.yaml": file(tt.give)}, "a.yaml")
			var problems apply.Problems
			require.ErrorAs(t, err, &problems)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestATenantGivenTwiceIsOneProblem(t *testing.T) {
	t.Parallel()
	text := "kind: Tenant\nname: bank\n---\nkind: Account\nname: a\n---\nkind: Tenant\nname: bank"
	_, err := apply.ParseFile(fstest.MapFS{"a.yaml": file(text)}, "a.yaml")
	require.EqualError(t, err, "1 problem; nothing was changed\n  a.yaml:8: name: there is a Tenant bank in a.yaml:1 already")
}

func TestParseIsNotSlowedByAliases(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("kind: AccessGroup\nname: g\ntenant: t\nmembers:\n  - &a0 [x, x]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&bomb, "  - &a%d [*a%d, *a%d, *a%d, *a%d]\n", i, i-1, i-1, i-1, i-1)
	}
	tests := map[string]string{
		"Nested":    bomb.String(),
		"Repeated":  "kind: Solution\nname: s\ntenant: t\nserverGroups:\n  - &g {name: g, servers: [" + strings.Repeat("{name: a, account: a, node: a},", 1000) + "]}\n" + strings.Repeat("  - *g\n", 1000),
		"Recursive": "kind: Solution\nname: s\ntenant: t\nserverGroups: &g [*g]\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := apply.ParseFile(fstest.MapFS{"a.yaml": file(text)}, "a.yaml")
			require.Error(t, err)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("kind: Tenant\nname: bank\n---\nkind: Account\nname: a\nroles: [{role: agent}]\n")
	f.Add("kind: Solution\nname: s\ntenant: t\nserverGroups: &g [*g]\n")
	f.Add("kind: BusinessProcess\nname: p\ntenant: t\ndocument: {do: [&x {}, *x]}\n")
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = apply.ParseFile(fstest.MapFS{"a.yaml": file(text)}, "a.yaml")
	})
}
