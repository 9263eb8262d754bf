package deployments

import (
	"fmt"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/runtime/definition"
)

// switchedOff lists a part without effect; the last of very many are counted only.
func (a *assembly) switchedOff(path, format string, args ...any) {
	a.manifest.SwitchedOffCount++
	if len(a.manifest.SwitchedOff) < MaxSwitchedOff {
		a.manifest.SwitchedOff = append(a.manifest.SwitchedOff, SwitchedOff{Path: path, Why: fmt.Sprintf(format, args...)})
	}
}

// leaveOutRulesOfMissingZones takes rules out whose zone was deleted since their
// strategy was deployed: zones go out as they are now.
func (a *assembly) leaveOutRulesOfMissingZones() {
	content := &a.result.Content
	for _, name := range slices.Sorted(maps.Keys(content.Strategies)) {
		strategy := content.Strategies[name]
		kept := make([]definition.TreatmentRule, 0, len(strategy.Rules))
		for _, rule := range strategy.Rules {
			if _, there := content.Zones[rule.Zone]; !there && rule.Zone != "" {
				a.switchedOff(rulePath(name, rule), "there is no zone %s any more", rule.Zone)
				continue
			}
			kept = append(kept, rule)
		}
		if len(kept) < len(strategy.Rules) {
			strategy.Rules = kept
			content.Strategies[name] = strategy
		}
	}
}

// leaveOutMissingFlowcharts takes flowcharts that are not in the package out of
// events and event patterns. An action that names no other is left out whole:
// without names it would stand for all flowcharts.
func (a *assembly) leaveOutMissingFlowcharts() {
	content := &a.result.Content
	for _, name := range slices.Sorted(maps.Keys(content.Events)) {
		event := content.Events[name]
		event.Actions = a.withoutMissing("events/"+name, event.Actions)
		content.Events[name] = event
	}
	for _, name := range slices.Sorted(maps.Keys(content.EventPatterns)) {
		pattern := content.EventPatterns[name]
		pattern.Actions = a.withoutMissing("event-patterns/"+name, pattern.Actions)
		content.EventPatterns[name] = pattern
	}
}

func (a *assembly) withoutMissing(path string, actions []definition.EventAction) []definition.EventAction {
	var kept []definition.EventAction
	for i, action := range actions {
		var there []string
		for _, flowchart := range action.Flowcharts {
			if _, ok := a.result.Content.Flowcharts[flowchart]; ok {
				there = append(there, flowchart)
				continue
			}
			a.switchedOff(fmt.Sprintf("%s.actions[%d]", path, i), "flowchart %s is not part of the package", flowchart)
		}
		if len(action.Flowcharts) > 0 && len(there) == 0 {
			continue
		}
		action.Flowcharts = there
		kept = append(kept, action)
	}
	return kept
}

// listDormantRules lists the rules that have no effect although they are enabled.
// They stay in the package as they were designed, so that they count again once
// the offer is not retired any more, or a flowchart assigns the segment.
func (a *assembly) listDormantRules() {
	content := &a.result.Content
	assigned := map[string]bool{}
	for _, flowchart := range content.Flowcharts {
		for _, box := range flowchart.Boxes {
			assigned[box.Segment] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(content.Strategies)) {
		for _, rule := range content.Strategies[name].Rules {
			if rule.Disabled {
				continue
			}
			_, designed := a.present.Offers[rule.Offer]
			switch {
			case content.Offers[rule.Offer].Retired && designed:
				a.switchedOff(rulePath(name, rule), "offer %s is retired", rule.Offer)
			case content.Offers[rule.Offer].Retired:
				a.switchedOff(rulePath(name, rule), "offer %s was deleted", rule.Offer)
			case rule.Segment != "" && !assigned[rule.Segment]:
				a.switchedOff(rulePath(name, rule), "no flowchart of the package assigns segment %s", rule.Segment)
			}
		}
	}
}

func rulePath(strategy string, rule definition.TreatmentRule) string {
	return "strategies/" + strategy + ".rules[" + rule.Name + "]"
}
