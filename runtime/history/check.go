package history

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchyard/switchyard/internal/fault"
)

// Bounds of what is recorded.
const (
	// MaxRows bounds a batch: the offers of all points of one call.
	MaxRows = 1_000
	// MaxText bounds a text of a row, in bytes: three of them fit into an index.
	MaxText = 512
	// MaxColumns bounds the further columns of a row.
	MaxColumns = 200
	// MaxColumnBytes bounds the texts in the further columns of a row.
	MaxColumnBytes = 64 << 10
)

// maxPlaces bounds the mistakes that are told.
const maxPlaces = 20

// rowBytes is about what a row takes in memory beside its texts.
const rowBytes = 512

// check says what cannot be stored, and otherwise about how many bytes the batch
// takes. One row that the database refuses would take those of other callers with
// it.
func (b *Batch) check() (bytes int, err error) {
	if b.Rows() > MaxRows {
		return 0, fault.New(fault.Invalid, "too-many-rows", "a batch has %d rows, at most %d are allowed", b.Rows(), MaxRows)
	}
	c := checker{}
	for i := range b.Contacts {
		c.list, c.index = "contacts", i
		c.contact(&b.Contacts[i])
	}
	for i := range b.Responses {
		c.list, c.index = "responses", i
		c.response(&b.Responses[i])
	}
	if c.fault != nil {
		return 0, c.fault
	}
	return c.bytes + b.Rows()*rowBytes, nil
}

type checker struct {
	list  string
	index int
	fault *fault.Fault
	bytes int // of texts
}

func (c *checker) wrong(field, format string, args ...any) {
	if c.fault == nil {
		c.fault = fault.New(fault.Invalid, "malformed-history", "the history cannot keep this")
	}
	if len(c.fault.Places) < maxPlaces {
		c.fault = c.fault.At(fmt.Sprintf("%s[%d].%s", c.list, c.index, field), 0, format, args...)
	}
}

func (c *checker) contact(v *Contact) {
	if v.Treatment.IsZero() {
		c.wrong("treatment", "expected a treatment code")
	}
	c.texts("session", v.Session, "channel", v.Channel, "point", v.Point, "zone", v.Zone, "level", v.Level, "customer", v.Customer,
		"offer", v.Offer, "strategy", v.Strategy, "rule", v.Rule, "segment", v.Segment, "source", string(v.Source),
		"learning", v.Learning, "hash", v.Hash)
	if v.Offer == "" {
		c.wrong("offer", "expected the code of an offer")
	}
	c.number("score", v.Score)
	c.number("propensity", v.Propensity)
	c.time("at", v.At)
	c.columns(v.Columns)
}

func (c *checker) response(v *Response) {
	if v.Treatment.IsZero() {
		c.wrong("treatment", "expected a treatment code")
	}
	c.texts("type", v.Type, "session", v.Session, "channel", v.Channel)
	if v.Type == "" {
		c.wrong("type", "expected a response type")
	}
	switch v.Class {
	case Accept, Reject, Neither, Seen:
	default:
		c.wrong("class", "expected accept, reject, neither or seen")
	}
	c.time("at", v.At)
	c.columns(v.Columns)
}

// texts checks pairs of field and value.
func (c *checker) texts(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		text := pairs[i+1]
		c.bytes += len(text)
		if len(text) > MaxText {
			c.wrong(pairs[i], "the text has %d bytes, at most %d are allowed", len(text), MaxText)
		} else if why := unstorable(text); why != "" {
			c.wrong(pairs[i], "%s", why)
		}
	}
}

func unstorable(text string) string {
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return "expected UTF-8 without the character NUL"
	}
	return ""
}

func (c *checker) number(field string, n float64) {
	if why := unstorableNumber(n); why != "" {
		c.wrong(field, "%s", why)
	}
}

func unstorableNumber(n float64) string {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return "expected a finite number"
	}
	return ""
}

func (c *checker) time(field string, at time.Time) {
	if why := unstorableTime(at); why != "" {
		c.wrong(field, "%s", why)
	}
}

func unstorableTime(at time.Time) string {
	if year := at.UTC().Year(); at.IsZero() || year < 1 || year > 9999 {
		return "expected a time of the years 1 to 9999"
	}
	return ""
}

func (c *checker) columns(columns map[string]any) {
	if len(columns) > MaxColumns {
		c.wrong("columns", "there are %d columns, at most %d are allowed", len(columns), MaxColumns)
		return
	}
	sum := 0
	for name, value := range columns {
		sum += len(name)
		if why := unstorable(name); why != "" {
			c.wrong("columns", "a name: %s", why)
			continue
		}
		bytes, why := unstorableValue(value)
		if why != "" {
			c.wrong("columns."+name, "%s", why)
		}
		sum += bytes
	}
	c.bytes += sum
	if sum > MaxColumnBytes {
		c.wrong("columns", "they have %d bytes, at most %d are allowed", sum, MaxColumnBytes)
	}
}

// unstorableValue says why a column cannot be kept, and how many bytes of texts it
// has.
func unstorableValue(value any) (bytes int, why string) {
	switch value := value.(type) {
	case nil, bool, int64:
		return 0, ""
	case float64:
		return 0, unstorableNumber(value)
	case time.Time:
		return 0, unstorableTime(value)
	case string:
		return len(value), unstorable(value)
	case []string:
		for _, text := range value {
			bytes += len(text)
			why = cmp.Or(why, unstorable(text))
		}
		return bytes, why
	default:
		return 0, "expected a text, a number, true or false, a time or texts"
	}
}
