package rest

import (
	"encoding/json"
	"errors"

	"github.com/danielgtaylor/huma/v2"
)

// jsonFormat is how bodies are read and written. The body was scanned before.
var jsonFormat = huma.Format{
	Marshal:   huma.DefaultJSONFormat.Marshal,
	Unmarshal: unmarshal,
}

// unmarshal decodes a value. Huma shows the text of its error to the caller, so
// that it says where and what, and nothing of Go.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return errors.New(wrong.Field + ": the value does not fit")
	}
	return errors.New("a value does not fit: a number out of range, or text of another form")
}
