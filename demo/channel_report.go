package demo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/switchyard/switchyard/client"
)

// OffersReport is what came of the offers of the channel.
type OffersReport struct {
	Offers []OfferFigures // the most presented first
	// First and Last are the shares of the presented offers that the first visitors
	// took, and those for whom the platform had learned.
	First, Last float64
}

// OfferFigures are one offer's.
type OfferFigures struct {
	Offer     string
	Presented int
	Accepted  int
}

func (b *offerBook) report() OffersReport {
	report := OffersReport{First: b.first.rate(), Last: b.last.rate()}
	for _, figures := range slices.SortedFunc(maps.Values(b.offers), func(x, y *OfferFigures) int {
		return cmp.Or(cmp.Compare(y.Presented, x.Presented), cmp.Compare(x.Offer, y.Offer))
	}) {
		report.Offers = append(report.Offers, *figures)
	}
	return report
}

func (r *Report) printOffers(b *strings.Builder) {
	if len(r.Offers.Offers) == 0 {
		return
	}
	b.WriteString("\nOffers on the web channel\n\n")
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "offer\tpresented\taccepted\trate\t")
	for _, o := range r.Offers.Offers {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%.1f%%\t\n", o.Offer, o.Presented, o.Accepted, 100*share{o.Presented, o.Accepted}.rate())
	}
	_ = table.Flush()
	fmt.Fprintf(b, "\n  accepted by the first %d visitors %.1f%%, by those who came after it had learned %.1f%%: %.2f times as much\n",
		learningBegins, 100*r.Offers.First, 100*r.Offers.Last, r.Offers.Last/max(r.Offers.First, .001))
	for _, decision := range r.Explained {
		printDecision(b, decision)
	}
}

func printDecision(b *strings.Builder, d client.OfferDecision) {
	fmt.Fprintf(b, "\n  Why a technician of 41 sees what at %s (segments %s)\n\n", d.Point, strings.Join(d.Segments, ", "))
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, c := range d.Candidates {
		score := ""
		if c.Score != nil {
			score = fmt.Sprintf("%.2f by %s", *c.Score, c.Source)
		}
		_, _ = fmt.Fprintf(table, "    %s\t%s/%s\t%s\t%s\n", c.Offer, c.Strategy, c.Rule, score, cmp.Or(c.Text, c.Reason))
	}
	_ = table.Flush()
}
