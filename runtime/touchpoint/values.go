package touchpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/runtime/definition"
)

// converted makes JSON values those of the level's attributes. What is of another
// type is left out with a message.
func (c *call) converted(l *level, values map[string]any, of string) map[string]any {
	kept := make(map[string]any, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		kind, ok := l.profileType[name]
		if !ok {
			continue
		}
		value, err := kind.Convert(values[name])
		switch {
		case err != nil:
			c.warn(AttributeRefused, "%s %s: %s", of, name, err)
		case value != nil:
			kept[name] = value
		}
	}
	return kept
}

// inline converts the profile that a call brings along; false where it is too
// large.
func (c *call) inline(l *level, profile map[string]any) (map[string]any, bool) {
	if len(profile) > MaxAttributes {
		c.fail(AttributeRefused, "there are %d attributes, at most %d are allowed", len(profile), MaxAttributes)
		return nil, false
	}
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if _, ok := l.profileType[name]; !ok {
			c.warn(AttributeRefused, "audience level %s declares no attribute %.60q", l.name, name)
		}
	}
	kept := c.converted(l, profile, "attribute")
	for _, key := range l.definition.Key {
		if _, ok := kept[key.Name]; ok {
			c.warn(AttributeRefused, "attribute %s is part of the key", key.Name)
			delete(kept, key.Name)
		}
	}
	if size := sizeOfAll(kept); size > MaxProfileBytes {
		c.fail(AttributeRefused, "the attributes have %d bytes, at most %d are allowed", size, MaxProfileBytes)
		return nil, false
	}
	return kept, true
}

// key converts an audience id to the values of its level's key; none for an
// anonymous visitor, false where it does not fit.
func (c *call) key(l *level, id map[string]any) (values []any, text string, ok bool) {
	if len(id) == 0 {
		return nil, "", true
	}
	named := make(map[string]any, len(id))
	for _, a := range l.definition.Key {
		value, err := a.Type.Convert(id[a.Name])
		if err != nil {
			c.fail(MalformedAudienceID, "%s: %s", a.Name, err)
			return nil, "", false
		}
		values, named[a.Name] = append(values, value), value
	}
	if len(id) != len(values) {
		c.fail(MalformedAudienceID, "there are %d attributes, the key of %s has %d", len(id), l.name, len(values))
		return nil, "", false
	}
	text, err := profiles.KeyOf(l.definition, named)
	if err != nil {
		c.fail(MalformedAudienceID, "%s", err)
		return nil, "", false
	}
	return values, text, true
}

// parameters are those of the session with new ones over them; false where there
// are too many. The maps are not changed: frames keep them.
func (c *call) parameters(present, added map[string]any) (map[string]any, bool) {
	if len(added) == 0 {
		return present, true
	}
	if len(added) > MaxParameters {
		c.fail(ParameterRefused, "there are %d parameters, at most %d are allowed", len(added), MaxParameters)
		return present, false
	}
	merged := make(map[string]any, len(present)+len(added))
	maps.Copy(merged, present)
	size := sizeOfAll(merged)
	for _, name := range slices.Sorted(maps.Keys(added)) {
		value, err := plain(name, added[name])
		if err != nil {
			c.warn(ParameterRefused, "%.60q: %s", name, err)
			continue
		}
		old, known := merged[name]
		if known {
			size -= len(name) + sizeOf(old)
		}
		if value == nil { // takes it away
			delete(merged, name)
			continue
		}
		size += len(name) + sizeOf(value)
		if !known && len(merged) >= MaxParameters || size > MaxParameterBytes {
			c.fail(ParameterRefused, "a session has at most %d parameters and %d bytes of them", MaxParameters, MaxParameterBytes)
			return present, false
		}
		merged[name] = value
	}
	return merged, true
}

// maxParameterName bounds the name of a parameter, in bytes.
const maxParameterName = 128

// plain is a parameter as expressions read it: a text, a number, a boolean or a
// list of texts; nil for null.
func plain(name string, value any) (any, error) {
	if name == "" || len(name) > maxParameterName || !utf8.ValidString(name) {
		return nil, fmt.Errorf("a name has 1 to %d bytes of UTF-8", maxParameterName)
	}
	converted, err := plainValue(value)
	if err != nil {
		return nil, err
	}
	if size := sizeOf(converted); size > MaxParameter {
		return nil, fmt.Errorf("the value has %d bytes, at most %d are allowed", size, MaxParameter)
	}
	return converted, nil
}

func plainValue(value any) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil //nolint:nilnil // no value is a value here
	case string:
		return definition.Text.Convert(v)
	case bool:
		return v, nil
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n, nil
		}
		return definition.Number.Convert(v)
	case int, int64:
		return definition.Whole.Convert(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), nil
		}
		return definition.Number.Convert(v)
	case []any, []string:
		return definition.Texts.Convert(v)
	default:
		return nil, errors.New("expected a text, a number, true, false or a list of texts")
	}
}

func sizeOfAll(values map[string]any) int {
	size := 0
	for name, value := range values {
		size += len(name) + sizeOf(value)
	}
	return size
}

func sizeOf(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []string:
		size := 0
		for _, text := range v {
			size += len(text) + 2
		}
		return size
	default:
		return 8
	}
}
