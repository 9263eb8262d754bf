package controlplane

import "github.com/switchyard/switchyard/internal/rest/resttest"

// rightHistory is a call of each operation on histories and reports that succeeds.
func rightHistory() map[string]resttest.Request {
	here := map[string]string{"channel": deployedChannel}
	return map[string]resttest.Request{
		"list-history-changes":         {},
		"list-channel-history-changes": {Params: here},
		"list-history-sources":         {},
		"export-contacts":              {Params: here},
		"export-responses":             {Params: here},
		"get-offers-report":            {Params: here, Query: "group=production"},
		"export-offers-report":         {Params: here},
		"get-policies-report":          {Params: here},
		"export-policies-report":       {Params: here},
	}
}
