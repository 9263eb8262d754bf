package touchpoint

import (
	"sync"

	"github.com/switchyard/switchyard/runtime/session"
)

// usual are values that many visitors have, such as a country, kept once for all
// sessions. They are forgotten when they are many.
type usual struct {
	mu   sync.Mutex
	kept map[any]any
}

// Bounds of what is kept.
const (
	mostUsual     = 8192
	longestUsual  = 64  // bytes of a text
	smallestUsual = 256 // numbers below take no memory
)

// of is the value, in the memory of an equal one where there is one.
func (u *usual) of(value any) any {
	switch v := value.(type) {
	case string:
		if len(v) > longestUsual {
			return value
		}
	case int64:
		if 0 <= v && v < smallestUsual {
			return value
		}
	case float64:
		if v == 0 { // which may have a sign
			return value
		}
	default:
		return value
	}
	if kept, ok := u.kept[value]; ok {
		return kept
	}
	if u.kept == nil || len(u.kept) >= mostUsual {
		u.kept = map[any]any{}
	}
	u.kept[value] = value
	return value
}

// profile is what a session keeps of the attributes.
func (l *level) profile(attributes map[string]any) session.Values {
	l.usual.mu.Lock()
	for name, value := range attributes {
		attributes[name] = l.usual.of(value)
	}
	l.usual.mu.Unlock()
	return session.NewValues(l.names, attributes)
}
