package design

import (
	"encoding/json"

	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
)

// maxDifferences bounds what a change lists.
const maxDifferences = 100

// differences lists the fields that a draft gives other values than the object
// has.
func differences(of definition.Reference, o Object, before definition.Document, draft Draft) []Difference {
	var list []Difference
	if o.DisplayName != draft.DisplayName {
		list = append(list, Difference{Path: "displayName", From: text(o.DisplayName), To: text(draft.DisplayName)})
	}
	for _, change := range bundle.Diff(holding(of, before), holding(of, draft.Spec)) {
		if len(list) == maxDifferences {
			break
		}
		if change.Kind == string(of.Kind) {
			list = append(list, Difference{Path: definition.Join("spec", change.Path), From: change.From, To: change.To})
		}
	}
	return list
}

// holding is a package with one document, so that two can be compared.
func holding(of definition.Reference, d definition.Document) *bundle.Package {
	channel := of.Channel
	if of.Kind == definition.KindChannel {
		channel = of.Name
	}
	p := &bundle.Package{Format: bundle.Format, Channel: channel}
	p.Set(of, d)
	return p
}

func text(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(quoted)
}
