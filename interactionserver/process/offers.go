package process

import (
	"fmt"
	"maps"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/internal/expression"
)

var offersFields = []string{"channel", "point", "count", "audienceLevel", "customer", "profile", "parameters", "as", "default", "onFailure"}

// offers reads a call of the runtime.
func (p *parser) offers(with object, step string, i int) *offersTask {
	task := &offersTask{count: 1}
	task.output = p.resultName(with, step)
	task.channel = with.runtimeName("channel", true)
	task.point = with.runtimeName("point", true)
	task.level = with.runtimeName("audienceLevel", false)
	if v, ok := with.find("count"); ok {
		task.count, _ = v.integer(1, MaxOffers)
	}
	task.customer = p.named(with, "customer")
	task.profile = p.named(with, "profile")
	task.parameters = p.named(with, "parameters")
	fallback := template{constant: ""}
	if v, ok := with.find("default"); ok {
		if text, ok := v.text("text"); ok {
			fallback = p.textTemplate(v, text)
		}
		if _, ok := with.find("onFailure"); ok {
			v.problem("default is never used, since onFailure leads elsewhere; give one of them")
		}
	}
	task.fallback = &template{list: []template{noOffer(fallback)}}
	p.onFailure(with, &task.outcome, i)
	return task
}

// named reads a mapping of names to values that may be absent.
func (p *parser) named(with object, field string) template {
	v, ok := with.find(field)
	if !ok || !v.is(yaml.MappingNode, "a mapping of names to values") {
		return template{}
	}
	return p.template(v)
}

// resultName is the variable that takes the result.
func (p *parser) resultName(with object, step string) string {
	name := step
	if v, ok := with.find("as"); ok {
		if name, ok = v.matching(variableName, expectedVariable); !ok {
			return ""
		}
	} else if !variableName.MatchString(step) {
		with.problem("as is missing, expected %s, since the step's own is none", expectedVariable)
		return ""
	}
	p.writes[name] = true
	return name
}

// runtimeName reads the name of something that is deployed.
func (o object) runtimeName(field string, needed bool) string {
	const expected = "a name, without expressions"
	v, ok := o.find(field)
	if !ok {
		if needed {
			o.problem("%s is missing, expected %s", field, expected)
		}
		return ""
	}
	name, ok := v.text(expected)
	switch {
	case !ok:
	case strings.TrimSpace(name) == "" || strings.Contains(name, "${"):
		v.problem("expected %s, found %s", expected, v.kind())
	case len(name) > maxName:
		v.problem("the name has %d bytes, at most %d are allowed", len(name), maxName)
	}
	return name
}

// Names of what each element of an offers call's result has. Where there is no
// offer the only element has the default, and all else in it is empty.
const (
	OfferTreatment  = "treatment"
	OfferCode       = "offer"
	OfferScore      = "score"
	OfferAttributes = "attributes"
	OfferDefault    = "default"
)

// noOffer is the element of a result without an offer.
func noOffer(text template) template {
	return template{fields: map[string]template{
		OfferTreatment: {constant: ""}, OfferCode: {constant: ""}, OfferScore: {constant: int64(0)},
		OfferAttributes: {fields: map[string]template{}}, OfferDefault: text,
	}}
}

// request evaluates the call. It is not tried again, so that nothing is presented
// twice.
func (t *offersTask) request(s expression.Scope) (*Request, error) {
	o := &Offers{Channel: t.channel, Point: t.point, Count: t.count, Level: t.level}
	for _, f := range []struct {
		name string
		from template
		to   *Values
	}{{"customer", t.customer, &o.Customer}, {"profile", t.profile, &o.Profile}, {"parameters", t.parameters, &o.Parameters}} {
		value, err := f.from.value(s)
		if err == nil {
			value, err = normalBounded(value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		fields, _ := value.(map[string]any)
		maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
		if len(fields) > 0 {
			*f.to = fields
		}
	}
	return &Request{Offers: o, Timeout: Duration(defaultCallTimeout), Retry: Retry{Attempts: 1}}, nil
}
