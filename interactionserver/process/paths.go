package process

// checkPaths makes sure that every step can be reached and that every path ends
// where the author says so: at a stop, at then: end, or when an agent is done with
// what was routed to it or pulled by it.
func (p *parser) checkPaths() {
	reached := p.reached()
	ends := p.endsFrom()
	stuck := false
	for i, s := range p.definition.steps {
		switch {
		case !reached[i]:
			if owner := p.blocks[p.owner[i]].owner; owner < 0 || reached[owner] {
				p.checker.add(s.path, s.line, "no path leads to this step")
			}
		case !ends[i]:
			if !stuck {
				p.checker.add(s.path, s.line, "no path from this step ends; lead one to a stop or to then: end")
			}
			stuck = true
		default:
			p.checkFall(s)
		}
	}
}

// checkFall refuses the edges of a step that run off the end of the document.
func (p *parser) checkFall(s step) {
	if s.condition != nil && s.skip == fellOff {
		p.checker.add(s.path, s.line, "when its if is false the path runs off the end of the document; "+
			"add a stop behind it, or a switch before it with then: end")
	}
	if s.route != nil || s.queue != nil {
		return
	}
	for _, to := range s.edges() {
		if to == fellOff {
			p.checker.add(s.path, s.line, "the path runs off the end of the document here; "+
				"end it with call: stop, then: end, or a route or queue step")
			return
		}
	}
}

// edges are where a step leads once it is executed; its skip is not among them.
func (s step) edges() []int {
	switch {
	case s.block != nil:
		return []int{s.block.first}
	case s.stop != nil:
		return nil
	case s.choice != nil:
		var to []int
		for _, c := range s.choice.cases {
			to = append(to, c.to)
			if c.when == nil {
				return to
			}
		}
		return append(to, s.next)
	case s.route != nil && s.route.expires():
		return []int{s.next, s.route.onNoTarget}
	}
	if o := s.outcome(); o != nil && o.onFailure != nil {
		return []int{s.next, *o.onFailure}
	}
	return []int{s.next}
}

// leads are all steps or ends that a step may lead to.
func (s step) leads() []int {
	if s.condition == nil {
		return s.edges()
	}
	return append(s.edges(), s.skip)
}

// reached marks the steps that a path from the first one leads to.
func (p *parser) reached() []bool {
	marked := make([]bool, len(p.definition.steps))
	for open := []int{0}; len(open) > 0; {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if i < 0 || marked[i] {
			continue
		}
		marked[i] = true
		open = append(open, p.definition.steps[i].leads()...)
	}
	return marked
}

// endsFrom marks the steps from which some path ends.
func (p *parser) endsFrom() []bool {
	steps := p.definition.steps
	marked := make([]bool, len(steps))
	for changed := true; changed; {
		changed = false
		for i := len(steps) - 1; i >= 0; i-- {
			if !marked[i] && leadsToEnd(steps[i], marked) {
				marked[i], changed = true, true
			}
		}
	}
	return marked
}

func leadsToEnd(s step, marked []bool) bool {
	if s.stop != nil {
		return true
	}
	for _, to := range s.leads() {
		if to < 0 || marked[to] {
			return true
		}
	}
	return false
}
