package definition

import (
	"encoding/json"
	"fmt"
)

// Decode reads a document of a kind, JSON, strictly: an unknown key, a key twice,
// a value of another form than expected are errors with their path. It does not
// Check. The error is a fault.Invalid of type malformed-definition.
func Decode(kind Kind, data []byte) (Document, error) {
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

// DecodeAs is Decode for a kind that is known.
func DecodeAs[T any](data []byte) (T, error) {
	var d T
	err := json.Unmarshal(data, &d)
	return d, err
}

// Encode returns the canonical JSON of a document, or of any value made of
// documents: equal documents have equal bytes.
func Encode(d any) ([]byte, error) { return json.Marshal(d) }
