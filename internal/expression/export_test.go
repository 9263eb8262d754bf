package expression

// Fast reports whether the program has a path beside cel-go.
func (p *Program) Fast() bool { return p.fast != nil }

// OnlyFast reports whether an evaluation needs nothing of cel-go.
func (p *Program) OnlyFast(r *Record) bool {
	v := p.fast.read(r)
	return v.kind != kindOther && (v.kind != kindFailed || outcome(v.bits) > beyond)
}
