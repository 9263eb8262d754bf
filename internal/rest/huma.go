package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/switchyard/switchyard/internal/fault"
)

// Huma has package variables where an API would set an option; they are set here
// and nowhere else.
func init() {
	huma.NewError = humaError
	huma.ValidateStrictCasing = true
}

// humaError turns what Huma refuses by itself, mostly parameters and bodies that
// do not fit their schema, into a problem. It drops the values that Huma would
// echo.
func humaError(status int, message string, errs ...error) huma.StatusError {
	switch {
	case status == http.StatusUnprocessableEntity || status == http.StatusBadRequest:
		invalid := fault.New(fault.Invalid, "invalid-input", "the input is not valid")
		if len(errs) == 0 {
			return problemOf(invalid.At("body", 0, "%s", message))
		}
		for _, err := range errs[:min(len(errs), maxPlaces)] {
			invalid.Places = append(invalid.Places, placeOf(err))
		}
		return problemOf(invalid)
	case status >= http.StatusInternalServerError:
		return problemOf(errors.Join(errs...))
	default:
		return protocolProblem(status)
	}
}

func placeOf(err error) fault.Place {
	var detailer huma.ErrorDetailer
	if !errors.As(err, &detailer) {
		return fault.Place{Path: "body", Message: "the value does not fit"}
	}
	detail := detailer.ErrorDetail()
	path, message := detail.Location, detail.Message
	if name, ok := requiredProperty(message); ok {
		path, message = path+"."+name, "expected it to be present"
	}
	return fault.Place{Path: strings.TrimPrefix(path, "body."), Message: message}
}

// requiredProperty finds the field that is missing: Huma has it in the message,
// and its place is the object around it.
func requiredProperty(message string) (name string, ok bool) {
	before, after, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	if name, ok = strings.CutPrefix(message, before); !ok {
		return "", false
	}
	return strings.CutSuffix(name, after)
}
