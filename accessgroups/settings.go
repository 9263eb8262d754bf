package accessgroups

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// Bounds of one access group.
const (
	maxMembers = 10_000
	maxGrants  = 1_000
)

// ownPrefix begins the name of the access group of one account alone, to which
// direct grants go.
const ownPrefix = "account-"

// OwnGroup is the name of an account's own access group.
func OwnGroup(account tenants.Name) tenants.Name { return ownPrefix + account }

// Settings are what can change of an access group.
type Settings struct {
	DisplayName string
	Members     []tenants.Name
	Grants      []Grant
}

// normal returns the settings in the form in which they are kept: sorted, each
// member and action once, the grants of one process joined.
func (s Settings) normal() Settings {
	members := slices.Clone(s.Members)
	slices.Sort(members)
	byProcess := map[tenants.Name][]Action{}
	for _, grant := range s.Grants {
		byProcess[grant.Process] = append(byProcess[grant.Process], grant.Actions...)
	}
	grants := make([]Grant, 0, len(byProcess))
	for process, actions := range byProcess {
		slices.Sort(actions)
		grants = append(grants, Grant{Process: process, Actions: slices.Compact(actions)})
	}
	slices.SortFunc(grants, func(a, b Grant) int { return strings.Compare(a.Process, b.Process) })
	return Settings{DisplayName: s.DisplayName, Members: slices.Compact(members), Grants: grants}
}

// check says what is wrong with the settings of a group of that name.
func (s Settings) check(ctx context.Context, r Reader, name tenants.Name) error {
	wrong := fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	if err := tenants.CheckDisplayName(s.DisplayName); err != nil {
		_ = wrong.At("displayName", 0, "%s", err)
	}
	if len(s.Members) > maxMembers {
		return wrong.At("members", 0, "a group has at most %d members", maxMembers)
	}
	if len(s.Grants) > maxGrants {
		return wrong.At("grants", 0, "a group has at most %d grants", maxGrants)
	}
	if account, own := strings.CutPrefix(name, ownPrefix); own && slices.ContainsFunc(s.Members, func(m tenants.Name) bool { return m != account }) {
		_ = wrong.At("members", 0, "groups named %s… belong to one account: the only member can be %q", ownPrefix, account)
	}
	s.checkActions(wrong)
	if err := s.checkReferences(ctx, r, wrong); err != nil {
		return err
	}
	if len(wrong.Places) > 0 {
		return wrong
	}
	return nil
}

func (s Settings) checkActions(wrong *fault.Fault) {
	for i, grant := range s.Grants {
		path := fmt.Sprintf("grants[%d].actions", i)
		if len(grant.Actions) == 0 {
			_ = wrong.At(path, 0, "at least one action is expected")
		}
		for j, action := range grant.Actions {
			if !slices.Contains(ProcessActions, action) {
				_ = wrong.At(fmt.Sprintf("%s[%d]", path, j), 0, "there is no such action on a business process; expected one of %s", processActionNames())
			}
		}
	}
}

// checkReferences names the accounts and processes that do not exist.
func (s Settings) checkReferences(ctx context.Context, r Reader, wrong *fault.Fault) error {
	missing, err := r.MissingAccounts(ctx, s.Members)
	if err != nil {
		return err
	}
	for i, member := range s.Members {
		if slices.Contains(missing, member) {
			_ = wrong.At(fmt.Sprintf("members[%d]", i), 0, "there is no account %q", member)
		}
	}
	processes := make([]tenants.Name, 0, len(s.Grants))
	for _, grant := range s.Grants {
		processes = append(processes, grant.Process)
	}
	if missing, err = r.MissingProcesses(ctx, processes); err != nil {
		return err
	}
	for i, process := range processes {
		if slices.Contains(missing, process) {
			_ = wrong.At(fmt.Sprintf("grants[%d].process", i), 0, "there is no business process %q", process)
		}
	}
	return nil
}

func processActionNames() string {
	names := make([]string, 0, len(ProcessActions))
	for _, action := range ProcessActions {
		names = append(names, string(action))
	}
	return strings.Join(names, ", ")
}
