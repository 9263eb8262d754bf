package decision

// baseline is what the marketer's scores alone would put first, found on the way
// of a decision in which a model takes part.
type baseline struct {
	wanted bool
	found  bool
	first  entry
	// mixed says that a candidate kept its score where others have learned ones.
	mixed bool
	// ranked says that the best of the rules that do not learn was considered.
	ranked bool
}

// asks reports whether the best of the rules that do not learn is still wanted,
// chosen or not.
func (b *baseline) asks() bool { return b.wanted && !b.ranked }

// consider takes a candidate with the score that it has without learning.
func (b *baseline) consider(r *run, e entry) {
	if !b.found || r.m.order(e, b.first) < 0 {
		b.first, b.found = e, true
	}
}

// kept is told of each candidate that was not dropped.
func (b *baseline) kept(r *run, e entry) {
	if e.source == fromLearning {
		return // considered when it was scored
	}
	b.consider(r, e)
	b.mixed = b.mixed || !e.learns
}

// tell notes in the result what is known.
func (b *baseline) tell(r *run, result *Result) {
	if b.found {
		result.Baseline, result.Mixed = r.m.offers[b.first.offer].code, b.mixed
	}
}
