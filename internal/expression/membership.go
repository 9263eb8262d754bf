package expression

import "slices"

// set is what cel-go makes of a list of literals that are all truth values, numbers
// or texts. A number is found under its own type and, where that loses nothing, the
// other one: not quite what == does beyond 2^53, but what cel-go does.
type set struct {
	texts   []string
	text    map[string]struct{} // instead of texts when there are many
	ints    []int64
	doubles []float64
	bools   [2]bool
}

// manyTexts is from where on hashing is faster than comparing.
const manyTexts = 12

// setOf fails on what is none of these.
func setOf(elements []node) (*set, bool) {
	s := &set{}
	for _, element := range elements {
		if !element.planned {
			return nil, false
		}
		switch v := *element.literal; v.kind {
		case kindText:
			s.texts = append(s.texts, v.text)
		case kindBool:
			s.bools[v.bits] = true
		case kindInt:
			s.ints = append(s.ints, int64(v.bits))
			s.doubles = append(s.doubles, v.number())
		case kindDouble:
			s.doubles = append(s.doubles, v.double())
			if whole := toInt(v); whole.kind == kindInt && whole.number() == v.double() {
				s.ints = append(s.ints, int64(whole.bits))
			}
		default:
			return nil, false
		}
	}
	slices.Sort(s.ints)
	slices.Sort(s.doubles)
	if len(s.texts) >= manyTexts {
		s.text = make(map[string]struct{}, len(s.texts))
		for _, text := range s.texts {
			s.text[text] = struct{}{}
		}
	}
	return s, true
}

func (s *set) hasText(text string) outcome {
	if s.text != nil {
		_, ok := s.text[text]
		return truth(ok)
	}
	for _, t := range s.texts {
		if t == text {
			return yes
		}
	}
	return no
}

func (s *set) has(v value) outcome {
	switch v.kind {
	case kindText:
		return s.hasText(v.text)
	case kindInt:
		_, ok := slices.BinarySearch(s.ints, int64(v.bits))
		return truth(ok)
	case kindDouble:
		_, ok := slices.BinarySearch(s.doubles, v.double())
		return truth(ok && v.double() == v.double())
	case kindBool:
		return truth(s.bools[v.bits])
	case kindFailed, kindOther, kindUnset, kindAbsent:
		o, _ := v.usable()
		return o
	default:
		return no
	}
}

// within is the operator in, with a list or a map of at most limit elements.
func within(v, container value, limit int) outcome {
	if o, ok := v.usable(); !ok {
		return o
	}
	if o, ok := container.usable(); !ok {
		return o
	}
	switch list := container.ref.(type) {
	case []string:
		if len(list) > limit {
			return beyond
		}
		if v.kind == kindList || v.kind == kindMap {
			return no
		}
		return truth(v.kind == kindText && slices.Contains(list, v.text))
	case []any:
		if len(list) > limit {
			return beyond
		}
		return among(v, list)
	}
	if container.kind != kindMap {
		return failedOverload
	}
	if v.kind != kindText {
		return beyond
	}
	_, found, ok := find(container, v.text)
	if !ok {
		return beyond
	}
	return truth(found)
}

func among(v value, list []any) outcome {
	for _, element := range list {
		candidate := valueOf(element)
		if candidate.kind == kindOther {
			return beyond
		}
		if o := equal(v, candidate); o != no {
			return o
		}
	}
	return no
}
