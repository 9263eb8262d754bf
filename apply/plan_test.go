package apply_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/client"
)

const bank = `
kind: Tenant
name: bank
displayName: Bank
---
kind: Account
name: cards-server
accountKind: server
---
kind: Account
name: amira
roles: [{role: agent, solution: cards}]
agent: {skills: {cards: 80}, groups: [b, a]}
---
kind: BusinessProcess
name: dispute
document: "do: []"
---
kind: AccessGroup
name: desk
members: [amira, cards-server]
grants: [{process: dispute, actions: [view, handle]}]
---
kind: Solution
name: cards
serverGroups:
  - name: production
    servers: [{name: cards-1, account: cards-server, node: node-1}]
  - name: rehearsal
`

func parse(t *testing.T, text string) *apply.Set {
	t.Helper()
	set, err := apply.ParseFile(fstest.MapFS{"a.yaml": file(text)}, "a.yaml")
	require.NoError(t, err)
	return set
}

// lines are the steps as a person reads them.
func lines(steps []apply.Step) []string {
	var all []string
	for _, step := range steps {
		all = append(all, string(step.Verb)+" "+step.String())
	}
	return all
}

// applied is what the control plane has once bank was applied.
func applied() apply.Present {
	sum := sha256.Sum256([]byte("do: []"))
	return apply.Present{
		Tenant: &client.Tenant{Name: "bank", DisplayName: "Bank"},
		Accounts: map[string]client.Account{
			"cards-server": {Name: "cards-server", Kind: "server", Roles: []client.RoleBinding{}},
			"amira": {
				Name: "amira", Kind: "person", Roles: []client.RoleBinding{{Role: "agent", Solution: "cards"}},
				Agent: &client.AgentProfile{Skills: map[string]int{"cards": 80}, Groups: []string{"a", "b"}},
			},
		},
		Processes: map[string]apply.PresentProcess{"dispute": {
			BusinessProcess: client.BusinessProcess{Name: "dispute", Document: "do: []", Published: 1},
			PublishedHash:   hex.EncodeToString(sum[:]),
		}},
		AccessGroups: map[string]client.AccessGroup{"desk": {
			Name: "desk", Members: []string{"amira", "cards-server"},
			Grants: []client.Grant{{Process: "dispute", Actions: []string{"handle", "view"}}},
		}},
		Solutions: map[string]apply.PresentSolution{"cards": {
			Solution: client.Solution{Name: "cards", Provisioning: client.Provisioning{State: "ready"}},
			Groups: map[string]apply.PresentGroup{
				"production": {
					ServerGroup: client.ServerGroup{Name: "production", Kind: "production"},
					Servers:     map[string]client.Server{"cards-1": {Name: "cards-1", Account: "cards-server", Node: "node-1"}},
				},
				"rehearsal": {ServerGroup: client.ServerGroup{Name: "rehearsal", Kind: "staging"}},
			},
		}},
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()

	t.Run("CreatesEverythingInOrder", func(t *testing.T) {
		t.Parallel()
		steps, err := apply.Plan(parse(t, bank), nil)
		require.NoError(t, err)
		require.Equal(t, []string{
			"created bank",
			"created bank/solutions/cards",
			"created bank/accounts/cards-server",
			"created bank/accounts/amira",
			"created bank/business-processes/dispute",
			"created bank/access-groups/desk",
			"created bank/solutions/cards/server-groups/production",
			"created bank/solutions/cards/server-groups/production/servers/cards-1",
			"created bank/solutions/cards/server-groups/rehearsal",
		}, lines(steps))
	})

	t.Run("ChangesNothingTheSecondTime", func(t *testing.T) {
		t.Parallel()
		steps, err := apply.Plan(parse(t, bank), map[string]apply.Present{"bank": applied()})
		require.NoError(t, err)
		for _, step := range steps {
			require.Equal(t, apply.Unchanged, step.Verb, step.String())
		}
	})

	changes := []struct {
		name   string
		change func(*apply.Present)
		want   string
	}{
		{"Tenant", func(p *apply.Present) { p.Tenant.DisplayName = "Old" }, "updated bank"},
		{"AccountSkill", func(p *apply.Present) { p.Accounts["amira"].Agent.Skills["cards"] = 1 }, "updated bank/accounts/amira"},
		{"MissingMember", func(p *apply.Present) { p.AccessGroups["desk"].Members[0] = "ben" }, "updated bank/access-groups/desk"},
		{"OtherActions", func(p *apply.Present) { p.AccessGroups["desk"].Grants[0].Actions = []string{"view"} }, "updated bank/access-groups/desk"},
		{"DraftNeverPublished", func(p *apply.Present) {
			process := p.Processes["dispute"]
			process.PublishedHash = ""
			p.Processes["dispute"] = process
		}, "updated bank/business-processes/dispute"},
		{"OtherDraft", func(p *apply.Present) {
			process := p.Processes["dispute"]
			process.Document = "do: [x]"
			p.Processes["dispute"] = process
		}, "updated bank/business-processes/dispute"},
		{"FailedProvisioning", func(p *apply.Present) {
			solution := p.Solutions["cards"]
			solution.Provisioning.State = "failed"
			p.Solutions["cards"] = solution
		}, "updated bank/solutions/cards"},
		{"ServerOnAnotherNode", func(p *apply.Present) {
			p.Solutions["cards"].Groups["production"].Servers["cards-1"] = client.Server{Name: "cards-1", Account: "cards-server", Node: "node-2"}
		}, "updated bank/solutions/cards/server-groups/production/servers/cards-1"},
		{"MissingGroup", func(p *apply.Present) { delete(p.Solutions["cards"].Groups, "rehearsal") }, "created bank/solutions/cards/server-groups/rehearsal"},
	}
	for _, tt := range changes {
		t.Run("Brings/"+tt.name, func(t *testing.T) {
			t.Parallel()
			present := applied()
			tt.change(&present)
			steps, err := apply.Plan(parse(t, bank), map[string]apply.Present{"bank": present})
			require.NoError(t, err)
			var changed []apply.Step
			for _, step := range steps {
				if step.Verb != apply.Unchanged {
					changed = append(changed, step)
				}
			}
			require.Equal(t, []string{tt.want}, lines(changed))
		})
	}
}

func TestPlanRefusesDanglingReferences(t *testing.T) {
	t.Parallel()
	const tenant = "kind: Tenant\nname: bank\n---\n"
	tests := []struct {
		name, give, want string
	}{
		{"Tenant", "kind: Account\nname: a\ntenant: nowhere", "a.yaml:3: tenant: there is no tenant nowhere"},
		{"Member", tenant + "kind: AccessGroup\nname: g\nmembers: [ghost]", "a.yaml:6: members[0]: there is no account ghost"},
		{"Process", tenant + "kind: AccessGroup\nname: g\ngrants:\n  - process: ghost\n    actions: [view]", "a.yaml:7: grants[0].process: there is no business process ghost"},
		{"Solution", tenant + "kind: Account\nname: a\nroles: [{role: agent, solution: ghost}]", "roles[0].solution: there is no solution ghost"},
		{"ServerAccount", tenant + "kind: Solution\nname: s\nserverGroups:\n  - name: production\n    servers: [{name: s-1, account: ghost, node: n}]", "a.yaml:8: serverGroups[0].servers[0].account: there is no account ghost"},
		{"ServerAccountOfAPerson", tenant + "kind: Account\nname: amira\n---\nkind: Solution\nname: s\nserverGroups:\n  - name: production\n    servers: [{name: s-1, account: amira, node: n}]", "account amira is of kind person"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := apply.Plan(parse(t, tt.give), nil)
			require.ErrorContains(t, err, tt.want)
		})
	}

	t.Run("KindsThatCannotChange", func(t *testing.T) {
		t.Parallel()
		present := applied()
		present.Accounts["amira"] = client.Account{Name: "amira", Kind: "machine"}
		present.Solutions["cards"].Groups["production"] = apply.PresentGroup{ServerGroup: client.ServerGroup{Name: "production", Kind: "staging"}}
		_, err := apply.Plan(parse(t, bank), map[string]apply.Present{"bank": present})
		require.ErrorContains(t, err, "the account exists with kind machine, which cannot change")
		require.ErrorContains(t, err, "the group exists with kind staging, which cannot change")
	})
}
