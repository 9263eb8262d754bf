package reportpage

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/switchyard/switchyard/contacthistory"
)

const (
	width = 1080.0
	left  = 190.0 // the labels' room in charts by offer
	edge  = 20.0

	rowHeight  = 30.0
	axisHeight = 28.0
	timeHeight = 280.0
	timeLeft   = 52.0

	// maxOffers bounds the offers that are drawn; the table has all.
	maxOffers = 20
	// maxLabel bounds what of an offer's code is drawn, in characters.
	maxLabel = 24
)

// charts are all of a page, in the units of their view boxes.
type charts struct {
	Time  timeChart
	Rates whiskerChart
	Lifts whiskerChart
}

func draw(r *contacthistory.Report) *charts {
	offers := r.Offers[:min(maxOffers, len(r.Offers))]
	return &charts{Time: overTime(r), Rates: rates(offers), Lifts: lifts(offers)}
}

// policyClasses are those of the origins that a policy's scores are of.
var policyClasses = map[contacthistory.PolicyKind]string{contacthistory.Logging: "learned", contacthistory.Baseline: "marketer"}

func policies(all []contacthistory.PolicySummary) whiskerChart {
	top := 0.0
	for _, p := range all {
		if p.DoublyRobust != nil {
			top = max(top, p.DoublyRobust.High)
		}
	}
	scale := newScale(0, top, left, width-edge)
	c := newWhiskers("Acceptance by policy with confidence intervals", scale, func(v float64) string { return short(100*v) + " %" })
	for _, p := range all {
		if p.DoublyRobust == nil {
			continue
		}
		c.add(p.String(), scale, []line{{cmp.Or(policyClasses[p.Kind], "all"), p.String(), &p.DoublyRobust.Interval, p.Matched}}, func(l line) string {
			return fmt.Sprintf("%s: %s (%s), as good as %s contacts", l.name, percent(l.estimate), span(l.estimate), count(int64(p.Effective)))
		})
	}
	return c.finish()
}

type tick struct {
	At, TextAt float64
	Class      string
	Text       string
}

// whiskerChart has one row per offer, with estimates and their intervals.
type whiskerChart struct {
	Label                         string
	Width, Height, Bottom, LabelX float64
	Ticks                         []tick
	Rows                          []whiskerRow
}

type whiskerRow struct {
	Text, Whole string
	TextAt      float64
	Marks       []mark
}

type mark struct {
	Class, Text          string
	At, Low, Value, High float64
}

// line is an estimate to be drawn.
type line struct {
	class, name string
	estimate    *contacthistory.Interval
	presented   int64
}

func rates(offers []contacthistory.OfferSummary) whiskerChart {
	top := 0.0
	lines := make([][]line, len(offers))
	for i, o := range offers {
		lines[i] = []line{
			{"learned", "learned", o.Learned.Acceptance, o.Learned.Presented}, {"marketer", "marketer", o.Marketer.Acceptance, o.Marketer.Presented},
		}
		if o.Learned.Acceptance == nil && o.Marketer.Acceptance == nil {
			lines[i] = []line{{"all", "all", o.Acceptance, o.Presented}}
		}
		for _, l := range lines[i] {
			if l.estimate != nil {
				top = max(top, l.estimate.High)
			}
		}
	}
	scale := newScale(0, top, left, width-edge)
	c := newWhiskers("Acceptance by offer with confidence intervals", scale, func(v float64) string { return short(100*v) + " %" })
	for i, o := range offers {
		c.add(o.Offer, scale, lines[i], func(l line) string {
			return fmt.Sprintf("%s, %s: %s (%s), %s presented", o.Offer, l.name, percent(l.estimate), span(l.estimate), count(l.presented))
		})
	}
	return c.finish()
}

func lifts(offers []contacthistory.OfferSummary) whiskerChart {
	low, high := 0.0, 0.0
	for _, o := range offers {
		if o.Lift != nil {
			low, high = min(low, o.Lift.Low), max(high, o.Lift.High)
		}
	}
	scale := newScale(low, high, left, width-edge)
	c := newWhiskers("Lift of learning by offer with confidence intervals", scale, func(v float64) string { return short(100*v) + " pp" })
	for _, o := range offers {
		if o.Lift != nil {
			c.add(o.Offer, scale, []line{{"learned", "lift", o.Lift, o.Presented}}, func(line) string {
				return fmt.Sprintf("%s: %s (%s)", o.Offer, points(o.Lift), pointSpan(o.Lift))
			})
		}
	}
	return c.finish()
}

func newWhiskers(label string, s scale, text func(float64) string) whiskerChart {
	c := whiskerChart{Label: label, Width: width, LabelX: left - 12}
	for _, v := range s.ticks() {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		c.Ticks = append(c.Ticks, tick{At: s.at(v), Class: class, Text: text(v)})
	}
	return c
}

