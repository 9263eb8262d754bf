package definition

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/switchyard/switchyard/internal/fault"
)

// MaxBytes bounds the JSON of one document.
const MaxBytes = 1 << 20

// Decode reads a document of a kind, JSON, strictly: an unknown key, a key twice,
// a value of another form than expected are errors with their path. It does not
// Check. The error is a fault.Invalid of type malformed-definition.
func Decode(kind Kind, data []byte) (Document, error) {
	if len(data) > MaxBytes {
		return nil, malformed(0, fmt.Sprintf("the document has %d bytes, at most %d are allowed", len(data), MaxBytes))
	}
	switch kind {
	case KindAudienceLevel:
		return decoded[AudienceLevel](data)
	case KindMacro:
		return decoded[Macro](data)
	case KindOfferAttribute:
		return decoded[OfferAttribute](data)
	case KindOffer:
		return decoded[Offer](data)
	case KindCampaign:
		return decoded[Campaign](data)
	case KindSegment:
		return decoded[Segment](data)
	case KindLearningModel:
		return decoded[LearningModel](data)
	case KindHistoryMapping:
		return decoded[HistoryMapping](data)
	case KindChannel:
		return decoded[Channel](data)
	case KindZone:
		return decoded[Zone](data)
	case KindInteractionPoint:
		return decoded[InteractionPoint](data)
	case KindEvent:
		return decoded[Event](data)
	case KindEventPattern:
		return decoded[EventPattern](data)
	case KindFlowchart:
		return decoded[Flowchart](data)
	case KindStrategy:
		return decoded[Strategy](data)
	default:
		return nil, fmt.Errorf("decode definition: unknown kind %q", kind)
	}
}

func decoded[T Document](data []byte) (Document, error) {
	d, err := DecodeAs[T](data)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// DecodeAs is Decode for a kind that is known, or for a value made of documents.
func DecodeAs[T any](data []byte) (T, error) {
	var d T
	if err := syntax(data); err != nil {
		return d, err
	}
	r := reader{data: data}
	r.value(reflect.ValueOf(&d).Elem())
	return d, Problem(r.places)
}

// syntax checks that data is one JSON value in UTF-8; reader relies on it.
func syntax(data []byte) error {
	if !utf8.Valid(data) {
		return malformed(0, "this is not valid UTF-8")
	}
	if json.Valid(data) {
		return nil
	}
	var none json.RawMessage
	err := json.Unmarshal(data, &none)
	var broken *json.SyntaxError
	if !errors.As(err, &broken) {
		return malformed(0, "this is not valid JSON")
	}
	line := 1 + bytes.Count(data[:min(int(broken.Offset), len(data))], []byte{'\n'})
	return malformed(line, "this is not valid JSON: "+broken.Error())
}

func malformed(line int, message string) error {
	return Problem([]fault.Place{{Line: line, Message: message}})
}
