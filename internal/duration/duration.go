package duration

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration whose text form is ISO 8601: "PT20S".
type Duration time.Duration

// Max is the longest duration that is read.
const Max = 366 * 24 * time.Hour

var isoDuration = regexp.MustCompile(
	`^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,9}))?S)?)?$`)

// Parse reads an ISO 8601 duration of weeks, days, hours, minutes and
// seconds, where a day has 24 hours and only seconds may have a fraction. Years
// and months are refused: they have no fixed length.
func Parse(text string) (Duration, error) {
	parts := isoDuration.FindStringSubmatch(text)
	if parts == nil || strings.HasSuffix(text, "P") || strings.HasSuffix(text, "T") {
		return 0, fmt.Errorf("%q is not an ISO 8601 duration of days, hours, minutes and seconds, such as PT30S or P1DT12H", text)
	}
	units := []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second}
	var total time.Duration
	for i, unit := range units {
		n, _ := strconv.ParseInt("0"+parts[i+1], 10, 64)
		if n > int64((Max)/unit) {
			return 0, fmt.Errorf("%q is longer than %d days", text, Max/(24*time.Hour))
		}
		total += time.Duration(n) * unit
	}
	if fraction := parts[6]; fraction != "" {
		nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		total += time.Duration(nanos)
	}
	return Duration(total), nil
}

// String returns the shortest ISO 8601 form in hours, minutes and seconds.
func (d Duration) String() string {
	if d == 0 {
		return "PT0S"
	}
	text := "PT"
	if d < 0 {
		return "-" + (-d).String()
	}
	rest := time.Duration(d)
	if hours := rest / time.Hour; hours > 0 {
		text += strconv.FormatInt(int64(hours), 10) + "H"
		rest %= time.Hour
	}
	if minutes := rest / time.Minute; minutes > 0 {
		text += strconv.FormatInt(int64(minutes), 10) + "M"
		rest %= time.Minute
	}
	if rest > 0 {
		seconds := fmt.Sprintf("%d.%09d", rest/time.Second, rest%time.Second)
		text += strings.TrimRight(strings.TrimRight(seconds, "0"), ".") + "S"
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
