package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/switchyard/switchyard/client"
)

// shownBroken bounds the broken rows that are shown.
const shownBroken = 10

// showTestRun writes the result of a test run as tables.
func showTestRun(run client.TestRun, samples int, out io.Writer) error {
	r := run.Result
	fmt.Fprintf(out, "%d profiles of %d rows, run by server %s\n", r.Profiles, r.Rows, run.Server)
	if len(r.UnknownColumns) > 0 {
		fmt.Fprintf(out, "columns that audience level %s does not have: %s\n", run.Level, strings.Join(r.UnknownColumns, ", "))
	}
	showBroken(r.BrokenRows, r.Broken, out)
	for _, f := range r.Flowcharts {
		if err := showFlowchart(f, out); err != nil {
			return err
		}
	}
	if err := showSegments(*r, samples, out); err != nil || len(r.Offers) == 0 {
		return err
	}
	return showOffers(*r, out)
}

// showBroken writes the first broken rows and how many there are.
func showBroken(rows []client.BrokenRow, count int, out io.Writer) {
	if count == 0 {
		return
	}
	fmt.Fprintf(out, "%d rows are broken and were left out:\n", count)
	for _, row := range rows[:min(len(rows), shownBroken)] {
		at := "profile " + row.Key
		if row.Line > 0 {
			at = fmt.Sprintf("line %d", row.Line)
		}
		fmt.Fprintf(out, "  %s: %s\n", at, row.Message)
	}
	if more := count - min(len(rows), shownBroken); more > 0 {
		fmt.Fprintf(out, "  and %d more\n", more)
	}
}

func newTable(out io.Writer, columns ...string) *tabwriter.Writer {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(columns, "\t"))
	return table
}

func showFlowchart(f client.TestedFlowchart, out io.Writer) error {
	fmt.Fprintf(out, "\nflowchart %s, %d visitors\n", f.Name, f.Runs)
	table := newTable(out, "BOX", "VISITORS", "WENT ON", "BRANCHES", "FAILED")
	for _, b := range f.Boxes {
		failed := "-"
		if b.Failed > 0 {
			failed = fmt.Sprintf("%d, first %s: %s", b.Failed, b.FailedKey, b.Failure)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", b.Name, b.Visitors, b.Passed, branchTexts(b.Branches), failed)
	}
	return table.Flush()
}

// branchesWidth is how many characters the names of branches may take in a table.
const branchesWidth = 60

// branchTexts has the names where they fit in, otherwise the counts alone.
func branchTexts(branches []client.TestedBranch) string {
	if len(branches) == 0 {
		return "-"
	}
	var named, counts []string
	for _, b := range branches {
		named = append(named, fmt.Sprintf("%s %d", b.Name, b.Visitors))
		counts = append(counts, strconv.Itoa(b.Visitors))
	}
	if text := strings.Join(named, ", "); len(text) <= branchesWidth {
		return text
	}
	return strings.Join(counts, " / ")
}

func showSegments(r client.TestRunResult, samples int, out io.Writer) error {
	fmt.Fprintln(out)
	table := newTable(out, "SEGMENT", "PROFILES", "SHARE", "FOR EXAMPLE")
	for _, s := range r.Segments {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", s.Name, s.Visitors, share(s.Visitors, r.Profiles), sampleTexts(s.Samples, samples))
	}
	if len(r.Outside) > 0 {
		fmt.Fprintf(table, "(in none)\t\t\t%s\n", sampleTexts(r.Outside, samples))
	}
	return table.Flush()
}

func sampleTexts(rows []client.TestedProfile, most int) string {
	var keys []string
	for _, row := range rows[:max(min(most, len(rows)), 0)] {
		text := row.Key
		var given []string
		for _, o := range row.Offers {
			if len(o.Offers) > 0 {
				given = append(given, o.Point+": "+strings.Join(o.Offers, ", "))
			}
		}
		if len(given) > 0 {
			text += " (" + strings.Join(given, "; ") + ")"
		}
		keys = append(keys, text)
	}
	if len(keys) == 0 {
		return "-"
	}
	return strings.Join(keys, ", ")
}

func share(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

func showOffers(r client.TestRunResult, out io.Writer) error {
	fmt.Fprintln(out)
	table := newTable(out, "POINT", "DECISIONS", "WITHOUT AN OFFER")
	for _, p := range r.Points {
		fmt.Fprintf(table, "%s\t%d\t%d\n", p.Name, p.Decisions, p.Default)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	table = newTable(out, "OFFER", "WON", "DROPPED")
	for _, o := range r.Offers {
		fmt.Fprintf(table, "%s\t%d\t%s\n", o.Code, o.Won, droppedText(o.Dropped))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return showNever(r.Offers, out)
}

// showNever writes the offers that did not win, those that never can before those
// that did not with these profiles.
func showNever(offers []client.TestedOffer, out io.Writer) error {
	for _, part := range []struct {
		certain bool
		title   string
	}{{true, "never can win"}, {false, "did not win with these profiles"}} {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		found := false
		for _, o := range offers {
			if o.Never == nil || o.Never.Certain != part.certain {
				continue
			}
			if !found {
				fmt.Fprintf(out, "\n%s:\n", part.title)
				found = true
			}
			fmt.Fprintf(table, "  %s\t%s\n", o.Code, o.Never.Text)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// droppedText lists reasons, the most frequent first.
func droppedText(dropped map[string]int) string {
	reasons := slices.SortedFunc(maps.Keys(dropped), func(a, b string) int {
		if dropped[a] != dropped[b] {
			return dropped[b] - dropped[a]
		}
		return strings.Compare(a, b)
	})
	parts := make([]string, len(reasons))
	for i, reason := range reasons {
		parts[i] = fmt.Sprintf("%s %d", reason, dropped[reason])
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}
