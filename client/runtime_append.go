package client

import (
	"encoding/json"
	"strconv"

	"github.com/switchyard/switchyard/internal/jsonappend"
)

// AppendJSON appends what json.Marshal would write.
func (a *RuntimeAnswer) AppendJSON(to []byte) (_ []byte, err error) {
	to = jsonappend.String(append(to, `{"sessionId":`...), a.SessionID)
	to = strconv.AppendInt(append(to, `,"status":`...), int64(a.Status), 10)
	if v := a.Version; v != nil {
		to = jsonappend.String(append(to, `,"version":{"channel":`...), v.Channel)
		to = strconv.AppendInt(append(to, `,"number":`...), v.Number, 10)
		to = append(jsonappend.String(append(to, `,"hash":`...), v.Hash), '}')
	}
	to = append(to, `,"messages":`...)
	if a.Messages != nil && len(a.Messages) == 0 {
		to = append(to, `[]`...)
	} else if to, err = appendOther(to, a.Messages); err != nil {
		return to, err
	}
	for i := range a.OfferLists {
		to = append(to, next(i, `,"offerLists":[`)...)
		if to, err = a.OfferLists[i].append(to); err != nil {
			return to, err
		}
	}
	if len(a.OfferLists) > 0 {
		to = append(to, ']')
	}
	if a.Profile != nil {
		if to, err = appendOther(append(to, `,"profile":`...), a.Profile); err != nil {
			return to, err
		}
	}
	if len(a.Explain) > 0 {
		if to, err = appendOther(append(to, `,"explain":`...), a.Explain); err != nil {
			return to, err
		}
	}
	if len(a.Channels) > 0 {
		if to, err = appendOther(append(to, `,"channels":`...), a.Channels); err != nil {
			return to, err
		}
	}
	return append(to, '}'), nil
}

func (l *OfferList) append(to []byte) (_ []byte, err error) {
	to = jsonappend.String(append(to, `{"point":`...), l.Point)
	if l.Default != "" {
		to = jsonappend.String(append(to, `,"default":`...), l.Default)
	}
	to = append(to, `,"offers":`...)
	if l.Offers == nil {
		return append(to, `null}`...), nil
	}
	to = append(to, '[')
	for i := range l.Offers {
		to = append(to, next(i, "")...)
		if to, err = l.Offers[i].append(to); err != nil {
			return to, err
		}
	}
	return append(to, `]}`...), nil
}

func (o *PresentedOffer) append(to []byte) (_ []byte, err error) {
	to = append(to, '{')
	if o.Treatment != "" {
		to = append(jsonappend.String(append(to, `"treatment":`...), o.Treatment), ',')
	}
	to = jsonappend.String(append(to, `"offer":`...), o.Offer)
	if to, err = jsonappend.Float(append(to, `,"score":`...), o.Score); err != nil {
		return to, err
	}
	if to, err = jsonappend.Object(append(to, `,"attributes":`...), o.Attributes); err != nil {
		return to, err
	}
	return append(to, '}'), nil
}

// next is what stands before the i-th element.
func next(i int, first string) string {
	if i == 0 {
		return first
	}
	return ","
}

func appendOther(to []byte, value any) ([]byte, error) {
	written, err := json.Marshal(value)
	return append(to, written...), err
}
