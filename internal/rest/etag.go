package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
)

// ETag is embedded in an output; set it with VersionETag. A GET whose ETag the
// caller already has (If-None-Match) is answered 304 without more ado.
type ETag struct {
	ETag string `header:"ETag" doc:"Names this version of the resource; send it back in If-Match."`
}

// IfMatch is embedded in the input of an operation that changes what people edit.
type IfMatch struct {
	IfMatch string `header:"If-Match" maxLength:"130" doc:"The ETag of the version that the change was made on; * for whatever version it has."`
}

// AnyVersion is the version of an If-Match that is "*": whatever version the
// resource has, if there is one; RFC 9110, section 13.1.1.
const AnyVersion int64 = 0

// Version returns the version that the caller changes, or AnyVersion: fault
// PreconditionRequired without If-Match, PreconditionFailed when it names no
// version of ours.
func (m IfMatch) Version() (int64, error) {
	if m.IfMatch == "" {
		return 0, fault.New(fault.PreconditionRequired, "if-match-required", "send the resource's ETag in If-Match")
	}
	if strings.TrimSpace(m.IfMatch) == "*" {
		return AnyVersion, nil
	}
	version, ok := parseVersion(m.IfMatch)
	if !ok {
		return 0, StaleVersion()
	}
	return version, nil
}

// StaleVersion is the fault of an If-Match that does not name the present version.
func StaleVersion() error {
	return fault.New(fault.PreconditionFailed, "version-changed", "the resource was changed since: fetch it again")
}

// IfNoneMatch is embedded in the input of a GET whose handler saves work when the
// caller has the present version; it then returns NotModified.
type IfNoneMatch struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"130" doc:"The ETag that the caller has: 304 if it is still the present one."`
}

// Has reports whether the caller has that version.
func (m IfNoneMatch) Has(etag string) bool { return etag != "" && hasETag(m.IfNoneMatch, etag) }

// NotModified is returned by a handler in place of an output: 304 with the ETag.
func NotModified(etag string) error { return notModified{etag: etag} }

type notModified struct{ etag string }

func (notModified) Error() string  { return "not modified" }
func (notModified) GetStatus() int { return http.StatusNotModified }
func (n notModified) GetHeaders() http.Header {
	return http.Header{"ETag": []string{n.etag}}
}

// VersionETag is the ETag of a resource's version number: "7", with the quotes.
func VersionETag(version int64) string { return QuoteETag(strconv.FormatInt(version, 10)) }

// QuoteETag is the ETag of a revision: letters, digits, hyphens.
func QuoteETag(revision string) string { return `"` + revision + `"` }

func parseVersion(etag string) (int64, bool) {
	text, ok := strings.CutPrefix(etag, `"`)
	if !ok {
		return 0, false
	}
	text, ok = strings.CutSuffix(text, `"`)
	if !ok {
		return 0, false
	}
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || version < 1 || strconv.FormatInt(version, 10) != text {
		return 0, false
	}
	return version, true
}

// hasETag reports whether an If-None-Match list has the ETag, or is "*". Weak
// tags compare like strong ones, as RFC 9110 has it for this header.
func hasETag(list, etag string) bool {
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for candidate := range strings.SplitSeq(list, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == etag {
			return true
		}
	}
	return false
}
