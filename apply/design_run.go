package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/definition"
)

// designs are the design documents of each tenant, in the order of the files.
type designs struct {
	tenant    string
	documents []*Design
}

func designsByTenant(set *Set) []designs {
	var all []designs
	at := map[string]int{}
	for _, d := range set.Designs {
		i, known := at[d.Tenant]
		if !known {
			i = len(all)
			at[d.Tenant] = i
			all = append(all, designs{tenant: d.Tenant})
		}
		all[i].documents = append(all[i].documents, d)
	}
	return all
}

// bring imports the documents of one tenant, all or none. A fault of a document is
// a problem with its file and line.
func (d designs) bring(ctx context.Context, c *client.Client, dryRun bool) ([]client.DesignOutcome, error) {
	input := client.DesignImport{DryRun: dryRun}
	for _, document := range d.documents {
		spec, err := definition.Encode(document.Definition)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", document.Reference(), err)
		}
		r := document.Reference()
		input.Objects = append(input.Objects, client.DesignDocument{
			Kind: string(r.Kind), Channel: r.Channel, Name: r.Name, DisplayName: document.DisplayName, Spec: spec,
		})
	}
	imported, err := c.ImportDesign(ctx, d.tenant, input)
	if err != nil {
		return nil, d.located(err)
	}
	return imported.Objects, nil
}

// located finds the places of a problem, "objects[3].spec.rules[2].when", in the
// files.
func (d designs) located(err error) error {
	var problem *client.Problem
	if !errors.As(err, &problem) || len(problem.Errors) == 0 {
		return err
	}
	var problems Problems
	for _, place := range problem.Errors {
		i, path, ok := objectOf(place.Path)
		if !ok || i >= len(d.documents) {
			return err
		}
		problems = append(problems, d.documents[i].source.problem(path, place.Message))
	}
	return problems
}

// objectOf parts "objects[3].spec.rules[2].when" into 3 and "rules[2].when".
func objectOf(path string) (i int, rest string, ok bool) {
	after, found := strings.CutPrefix(path, "objects[")
	number, rest, closed := strings.Cut(after, "]")
	i, err := strconv.Atoi(number)
	if !found || !closed || err != nil || i < 0 {
		return 0, "", false
	}
	rest = strings.TrimPrefix(rest, ".")
	return i, strings.TrimPrefix(strings.TrimPrefix(rest, "spec"), "."), true
}

// applyDesigns imports what the set holds of designs, tenant by tenant.
func applyDesigns(ctx context.Context, c *client.Client, set *Set, out io.Writer) (Result, error) {
	var done Result
	for _, d := range designsByTenant(set) {
		outcomes, err := d.bring(ctx, c, false)
		if err != nil {
			return done, fmt.Errorf("the design of %s, when all else was as the files say: %w", d.tenant, err)
		}
		for _, outcome := range outcomes {
			done.count(Verb(outcome.Outcome))
			_, _ = fmt.Fprintf(out, "%-10s %s/%s\n", outcome.Outcome, d.tenant, outcome.Object)
		}
	}
	return done, nil
}

// Diff writes what Run would do, and of design objects which fields would get
// other values. It changes nothing. The result counts what would be done.
func Diff(ctx context.Context, c *client.Client, set *Set, o Options) (Result, error) {
	present, steps, err := planned(ctx, c, set, o)
	if err != nil {
		return Result{}, err
	}
	var would Result
	for _, step := range steps {
		would.count(step.Verb)
		if step.Verb != Unchanged {
			_, _ = fmt.Fprintf(o.Out, "%s %s\n", sign(step.Verb), step)
		}
	}
	for _, d := range designsByTenant(set) {
		result, err := d.diff(ctx, c, present[d.tenant], o.Out)
		if err != nil {
			return would, err
		}
		would = would.plus(result)
	}
	return would, nil
}

// diff compares the documents of one tenant with what is there. In a tenant that
// is still to be created all are new.
func (d designs) diff(ctx context.Context, c *client.Client, present Present, out io.Writer) (Result, error) {
	var would Result
	if present.Tenant == nil {
		for _, document := range d.documents {
			would.count(Create)
			_, _ = fmt.Fprintf(out, "%s %s/%s\n", sign(Create), d.tenant, document.Reference())
		}
		return would, nil
	}
	outcomes, err := d.bring(ctx, c, true)
	if err != nil {
		return would, err
	}
	for _, outcome := range outcomes {
		verb := Verb(outcome.Outcome)
		would.count(verb)
		if verb == Unchanged {
			continue
		}
		_, _ = fmt.Fprintf(out, "%s %s/%s\n", sign(verb), d.tenant, outcome.Object)
		for _, difference := range outcome.Differences {
			_, _ = fmt.Fprintf(out, "    %s: %s → %s\n", difference.Path, orNothing(difference.From), orNothing(difference.To))
		}
	}
	return would, nil
}

func sign(verb Verb) string {
	if verb == Create {
		return "+"
	}
	return "~"
}

func orNothing(value string) string {
	if value == "" {
		return "(nothing)"
	}
	return value
}

func (r Result) plus(other Result) Result {
	return Result{r.Created + other.Created, r.Updated + other.Updated, r.Unchanged + other.Unchanged}
}
