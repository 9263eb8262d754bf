package apply

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
)

// Options say how to apply.
type Options struct {
	// CheckProcess judges the document of the business process of that name before
	// anything is changed; a fault's places are shown with their lines. Nil leaves
	// it to the control plane, which checks when a process is published.
	CheckProcess func(name string, document []byte) error
	// Out gets one line for each resource.
	Out io.Writer
}

// Result counts what was done.
type Result struct{ Created, Updated, Unchanged int }

// Run brings the set into the control plane. A fault in the files (Problems)
// is found before anything is changed. When a later step fails, the error says
// what failed; all before it stands, and running again completes it.
func Run(ctx context.Context, c *client.Client, set *Set, o Options) (Result, error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	for _, file := range set.Skipped {
		_, _ = fmt.Fprintf(o.Out, "skipped    %s: no document in it has a kind\n", file)
	}
	_, steps, err := planned(ctx, c, set, o)
	if err != nil {
		return Result{}, err
	}
	done, err := carryOut(ctx, c, steps, o.Out)
	if err != nil {
		return done, err
	}
	designed, err := applyDesigns(ctx, c, set, o.Out)
	return done.plus(designed), err
}

// planned is what the control plane has of the set, and the steps from there to it.
func planned(ctx context.Context, c *client.Client, set *Set, o Options) (present map[string]Present, steps []Step, err error) {
	if problems := checkProcesses(set, o.CheckProcess); len(problems) > 0 {
		return nil, nil, problems
	}
	present, err = Read(ctx, c, set)
	if err != nil {
		return nil, nil, fmt.Errorf("read what the control plane has: %w", err)
	}
	steps, err = Plan(set, present)
	return present, steps, err
}

func carryOut(ctx context.Context, c *client.Client, steps []Step, out io.Writer) (Result, error) {
	var done Result
	for i, step := range steps {
		if step.run != nil {
			if err := step.run(ctx, c); err != nil {
				return done, fmt.Errorf("%s: %w\n%d of %d resources are as the files say (%d created, %d updated); apply again to complete it",
					step, described(err), i, len(steps), done.Created, done.Updated)
			}
		}
		done.count(step.Verb)
		line := fmt.Sprintf("%-10s %s", step.Verb, step)
		if step.Note != "" {
			line += " (" + step.Note + ")"
		}
		_, _ = fmt.Fprintln(out, line)
	}
	return done, nil
}

func (r *Result) count(verb Verb) {
	switch verb {
	case Create:
		r.Created++
	case Update:
		r.Updated++
	case Unchanged:
		r.Unchanged++
	}
}

// String is "3 created, 1 updated, 0 unchanged".
func (r Result) String() string {
	return fmt.Sprintf("%d created, %d updated, %d unchanged", r.Created, r.Updated, r.Unchanged)
}

// described explains the one problem that a person can do something about here.
func described(err error) error {
	if client.IsPreconditionFailed(err) {
		return fmt.Errorf("it was changed by somebody else in the meantime: %w", err)
	}
	return err
}

func checkProcesses(set *Set, check func(string, []byte) error) Problems {
	if check == nil {
		return nil
	}
	var problems Problems
	for _, process := range set.Processes {
		err := check(process.Name, []byte(process.Text))
		var f *fault.Fault
		switch {
		case err == nil:
		case errors.As(err, &f) && len(f.Places) > 0:
			for _, place := range f.Places {
				problems = append(problems, process.place(place))
			}
		case f != nil:
			problems = append(problems, process.source.problem("", f.Message))
		default:
			problems = append(problems, process.source.problem("", err.Error()))
		}
	}
	return problems
}

// place finds a place of the process's text in the file that it is from.
func (b *BusinessProcess) place(p fault.Place) Problem {
	if b.firstLine == 0 { // an inline mapping, written out again: lines differ
		problem := b.source.problem("document."+p.Path, p.Message)
		return problem
	}
	line := 0
	if p.Line > 0 {
		line = b.firstLine + p.Line - 1
	}
	return Problem{File: b.textFile, Line: line, Path: p.Path, Message: p.Message}
}
