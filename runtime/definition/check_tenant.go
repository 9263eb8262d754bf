package definition

import "github.com/switchyard/switchyard/internal/fault"

// Check implements Document.
func (d AudienceLevel) Check() []fault.Place {
	c := &checker{}
	once := c.once()
	if c.count("key", len(d.Key), 1, 5, "attributes") {
		c.attributes("key", d.Key, once)
	}
	for i, a := range d.Key {
		if a.Type != Text && a.Type != Whole {
			c.problem(index("key", i)+".type", "a key is a text or a whole number")
		}
		if a.Default != nil {
			c.problem(index("key", i)+".default", "a key has no default")
		}
	}
	if c.count("profile", len(d.Profile), 0, 500, "attributes") {
		c.attributes("profile", d.Profile, once)
	}
	return c.places
}

// Check implements Document.
func (d Macro) Check() []fault.Place {
	c := &checker{}
	c.name("audienceLevel", d.AudienceLevel)
	c.typed("", d.Type, nil)
	c.expression("expression", d.Expression)
	return c.places
}

// Check implements Document.
func (d OfferAttribute) Check() []fault.Place {
	c := &checker{}
	c.typed("", d.Type, d.Default)
	return c.places
}

// Check implements Document.
func (d Offer) Check() []fault.Place {
	c := &checker{}
	c.text("description", d.Description, 2000)
	c.optional("campaign", d.Campaign)
	if c.count("attributes", len(d.Attributes), 0, 200, "attributes") {
		for _, name := range sorted(d.Attributes) {
			c.why(Join("attributes", name), nameProblem(name))
			c.plain(Join("attributes", name), d.Attributes[name])
		}
	}
	c.computed("computed", d.Computed, nameProblem)
	for _, name := range sorted(d.Computed) {
		if _, ok := d.Attributes[name]; ok {
			c.problem(Join("computed", name), "%s has a value in attributes; it is one or the other", name)
		}
	}
	c.dates(d.Effective, d.Expires, "effective", "expires")
	if s := d.Suppress; s != nil {
		c.between("suppress.afterPresentations", float64(s.AfterPresentations), 0, 100_000)
		c.span("suppress.for", s.For)
		c.names("suppress.also", s.Also, 0, 100, "offers")
	}
	if l := d.Limits; l != nil {
		c.limit("limits.perCustomer", l.PerCustomer, d)
		c.limit("limits.total", l.Total, d)
	}
	return c.places
}

// plain checks that a value is of some type.
func (c *checker) plain(path string, value any) {
	if value == nil {
		c.problem(path, "a value is needed; leave the key out where there is none")
		return
	}
	for _, t := range ValueTypes {
		if _, err := t.Convert(value); err == nil {
			return
		}
	}
	c.problem(path, "expected a text, a number, true, false or a list of texts, of at most %d bytes a text", MaxText)
}

func (c *checker) limit(path string, l *Limit, of Offer) {
	if l == nil {
		return
	}
	c.between(path+".presentations", float64(l.Presentations), 1, 1_000_000_000)
	c.span(path+".for", l.For)
	if l.Even && (of.Effective == nil || of.Expires == nil) {
		c.problem(path+".even", "it takes an effective and an expiration date to spread presentations between them")
	}
}

// Check implements Document.
func (d Campaign) Check() []fault.Place {
	c := &checker{}
	c.text("description", d.Description, 2000)
	c.dates(d.Start, d.End, "start", "end")
	return c.places
}

// Check implements Document.
func (d Segment) Check() []fault.Place {
	c := &checker{}
	c.text("description", d.Description, 2000)
	return c.places
}

// Check implements Document.
func (d LearningModel) Check() []fault.Place {
	c := &checker{}
	oneOf(c, "algorithm", d.Algorithm, []LearningAlgorithm{BetaBernoulli, Linear})
	c.name("audienceLevel", d.AudienceLevel)
	c.identifiers("attributes", d.Attributes, 20)
	c.between("exploration", d.Exploration, 0, 1)
	c.between("minimumPresentations", float64(d.MinimumPresentations), 0, 1_000_000)
	c.span("halfLife", d.HalfLife)
	return c.places
}

// identifiers checks a list of different attributes.
func (c *checker) identifiers(path string, names []string, most int) {
	if !c.count(path, len(names), 0, most, "attributes") {
		return
	}
	once := c.once()
	for i, name := range names {
		c.why(index(path, i), identifierProblem(name))
		once(index(path, i), name)
	}
}

// Check implements Document.
func (d HistoryMapping) Check() []fault.Place {
	c := &checker{}
	c.name("audienceLevel", d.AudienceLevel)
	if c.count("responseTypes", len(d.ResponseTypes), 0, 100, "response types") {
		for _, name := range sorted(d.ResponseTypes) {
			c.name(Join("responseTypes", name), name)
			oneOf(c, Join("responseTypes", name), d.ResponseTypes[name], []ResponseClass{CountsAsAccept, CountsAsReject, CountsAsNeither})
		}
	}
	c.computed("contact", d.Contact, identifierProblem)
	c.computed("response", d.Response, identifierProblem)
	return c.places
}
