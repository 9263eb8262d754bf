package demo

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/apply"
)

// Check reports the first interaction that the tenant of these files has no place
// for, and what there is.
func Check(files fs.FS, work []Work) error {
	set, err := apply.ParseDir(files)
	if err != nil {
		return fmt.Errorf("read the tenant's files: %w", err)
	}
	solutions, processes, media := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range set.Solutions {
		solutions[s.Name] = true
	}
	for _, p := range set.Processes {
		processes[p.Name] = true
	}
	for _, a := range set.Accounts {
		if a.Agent == nil {
			continue
		}
		for medium := range a.Agent.Capacity {
			media[medium] = true
		}
	}
	for _, w := range work {
		for _, field := range []struct {
			what, name string
			known      map[string]bool
		}{{"solution", w.Solution, solutions}, {"process", w.Process, processes}, {"mediaType", w.MediaType, media}} {
			if !field.known[field.name] {
				return fmt.Errorf("interaction %s has %s %q; the tenant has %s", w.ExternalID, field.what, field.name,
					strings.Join(slices.Sorted(maps.Keys(field.known)), ", "))
			}
		}
	}
	return nil
}
