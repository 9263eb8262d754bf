package process

// flow is an edge that the document names, or, with no node, leaves out.
type flow struct {
	from int
	at   value
	set  func(to int)
}

// resolve turns the words and names of all edges into indexes.
func (p *parser) resolve() {
	// The flow of a block stands before those of the steps in it, which need it.
	for _, f := range p.flows {
		f.set(p.edge(f))
	}
	for i := range p.definition.steps {
		p.definition.steps[i].skip = p.following(i)
	}
}

// edge is where a flow leads.
func (p *parser) edge(f flow) int {
	if f.at.node == nil {
		return p.following(f.from)
	}
	word, ok := f.at.text(expectedFlow)
	if !ok {
		return ended
	}
	block := p.blocks[p.owner[f.from]]
	switch word {
	case "continue":
		return p.following(f.from)
	case "exit":
		return p.after(block)
	case "end":
		return ended
	}
	for _, member := range block.members {
		if p.definition.steps[member].name == word {
			return member
		}
	}
	if _, elsewhere := p.definition.index[word]; elsewhere {
		f.at.problem("the step %s is in another list; expected %s", word, expectedFlow)
	} else {
		f.at.problem("there is no step %s; expected %s", f.at.kind(), expectedFlow)
	}
	return ended
}

// following is the step after i in its list, or what comes after the list.
func (p *parser) following(i int) int {
	block := p.blocks[p.owner[i]]
	for n, member := range block.members {
		if member == i && n+1 < len(block.members) {
			return block.members[n+1]
		}
	}
	if block.owner < 0 {
		return fellOff
	}
	return p.after(block)
}

// after is where a process goes when a block is left.
func (p *parser) after(b *block) int {
	if b.owner < 0 {
		return ended
	}
	return p.definition.steps[b.owner].next
}
