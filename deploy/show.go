package deploy

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/switchyard/switchyard/client"
)

// Versions writes a table of what each group and server serves of a channel.
func Versions(versions []client.ChannelVersion, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "GROUP\tSERVER\tNUMBER\tPACKAGE\tSINCE\tSTATE")
	for _, v := range versions {
		_, _ = fmt.Fprintf(table, "%s/%s\t\t%s\t%s\t%s\t%s\n",
			v.Solution, v.Group, numberOf(v.Number), orDash(short(v.Hash)), since(v.Since), groupState(v))
		for _, s := range v.Servers {
			_, _ = fmt.Fprintf(table, "\t%s\t%s\t%s\t%s\t%s\n",
				s.Name, numberOf(s.Number), orDash(short(s.Hash)), since(&s.Since), strings.TrimSpace(s.State+" "+s.Reason))
		}
	}
	return table.Flush()
}

func groupState(v client.ChannelVersion) string {
	var parts []string
	switch {
	case v.Number == 0:
		parts = append(parts, "never deployed")
	case v.Hash == "":
		parts = append(parts, fmt.Sprintf("taken off by %s", v.By))
	default:
		parts = append(parts, fmt.Sprintf("%q by %s", v.Name, v.By))
	}
	if len(v.Stale) > 0 {
		parts = append(parts, "stale: "+strings.Join(v.Stale, ", "))
	}
	for _, number := range v.Open {
		parts = append(parts, fmt.Sprintf("deployment %d is under way", number))
	}
	return strings.Join(parts, "; ")
}

func numberOf(number int64) string {
	if number == 0 {
		return "-"
	}
	return fmt.Sprint(number)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func since(at *time.Time) string {
	if at == nil || at.IsZero() {
		return "-"
	}
	return at.Local().Format(time.DateTime)
}

// Pending writes what a deployment to the group would do now.
func Pending(p client.PendingChanges, out io.Writer) error {
	if p.Refused != "" {
		_, _ = fmt.Fprintf(out, "a deployment to %s would be refused: %s\n", p.Group, p.Refused)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range p.Marked {
		waiting := time.Duration(m.Waiting) * time.Second
		_, _ = fmt.Fprintf(table, "%s/%s\tmarked for %s\tby %s, %s ago\n", m.Kind, m.Name, m.For, m.By, waiting)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	Warnings(p, out)
	return Difference(p.Difference, out)
}

// Warnings writes what may have been forgotten.
func Warnings(p client.PendingChanges, out io.Writer) {
	for _, w := range p.Warnings {
		_, _ = fmt.Fprintf(out, "warning: %s %s: %s\n", w.Kind, w.Name, w.Message)
	}
}

// Difference writes what differs between two packages.
func Difference(d client.PackageDifference, out io.Writer) error {
	for _, change := range d.Changes {
		what := change.Kind + " " + change.Name
		if change.Path != "" {
			what += " " + change.Path
		}
		switch change.What {
		case "added":
			_, _ = fmt.Fprintf(out, "+ %s\n", strings.TrimSpace(what+" "+change.To))
		case "removed":
			_, _ = fmt.Fprintf(out, "- %s\n", what)
		default:
			_, _ = fmt.Fprintf(out, "~ %s: %s → %s\n", what, orNothing(change.From), orNothing(change.To))
		}
	}
	if more := d.Count - len(d.Changes); more > 0 {
		_, _ = fmt.Fprintf(out, "and %d more\n", more)
	}
	return nil
}

func orNothing(value string) string {
	if value == "" {
		return "(nothing)"
	}
	return value
}
