package expression

// find reads a key of a map; ok is false for a map that only cel-go handles.
func find(container value, key string) (v value, found, ok bool) {
	switch m := container.ref.(type) {
	case map[string]any:
		element, found := m[key]
		if !found {
			return value{}, false, true
		}
		return valueOf(element), true, true
	case map[string]int:
		element, found := m[key]
		return intValue(int64(element)), found, true
	case map[string]string:
		element, found := m[key]
		return textValue(element), found, true
	}
	return value{}, false, false
}

// missing is what a key leads to that is not there.
type missing struct{ value }

// key reads a key of a value, of which only maps have any.
func (miss missing) key(from value, key string) value {
	switch from.kind {
	case kindFailed, kindAbsent:
		return from
	case kindMap:
		v, found, ok := find(from, key)
		if !ok {
			return beyond.value()
		}
		if !found {
			return miss.value
		}
		return v
	case kindNull, kindBool, kindInt, kindDouble:
		return miss.value
	default:
		return beyond.value()
	}
}

// index reads an element of a list.
func (miss missing) index(from value, index int64) value {
	if from.kind == kindFailed || from.kind == kindAbsent {
		return from
	}
	switch list := from.ref.(type) {
	case []any:
		if index >= 0 && index < int64(len(list)) {
			return valueOf(list[index])
		}
		return miss.value
	case []string:
		if index >= 0 && index < int64(len(list)) {
			return textValue(list[index])
		}
		return miss.value
	}
	return beyond.value()
}

// computed reads an element whose key is not known before.
func computed(from, key value) value {
	if from.kind == kindFailed {
		return from
	}
	if o, ok := key.usable(); !ok {
		return o.value()
	}
	if o, ok := from.usable(); !ok {
		return o.value()
	}
	miss := missing{failed.value()}
	switch key.kind {
	case kindText:
		return miss.key(from, key.text)
	case kindInt:
		return miss.index(from, int64(key.bits))
	default:
		return beyond.value()
	}
}

// hasKey is the macro has().
func hasKey(from value, key string) outcome {
	switch from.kind {
	case kindFailed:
		return outcome(from.bits)
	case kindMap:
		_, found, ok := find(from, key)
		if !ok {
			return beyond
		}
		return truth(found)
	case kindNull, kindBool, kindInt, kindDouble:
		return no
	default:
		return beyond
	}
}
