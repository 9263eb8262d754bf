package process

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	httpFields  = []string{"method", "endpoint", "query", "headers", "body", "timeout", "retry", "output", "onFailure"}
	retryFields = []string{"attempts", "delay", "backoff"}

	methods  = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	bodiless = []string{"GET", "HEAD"}
	// ownHeaders are set by the host that sends the request.
	ownHeaders = []string{"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer",
		"proxy-authorization", "proxy-connection", "keep-alive"}
	headerName = form{pattern: regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"), longest: 100}
	// fixedOrigin is the start of an endpoint whose host no expression decides.
	fixedOrigin = regexp.MustCompile(`^https?://[^/?#@\s]+[/?]`)
)

// http reads an HTTP call.
func (p *parser) http(with object, i int) *httpTask {
	task := &httpTask{
		timeout: Duration(defaultCallTimeout),
		retry:   Retry{Attempts: 1, Delay: Duration(defaultRetryDelay), Backoff: BackoffExponential},
	}
	if v, ok := with.need("method", "one of "+strings.Join(methods, ", ")); ok {
		task.method = v.method()
	}
	if v, ok := with.need("endpoint", "an http or https URL"); ok {
		task.endpoint = p.endpoint(v)
	}
	if v, ok := with.find("query"); ok && v.is(yaml.MappingNode, "a mapping of names to values") {
		task.query = p.template(v)
	}
	if v, ok := with.find("headers"); ok {
		task.headers = p.headers(v)
	}
	if v, ok := with.find("body"); ok {
		if slices.Contains(bodiless, task.method) {
			v.problem("a %s request has no body", task.method)
		}
		task.body = p.template(v)
	}
	if v, ok := with.find("timeout"); ok {
		task.timeout = v.duration(minCallTimeout, maxCallTimeout)
	}
	if v, ok := with.find("retry"); ok {
		v.retry(&task.retry)
	}
	if v, ok := with.find("output"); ok {
		task.output, _ = v.matching(variableName, expectedVariable)
		p.writes[task.output] = true
	}
	p.onFailure(with, &task.outcome, i)
	return task
}

func (p *parser) onFailure(with object, to *outcome, i int) {
	if v, ok := with.find("onFailure"); ok {
		to.onFailure = new(int)
		p.flows = append(p.flows, flow{from: i, at: v, set: func(step int) { *to.onFailure = step }})
	}
}

func (v value) method() string {
	text, ok := v.text("one of " + strings.Join(methods, ", "))
	if !ok {
		return ""
	}
	method := strings.ToUpper(text)
	if !slices.Contains(methods, method) {
		v.problem("expected one of %s, found %s", strings.Join(methods, ", "), v.kind())
	}
	return method
}

// endpoint reads a URL. In text with expressions the host is fixed by the
// document, so that no property of an interaction can redirect a call.
func (p *parser) endpoint(v value) template {
	text, ok := v.text("an http or https URL")
	if !ok {
		return template{}
	}
	t := p.textTemplate(v, text)
	switch {
	case t.program != nil:
	case t.text != nil:
		if !fixedOrigin.MatchString(t.text[0].text) {
			v.problem("expected http:// or https:// with a host and a path before the first expression")
		}
	case t.constant != nil:
		if _, err := checkEndpoint(text); err != nil {
			v.problem("%s", err)
		}
	}
	return t
}

func (p *parser) headers(v value) template {
	for _, f := range v.mapping("a mapping of names to text") {
		switch {
		case !headerName.MatchString(f.name):
			p.checker.add(f.path, f.key.Line, "%s is not the name of a header", f.name)
		case slices.Contains(ownHeaders, strings.ToLower(f.name)):
			p.checker.add(f.path, f.key.Line, "the header %s cannot be set", f.name)
		case f.node.Kind != yaml.ScalarNode || f.null():
			f.problem("expected text, found %s", f.kind())
		case strings.ContainsAny(f.node.Value, "\r\n"):
			f.problem("expected text of one line")
		}
	}
	if v.node.Kind != yaml.MappingNode {
		return template{}
	}
	return p.template(v)
}

func (v value) retry(r *Retry) {
	o, ok := v.object("a mapping with attempts", retryFields)
	if !ok {
		return
	}
	if attempts, ok := o.need("attempts", "a whole number"); ok {
		r.Attempts, _ = attempts.integer(1, maxAttempts)
	}
	if delay, ok := o.find("delay"); ok {
		r.Delay = delay.duration(minWait, maxRetryDelay)
	}
	if backoff, ok := o.find("backoff"); ok {
		word, _ := backoff.oneOf(string(BackoffConstant), string(BackoffLinear), string(BackoffExponential))
		r.Backoff = Backoff(word)
	}
}

// checkEndpoint reads an absolute URL that may be called.
func checkEndpoint(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Opaque != "":
		return nil, errEndpoint("expected an http or https URL", text)
	case u.User != nil:
		return nil, errEndpoint("a URL must not hold credentials", u.Host)
	case len(text) > maxEndpoint:
		return nil, errEndpoint("the URL is too long", text)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, errEndpoint("a URL's path must not hold . or ..", text)
		}
	}
	return u, nil
}
