package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
)

const (
	offersChannel     = "offers"
	offersWanted      = 3
	profileAttributes = 20
)

// offersPackage has 100 rules of four clauses, all of which concern every visitor
// at the one point, and 20 attributes of the profile.
func offersPackage() *bundle.Package {
	p := bundletest.Synthetic(bundletest.Size{Rules: 100, Clauses: 4, Offers: 50, Flowcharts: 2, Zones: 1})
	c := &p.Content
	c.Channel.PresentationsPerVisit = 0 // the sessions go on for long
	for name, o := range c.Offers {
		o.Effective, o.Expires, o.Suppress, o.Campaign = nil, nil, nil, ""
		c.Offers[name] = o
	}
	for _, strategy := range c.Strategies {
		for i := range strategy.Rules {
			strategy.Rules[i].Segment, strategy.Rules[i].Zone = "", ""
		}
	}
	level := c.AudienceLevels["individual"]
	for i := len(level.Profile); i < profileAttributes; i++ {
		level.Profile = append(level.Profile, definition.Attribute{Name: trait(i), Type: []definition.ValueType{definition.Text, definition.Whole}[i%2]})
	}
	c.AudienceLevels["individual"] = level
	return p
}

func trait(i int) string { return fmt.Sprintf("trait_%d", i) }

// offersVisitor starts the session of the i-th visitor, whose 20 attributes come
// along.
func offersVisitor(i int, known bool) client.StartSession {
	in := client.StartSession{Channel: offersChannel, Profile: client.Properties{}}
	for name, value := range bundletest.Profile(i) {
		if at, ok := value.(time.Time); ok {
			value = at.Format(time.RFC3339)
		}
		in.Profile[name] = value
	}
	for at := len(in.Profile) - 1; at < profileAttributes; at++ { // the key is among them
		in.Profile[trait(at)] = []any{fmt.Sprintf("value %d", i%(at+7)), i % (100 * at)}[at%2]
	}
	if known {
		in.Audience.ID = client.Properties{"customer": in.Profile["customer"]}
	}
	delete(in.Profile, "customer")
	return in
}

// site is an account that may call the runtime of the solution's server.
type site struct {
	*client.Runtime
	credential string
}

// openOffers deploys the channel, once, and returns who may ask for its offers.
func (e *environment) openOffers(ctx context.Context) (*site, error) {
	if e.touchpoint != nil {
		return e.touchpoint, nil
	}
	if err := e.bringPackage(ctx, offersChannel, solutionName, offersPackage()); err != nil {
		return nil, err
	}
	if _, _, err := e.deployOnce(ctx, offersChannel, 0); err != nil {
		return nil, err
	}
	account := client.NewAccount{Name: "web", Kind: "machine", Roles: []client.RoleBinding{{Role: "touchpoint", Solution: solutionName}}}
	if _, err := e.admin.CreateAccount(ctx, tenantName, account); err != nil {
		return nil, err
	}
	key, err := e.admin.CreateAPIKey(ctx, tenantName, account.Name)
	if err != nil {
		return nil, err
	}
	web := client.NewRuntime([]string{e.server.Status.Address}, client.RuntimeOptions{Options: client.Options{Credential: key.Key}})
	for {
		_, err := web.GetProfile(ctx, "nobody")
		if err == nil {
			e.touchpoint = &site{Runtime: web, credential: key.Key}
			return e.touchpoint, nil
		}
		if !client.IsStatus(err, http.StatusUnauthorized) && !client.IsStatus(err, http.StatusForbidden) {
			return nil, err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil { // the server fetches accounts every now and then
			return nil, err
		}
	}
}

// warmSessions are so many sessions that are given all the offers they want. Each
// was asked once. One answer comes along.
func (t *site) warmSessions(ctx context.Context, count int, prefix string, known bool) (ids []string, answer client.RuntimeAnswer, err error) {
	for i := 0; len(ids) < count; i++ {
		id := fmt.Sprintf("%s-%d", prefix, i)
		if answer, err = t.StartSession(ctx, id, offersVisitor(i, known)); err == nil && answer.Status == client.RuntimeSuccess {
			answer, err = t.GetOffers(ctx, id, client.GetOffers{OffersWanted: client.OffersWanted{Point: bundletest.Point(0), Count: offersWanted}})
		}
		if err != nil || answer.Status != client.RuntimeSuccess {
			return nil, answer, fmt.Errorf("session %s: %w: %+v", id, err, answer.Messages)
		}
		if len(answer.Offers(bundletest.Point(0))) == offersWanted {
			ids = append(ids, id)
		}
	}
	return ids, answer, nil
}
