package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/switchyard/switchyard/client"
)

// Summary is the demo's last line, as JSON. Its figures are what the servers
// answered when all was over.
type Summary struct {
	OK bool `json:"ok"`
	// Problem says what went wrong; absent when OK.
	Problem    string `json:"problem,omitempty"`
	Submitted  int    `json:"submitted"`
	Stopped    int    `json:"stopped"`
	Lost       int    `json:"lost"`
	Duplicated int    `json:"duplicated"`
	// Failed are interactions that stopped because their business process failed.
	Failed int `json:"failed"`
	// LeftOut are rows of the file that could not be used.
	LeftOut   int               `json:"leftOut"`
	Refused   int               `json:"refused"`
	Solutions []SolutionSummary `json:"solutions"`
	// RecoverySeconds is from SIGKILL of a server until it served again.
	RecoverySeconds float64 `json:"recoverySeconds"`
	Seconds         float64 `json:"seconds"`
}

// SolutionSummary is one solution's part of the summary.
type SolutionSummary struct {
	Name      string `json:"name"`
	Database  string `json:"database"`
	PID       int    `json:"pid"`
	Submitted int    `json:"submitted"`
	Stopped   int    `json:"stopped"`
}

// Report is all that the demo shows to people at its end.
type Report struct {
	Summary
	Figures []Figures
	Offers  OffersReport
	// Explained is why one visitor was given what.
	Explained []client.OfferDecision
	Faults    []Fault
	Broken    []BrokenRow
	// TemporalUI is the base URL of the Temporal UI.
	TemporalUI string
	Namespace  string
	// Example is the id of one finished workflow, as a place to look at first.
	Example string
}

// Figures are one solution's statistics, read from its server.
type Figures struct {
	Solution  string
	Submitted int
	Routed    int
	Handled   int
	Stopped   int
	Refused   int
	Waits     []ProcessWait
}

// ProcessWait is how long interactions of one process waited for an agent.
type ProcessWait struct {
	Process string
	Median  time.Duration
	P95     time.Duration
	Max     time.Duration
}

// Fault is something that the demo broke on purpose, and what came of it.
type Fault struct {
	What    string
	Outcome string
	Took    time.Duration
}

// Print writes the report for people, then the summary as one line of JSON.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	r.printFigures(&b)
	r.printOffers(&b)
	r.printFaults(&b)
	r.printBroken(&b)
	r.printWhereToLook(&b)
	if r.Solutions == nil {
		r.Solutions = []SolutionSummary{}
	}
	line, err := json.Marshal(r.Summary)
	if err != nil {
		return fmt.Errorf("encode summary: %w", err)
	}
	b.Write(line)
	b.WriteByte('\n')
	_, err = io.WriteString(w, b.String())
	return err
}

func (r *Report) printFigures(b *strings.Builder) {
	if len(r.Figures) == 0 {
		return
	}
	b.WriteString("\nWhat the servers report\n\n")
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "solution\tsubmitted\trouted\thandled\tstopped\trefused\t")
	for _, f := range r.Figures {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t\n", f.Solution, f.Submitted, f.Routed, f.Handled, f.Stopped, f.Refused)
	}
	_ = table.Flush()
	b.WriteString("\nWaiting for an agent\n\n")
	table = tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "process\tmedian\tp95\tlongest\t")
	for _, f := range r.Figures {
		for _, p := range f.Waits {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t\n", p.Process, round(p.Median), round(p.P95), round(p.Max))
		}
	}
	_ = table.Flush()
}

func (r *Report) printFaults(b *strings.Builder) {
	if len(r.Faults) == 0 {
		return
	}
	b.WriteString("\nWhat was broken on purpose\n\n")
	for _, f := range r.Faults {
		fmt.Fprintf(b, "  %s\n    %s", f.What, f.Outcome)
		if f.Took > 0 {
			fmt.Fprintf(b, " (%s)", round(f.Took))
		}
		b.WriteByte('\n')
	}
}

func (r *Report) printBroken(b *strings.Builder) {
	const shown = 20
	if len(r.Broken) == 0 {
		return
	}
	fmt.Fprintf(b, "\nRows left out: %d\n\n", len(r.Broken))
	for i, row := range r.Broken {
		if i == shown {
			fmt.Fprintf(b, "  and %d more\n", len(r.Broken)-shown)
			break
		}
		fmt.Fprintf(b, "  line %d: %s\n", row.Line, row.Reason)
	}
}

func (r *Report) printWhereToLook(b *strings.Builder) {
	if r.TemporalUI == "" {
		return
	}
	b.WriteString("\nIn the Temporal UI")
	b.WriteString(" (while the platform runs; --keep leaves it running)\n\n")
	fmt.Fprintf(b, "  interactions   %s/namespaces/%s/workflows\n", r.TemporalUI, r.Namespace)
	if r.Example != "" {
		fmt.Fprintf(b, "  one of them    %s/namespaces/%s/workflows/%s\n", r.TemporalUI, r.Namespace, strings.ReplaceAll(r.Example, "/", "%2F"))
	}
	fmt.Fprintf(b, "  provisioning   %s/namespaces/switchyard/workflows\n\n", r.TemporalUI)
}

func round(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
