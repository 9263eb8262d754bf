package profiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Bounds of profiles.
const (
	// MaxCSV bounds a CSV text, in bytes.
	MaxCSV = 2 << 20
	// MaxRead bounds the profiles that are read of a level at once.
	MaxRead = 100_000
	// MaxProblems bounds the broken rows that are told one by one.
	MaxProblems = 100
	// MaxKey bounds a key, in bytes.
	MaxKey = 500
	// maxColumns bounds the columns of a CSV text.
	maxColumns = 1000
	// maxRow bounds a row, in bytes.
	maxRow = 256 << 10
)

// Profile is what is known of one customer.
type Profile struct {
	// Key is the canonical form of the key, see KeyOf.
	Key string
	// Attributes of key and profile by name, values as definition.ValueType.Convert
	// gives them; what is not known is missing.
	Attributes map[string]any
}

// Table are the profiles in a group's database.
type Table interface {
	// Load adds profiles of a level, over what was known of the same keys. A key may
	// be there twice: the later one counts.
	Load(ctx context.Context, level string, profiles []Profile) error
	// Find returns the profile of a key; attributes are as those of Read.
	Find(ctx context.Context, level, key string) (_ Profile, found bool, _ error)
	// Delete removes the profile of a key, and reports whether there was one.
	Delete(ctx context.Context, level, key string) (bool, error)
	Source
}

// Source is what reads many profiles.
type Source interface {
	// Count is the number of profiles of a level, counted up to most.
	Count(ctx context.Context, level string, most int) (int, error)
	// Read returns at most limit profiles of a level in the order of their keys,
	// after that key; attributes are JSON values that nobody has checked.
	Read(ctx context.Context, level, after string, limit int) ([]Profile, error)
}

// KeyOf is the canonical form of a level's key: the value of its one attribute, or
// a JSON array of them where it has several. The error names what is missing.
func KeyOf(level definition.AudienceLevel, attributes map[string]any) (string, error) {
	parts := make([]string, len(level.Key))
	for i, a := range level.Key {
		switch value := attributes[a.Name].(type) {
		case string:
			parts[i] = value
		case int64:
			parts[i] = strconv.FormatInt(value, 10)
		default:
			return "", fmt.Errorf("the key %s has no value", a.Name)
		}
		if parts[i] == "" {
			return "", fmt.Errorf("the key %s is empty", a.Name)
		}
	}
	key := parts[0]
	if len(parts) > 1 {
		text, err := json.Marshal(parts)
		if err != nil {
			return "", err
		}
		key = string(text)
	}
	if len(key) > MaxKey {
		return "", fmt.Errorf("the key has %d bytes, at most %d are allowed", len(key), MaxKey)
	}
	return key, nil
}

// Conform makes what was read from a table profiles of the level as it is now:
// values of its types, without what it does not declare.
func Conform(level definition.AudienceLevel, p Profile) (Profile, error) {
	conformed := Profile{Key: p.Key, Attributes: make(map[string]any, len(p.Attributes))}
	for _, declared := range [][]definition.Attribute{level.Key, level.Profile} {
		for _, a := range declared {
			value, err := a.Type.Convert(p.Attributes[a.Name])
			if err != nil {
				return Profile{}, fmt.Errorf("%s: %w", a.Name, err)
			}
			if value != nil {
				conformed.Attributes[a.Name] = value
			}
		}
	}
	key, err := KeyOf(level, conformed.Attributes)
	if err == nil && key != p.Key {
		err = errors.New("the key of the level has changed since it was loaded")
	}
	return conformed, err
}

// Problem is a row that is broken.
type Problem struct {
	// Line is where the row begins; 0 where it is of no text.
	Line    int    `json:"line,omitempty" doc:"Where the row begins; absent for one of the table"`
	Key     string `json:"key,omitempty" doc:"Of a profile of the table"`
	Message string `json:"message"`
}

// Problems are the rows that were broken.
type Problems struct {
	First []Problem `json:"first,omitempty"` // at most MaxProblems
	Count int       `json:"count"`
}

// Add notes a broken row.
func (p *Problems) Add(problem Problem) {
	p.Count++
	if len(p.First) < MaxProblems {
		p.First = append(p.First, problem)
	}
}

func malformed(line int, format string, args ...any) error {
	return fault.New(fault.Invalid, "malformed-csv", "the profiles are no CSV text with a header").At("csv", line, format, args...)
}
