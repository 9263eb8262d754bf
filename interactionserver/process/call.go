package process

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/internal/expression"
)

const yamlScalar = yaml.ScalarNode

var (
	calls        = []string{"route", "queue", "http", "offers", "stop"}
	routeFields  = []string{"queue", "priority", "inviteTimeout", "targets", "onNoTarget"}
	targetFields = []string{"agents", "for", "pick"}
	queueWith    = []string{"queue", "priority"}
	stopFields   = []string{"reason"}
)

// call reads a call and what it is called with.
func (p *parser) call(o object, call value, s *step, i int) {
	what, ok := call.oneOf(calls...)
	if !ok {
		return
	}
	known := map[string][]string{"route": routeFields, "queue": queueWith, "http": httpFields, "offers": offersFields, "stop": stopFields}[what]
	v, ok := o.find("with")
	if !ok {
		if what == "stop" {
			s.stop = &stopTask{reason: template{constant: ReasonCompleted}}
			return
		}
		o.problem("with is missing, expected a mapping with %s", strings.Join(known, ", "))
		return
	}
	with, ok := v.object("a mapping with "+strings.Join(known, ", "), known)
	if !ok {
		return
	}
	switch what {
	case "route":
		s.route = p.route(with, i)
	case "queue":
		s.queue = &queueTask{queue: p.queueName(with), priority: p.priority(with)}
	case "http":
		s.http = p.http(with, i)
	case "offers":
		s.offers = p.offers(with, s.name, i)
	case "stop":
		s.stop = p.stop(with)
	}
}

// queueName reads the queue, which the document must declare.
func (p *parser) queueName(with object) string {
	v, ok := with.need("queue", "a queue that the document declares")
	if !ok {
		return ""
	}
	name, ok := v.text("a queue that the document declares")
	if ok && !p.hasQueue(name) {
		var declared []string
		for _, q := range p.definition.Queues {
			declared = append(declared, q.Name)
		}
		v.problem("the queue %s is not declared; queues has %s", v.kind(), orNone(declared))
	}
	return name
}

func (p *parser) priority(with object) *expression.Program {
	v, ok := with.find("priority")
	if !ok {
		return nil
	}
	if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!int" {
		v.integer(-maxPriority, maxPriority)
	}
	return p.expression(v, stepLanguage(), expression.Int)
}

func (p *parser) route(with object, i int) *routeTask {
	task := &routeTask{queue: p.queueName(with), priority: p.priority(with), inviteTimeout: Duration(defaultInvite)}
	if v, ok := with.find("inviteTimeout"); ok {
		task.inviteTimeout = v.duration(minInvite, maxInvite)
	}
	targets, ok := with.need("targets", "a list of targets, each with agents")
	if !ok {
		return nil
	}
	elements := targets.list("a list of targets, each with agents", MaxTargets)
	for n, element := range elements {
		p.target(element, task, n == len(elements)-1)
	}
	if len(task.targets) == 0 {
		return nil
	}
	p.onNoTarget(with, task, i)
	return task
}

// target reads one target into the task.
func (p *parser) target(v value, task *routeTask, last bool) {
	t := Target{Pick: PickLongestIdle}
	var eligible *expression.Program
	defer func() {
		task.targets = append(task.targets, t)
		task.eligible = append(task.eligible, eligible)
	}()
	o, ok := v.object("a target with agents", targetFields)
	if !ok {
		return
	}
	if agents, ok := o.need("agents", "a CEL expression of type bool over agent, skills and groups"); ok {
		if eligible = p.expression(agents, targetLanguage(), expression.Bool); eligible != nil {
			t.Fixed = !eligible.Reads(varInteraction, varVars, varOutcome, varLastAgent, varResponse)
		}
	}
	if pick, ok := o.find("pick"); ok {
		pick.oneOf(string(PickLongestIdle))
	}
	if duration, ok := o.find("for"); ok {
		t.For = duration.duration(time.Millisecond, maxDuration)
	} else if !last {
		o.problem("for is missing: only the last target may be tried for ever")
	}
}

// onNoTarget reads where to go when the targets come to an end, which must be
// given exactly when they do.
func (p *parser) onNoTarget(with object, task *routeTask, i int) {
	v, given := with.find("onNoTarget")
	switch {
	case task.expires() && !given:
		with.problem("onNoTarget is missing: the last target is tried for %s, expected %s to go to then",
			task.targets[len(task.targets)-1].For, expectedFlow)
	case !task.expires() && given:
		v.problem("onNoTarget is never used, since the last target is tried for ever; give the last target a for")
	case given:
		p.flows = append(p.flows, flow{from: i, at: v, set: func(to int) { task.onNoTarget = to }})
	}
}

func (p *parser) stop(with object) *stopTask {
	v, ok := with.need("reason", "text")
	if !ok {
		return nil
	}
	text, ok := v.text("text")
	if !ok {
		return nil
	}
	if strings.TrimSpace(text) == "" {
		v.problem("expected a reason, found nothing")
	}
	if len(text) > maxReason && !strings.Contains(text, "${") {
		v.problem("the reason has %d bytes, at most %d are allowed", len(text), maxReason)
	}
	if slices.Contains([]string{ReasonTooManySteps}, text) {
		v.problem("the reason %s is the platform's own", text)
	}
	return &stopTask{reason: p.textTemplate(v, text)}
}
