package learning

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Choice is what has to be kept of a decision to judge by what came of it how
// other policies would have chosen for the first place of its list. All of it but
// the propensity was there before chance had its part.
type Choice struct {
	// Propensity is the probability with which the offer came first.
	Propensity float64
	// Exploration is the share of such decisions that is made at random.
	Exploration float64
	// Baseline is the offer that the scores without learning put first; empty where
	// they have none.
	Baseline string
	// Segments are the smart segments of the visitor.
	Segments []string
	// Candidates are the codes of all offers that could have come first; none where
	// they were too many to be kept.
	Candidates []string
}

const (
	// ChoiceColumn is the further column of a contact that has its choice: no
	// history mapping can have one of that name.
	ChoiceColumn = "learning.choice"
	// MaxChoice is the longest text of a choice, in bytes.
	MaxChoice = 2048

	maxSegments = 512 // bytes of the segments
	nothing     = "-" // in place of an empty part
	choiceParts = 5
)

// Append appends its text, of at most MaxChoice bytes: propensity, exploration,
// baseline, segments, candidates. Names have neither spaces nor commas. Segments
// without room are left out; candidates all, so that nothing false is said of one.
//
//	0.746 0.1 gold-card affluent,young car-loan,gold-card,savings
func (c *Choice) Append(b []byte) []byte {
	from := len(b)
	b = strconv.AppendFloat(b, c.Propensity, 'g', 6, 64)
	b = append(b, ' ')
	b = strconv.AppendFloat(b, c.Exploration, 'g', 6, 64)
	b = append(b, ' ')
	if c.Baseline == "" {
		b = append(b, nothing...)
	}
	b = append(append(b, c.Baseline...), ' ')
	b, _ = appendNames(b, c.Segments, maxSegments)
	b = append(b, ' ')
	whole, fits := appendNames(b, c.Candidates, MaxChoice-(len(b)-from))
	if !fits {
		return append(b, nothing...)
	}
	return whole
}

// appendNames appends as many as there is room for.
func appendNames(b []byte, names []string, room int) (with []byte, fits bool) {
	if len(names) == 0 {
		return append(b, nothing...), true
	}
	for i, name := range names {
		if room -= len(name) + 1; room < 0 {
			if i == 0 {
				b = append(b, nothing...)
			}
			return b, false
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, name...)
	}
	return b, true
}

// String is the text that Append appends.
func (c *Choice) String() string { return string(c.Append(nil)) }

// ParseChoice reads what Append writes.
func ParseChoice(text string) (Choice, error) {
	c, ok := parseChoice(text)
	if !ok {
		return Choice{}, fmt.Errorf("%.100q is not what is kept of a decision", text)
	}
	return c, nil
}

func parseChoice(text string) (c Choice, ok bool) {
	parts := strings.Split(text, " ")
	if len(text) > MaxChoice || len(parts) != choiceParts || slices.Contains(parts, "") {
		return Choice{}, false
	}
	if c.Propensity, ok = shareOf(parts[0]); !ok || c.Propensity == 0 {
		return Choice{}, false
	}
	if c.Exploration, ok = shareOf(parts[1]); !ok {
		return Choice{}, false
	}
	if parts[2] != nothing {
		c.Baseline = parts[2]
	}
	c.Segments, c.Candidates = names(parts[3]), names(parts[4])
	return c, true
}

func shareOf(text string) (share float64, ok bool) {
	share, err := strconv.ParseFloat(text, 64)
	return share, err == nil && share >= 0 && share <= 1
}

func names(text string) []string {
	if text == nothing {
		return nil
	}
	return strings.Split(text, ",")
}