func (c *whiskerChart) add(offer string, s scale, lines []line, text func(line) string) {
	middle := (float64(len(c.Rows)) + 0.5) * rowHeight
	row := whiskerRow{Text: shortened(offer), Whole: offer, TextAt: middle + 4}
	for i, l := range lines {
		if l.estimate == nil {
			continue
		}
		row.Marks = append(row.Marks, mark{
			Class: l.class, Text: text(l), At: middle + (float64(i)-float64(len(lines)-1)/2)*11,
			Low: s.at(l.estimate.Low), Value: s.at(l.estimate.Value), High: s.at(l.estimate.High),
		})
	}
	c.Rows = append(c.Rows, row)
}

func (c whiskerChart) finish() whiskerChart {
	c.Bottom = float64(len(c.Rows)) * rowHeight
	c.Height = c.Bottom + axisHeight
	return c
}

// timeChart has a curve per origin.
type timeChart struct {
	Width, Height, Left, Right, LabelX float64
	Ticks                              []tick
	Days                               []tick
	Curves                             []curve
}

type curve struct {
	Class      string
	Line, Band string
	Dots       []dot
}

type dot struct {
	X, Y float64
	// Low and High are the interval, which the band shows unless it is the only dot.
	Low, High float64
	Alone     bool
	Text      string
}

func overTime(r *contacthistory.Report) timeChart {
	c := timeChart{Width: width, Height: timeHeight, Left: timeLeft, Right: width - edge, LabelX: timeLeft - 8}
	origins := []struct {
		class string
		part  func(contacthistory.Period) contacthistory.Part
	}{
		{"marketer", func(p contacthistory.Period) contacthistory.Part { return p.Marketer }},
		{"learned", func(p contacthistory.Period) contacthistory.Part { return p.Learned }},
	}
	top := 0.0
	for _, p := range r.Periods {
		for _, o := range origins {
			if a := o.part(p).Acceptance; a != nil {
				// A period with two contacts would press all others flat.
				top = max(top, min(a.High, 2*a.Value+0.05))
			}
		}
	}
	y := newScale(0, top, timeHeight-axisHeight, 12)
	for _, v := range y.ticks() {
		c.Ticks = append(c.Ticks, tick{At: y.at(v), TextAt: y.at(v) + 4, Text: short(100*v) + " %"})
	}
	step := (c.Right - c.Left) / float64(len(r.Periods))
	for i, p := range r.Periods {
		if i%5 == 0 {
			c.Days = append(c.Days, tick{At: c.Left + step*(float64(i)+0.5), Text: p.From.Format("2 Jan")})
		}
	}
	for _, o := range origins {
		curve := curve{Class: o.class}
		var line, upper, lower []string
		for i, p := range r.Periods {
			part := o.part(p)
			if part.Acceptance == nil {
				continue
			}
			x := c.Left + step*(float64(i)+0.5)
			d := dot{X: x, Y: y.at(part.Acceptance.Value), Text: fmt.Sprintf("%s, from %s: %s (%s), %s presented",
				o.class, day(p.From), percent(part.Acceptance), span(part.Acceptance), count(part.Presented))}
			d.Low, d.High = y.at(part.Acceptance.Low), y.at(min(part.Acceptance.High, y.high))
			curve.Dots = append(curve.Dots, d)
			line = append(line, point(x, d.Y))
			upper = append(upper, point(x, d.High))
			lower = append([]string{point(x, d.Low)}, lower...)
		}
		if len(curve.Dots) == 1 {
			curve.Dots[0].Alone = true
		}
		curve.Line, curve.Band = strings.Join(line, " "), strings.Join(append(upper, lower...), " ")
		c.Curves = append(c.Curves, curve)
	}
	return c
}

func point(x, y float64) string { return fmt.Sprintf("%.1f,%.1f", x, y) }

// scale turns values into places.
type scale struct {
	low, high, step float64
	from, to        float64
}

// newScale has round numbers at its ends, around all values.
func newScale(low, high, from, to float64) scale {
	span := high - low
	if span <= 0 {
		span = 0.1
		high = low + span
	}
	step := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, times := range []float64{1, 2, 5, 10} {
		if span/(step*times) <= 6 {
			step *= times
			break
		}
	}
	return scale{low: math.Floor(low/step) * step, high: math.Ceil(high/step) * step, step: step, from: from, to: to}
}

func (s scale) at(v float64) float64 {
	return math.Round(10*(s.from+(s.to-s.from)*(v-s.low)/(s.high-s.low))) / 10
}

func (s scale) ticks() []float64 {
	var all []float64
	for i := 0; ; i++ {
		v := s.low + float64(i)*s.step
		if v > s.high+s.step/2 {
			return all
		}
		if math.Abs(v) < s.step/1000 {
			v = 0
		}
		all = append(all, v)
	}
}

// short writes a number without needless digits.
func short(v float64) string { return fmt.Sprintf("%g", math.Round(v*100)/100) }

// shortened leaves out the middle: names that begin alike often end otherwise.
func shortened(text string) string {
	runes := []rune(text)
	if len(runes) <= maxLabel {
		return text
	}
	const end = (maxLabel - 1) / 2
	return string(runes[:maxLabel-1-end]) + "…" + string(runes[len(runes)-end:])
}
