package decision

import "fmt"

// Explain decides as Decide does and says for every candidate what became of it.
// It looks at all rules of the audience level, not only at those that an index
// finds, and takes each through the same steps.
func (m *Model) Explain(in *Input) Explanation {
	var explanation Explanation
	m.explain(in, &explanation, true)
	return explanation
}

// Trace is Explain without texts, for many decisions: the memory of into is used
// again.
func (m *Model) Trace(in *Input, into *Explanation) { m.explain(in, into, false) }

func (m *Model) explain(in *Input, into *Explanation, texts bool) {
	r := m.begin(in)
	defer m.end(r)
	into.Zone, into.Segments, into.Candidates = in.Point.Zone, append(into.Segments[:0], in.Segments...), into.Candidates[:0]
	x := &explainer{run: r, explanation: into, texts: texts}
	if r.level != nil {
		for _, id := range r.level.rules {
			x.rule(id)
		}
	}
	for i := range in.Overrides {
		x.assigned(i)
	}
	for i := range in.Defaults {
		x.byDefault(i)
	}
	ranked := r.best(len(r.entries))
	best := ranked[:min(max(in.Count, 0), len(ranked))]
	x.compare(ranked, len(best))
	r.write(&into.Result, best)
}

type explainer struct {
	*run
	explanation *Explanation
	texts       bool
	competing   []competitor
}

// competitor is a candidate that has a score, by its place in the explanation.
type competitor struct {
	at    int
	entry entry
}

func (x *explainer) rule(id RuleID) {
	rule := &x.m.rules[id]
	c := Candidate{Offer: x.m.offers[rule.offer].code, Origin: OriginRule, ID: id, Rule: x.m.names[id]}
	e, v := entry{}, verdict{reason: x.candidacy(rule)}
	if v.reason == "" {
		e, v = x.judge(id)
	}
	x.add(c, e, v, x.textOf(rule.offer, x.m.Definition(id), v))
}

func (x *explainer) assigned(i int) {
	o := &x.in.Overrides[i]
	if !o.Adds {
		return
	}
	c := Candidate{Origin: OriginAssigned, ID: NoRule}
	if !x.m.has(o.Offer) {
		x.add(c, entry{}, verdict{reason: UnknownOffer}, textUnknown)
		return
	}
	c.Offer = x.m.offers[o.Offer].code
	e, v := entry{}, verdict{reason: NotAssigned}
	if x.applies[i] {
		e, v = x.run.assigned(i)
	}
	x.add(c, e, v, x.textOf(o.Offer, nil, v))
}

func (x *explainer) byDefault(i int) {
	id := x.in.Defaults[i].Offer
	c := Candidate{Origin: OriginDefault, ID: NoRule}
	e, v := x.run.byDefault(i)
	if !x.m.has(id) {
		x.add(c, e, v, textUnknown)
		return
	}
	c.Offer = x.m.offers[id].code
	x.add(c, e, v, x.textOf(id, nil, v))
}

// add notes a candidate. What was not dropped competes; compare completes it.
func (x *explainer) add(c Candidate, e entry, v verdict, text string) {
	if v.reason != "" {
		c.Step, c.Reason, c.Text = v.reason.Step(), v.reason, text
		x.explanation.Candidates = append(x.explanation.Candidates, c)
		return
	}
	c.Score, c.Source = e.score, sources[e.source]
	x.competing = append(x.competing, competitor{at: len(x.explanation.Candidates), entry: e})
	x.explanation.Candidates = append(x.explanation.Candidates, c)
	x.keep(e, v)
}

// compare says of those that have a score what became of them in the steps 5 and
// 6. The order of a candidate is its own, so it tells which one is in the ranking.
func (x *explainer) compare(ranked []entry, chosen int) {
	places := make(map[OfferID]int, len(ranked))
	for i := range ranked {
		places[ranked[i].offer] = i
	}
	for _, competitor := range x.competing {
		c := &x.explanation.Candidates[competitor.at]
		place := places[competitor.entry.offer]
		best := &ranked[place]
		switch {
		case best.order != competitor.entry.order:
			c.Reason = Duplicate
		case place >= chosen:
			c.Rank, c.Reason = place+1, Outscored
		default:
			c.Rank, c.Reason = place+1, Won
		}
		c.Step = c.Reason.Step()
		if x.texts {
			c.Text = x.textOfRank(c, best, chosen)
		}
	}
}

func (x *explainer) textOfRank(c *Candidate, best *entry, chosen int) string {
	switch c.Reason {
	case Duplicate:
		return fmt.Sprintf("%s counts for the same offer, with %v", x.origin(best), best.score)
	case Outscored:
		return fmt.Sprintf("place %d, and %d were chosen", c.Rank, chosen)
	default:
		return fmt.Sprintf("place %d", c.Rank)
	}
}

// origin names what made an entry a candidate.
func (x *explainer) origin(e *entry) string {
	switch {
	case e.rule != NoRule:
		return x.m.names[e.rule].String()
	case e.order < int32(len(x.m.rules)+len(x.in.Overrides)):
		return "the offer assigned to the customer"
	default:
		return "the default offer of the customer"
	}
}
