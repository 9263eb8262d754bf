package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
)

const (
	offersRounds      = 5
	offersRound       = 4 * time.Second
	offersConnections = 128
	// sessionsOfCaller is how many sessions each connection calls in turn.
	sessionsOfCaller = 8
	// offersLatencyAim is in milliseconds.
	offersLatencyAim = 10
	latencyRound     = 10 * time.Second
)

// benchOffersHTTP measures calls for offers per second at a server that decides by
// 100 rules and writes each presentation to the history before it answers, in turn
// with a bare Fiber handler that decodes and encodes the same bodies.
func benchOffersHTTP(ctx context.Context, e *environment) (result, error) {
	return benchOffers(ctx, e, "offersHTTP", false)
}

// benchOffersKnown measures the same for visitors who are known customers: what
// happened between them and each offer is kept too.
func benchOffersKnown(ctx context.Context, e *environment) (result, error) {
	return benchOffers(ctx, e, "offersKnown", true)
}

func benchOffers(ctx context.Context, e *environment, name string, known bool) (_ result, err error) {
	ours, theirs, end, err := e.offersBesideBare(ctx, name, known)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	var rates, bares []float64
	for range offersRounds {
		rate, err := theirs.rate(ctx, offersRound)
		if err != nil {
			return result{}, err
		}
		bares = append(bares, rate)
		costs := e.processorSeconds()
		if rate, err = ours.rate(ctx, offersRound); err != nil {
			return result{}, err
		}
		rates = append(rates, rate)
		_, _ = fmt.Fprintf(e.progress, "%s: %.0f calls/s, bare %.0f; processor time of a call: %s\n",
			name, rate, bares[len(bares)-1], e.processorSeconds().since(costs, rate*offersRound.Seconds()))
	}
	if !known {
		e.offersRate = median(rates)
	}
	return newResult(name, "calls/s", median(rates), "bare Fiber handler with the same bodies", median(bares)), nil
}

// benchOffersLatency measures how long a call waits at half of the load that
// offersHTTP has measured, from when it was due. Beside it stands how long a call of
// the bare handler waits at the same load: what the machine adds by itself.
func benchOffersLatency(ctx context.Context, e *environment) (_ result, err error) {
	if e.offersRate == 0 {
		if _, err := benchOffersHTTP(ctx, e); err != nil {
			return result{}, err
		}
	}
	ours, theirs, end, err := e.offersBesideBare(ctx, "offersLatency", false)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	waited, err := e.latency(ctx, "bare handler", theirs)
	if err != nil {
		return result{}, err
	}
	took, err := e.latency(ctx, "offersLatency", ours)
	if err != nil {
		return result{}, err
	}
	r := newResult("offersLatency", "ms p99 at half of the load", took, "aim", offersLatencyAim)
	r.Beside = map[string]float64{"bareP99": rounded(waited)}
	return r, nil
}

// latency is the 99th percentile at half of the load that was measured, in
// milliseconds.
func (e *environment) latency(ctx context.Context, name string, l *load) (p99 float64, err error) {
	took, err := l.latencies(ctx, e.offersRate/2, latencyRound)
	if err != nil {
		return 0, err
	}
	at := func(share float64) float64 { return milliseconds(took[int(share*float64(len(took)-1))]) }
	_, _ = fmt.Fprintf(e.progress, "%s: %.0f calls/s, p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, p99.9 %.2f ms\n",
		name, e.offersRate/2, at(.5), at(.9), at(.99), at(.999))
	return at(.99), nil
}

// offersBesideBare is the load of a server whose sessions are warm, and the same
// requests to a bare handler, which runs until end.
func (e *environment) offersBesideBare(ctx context.Context, prefix string, known bool) (ours, theirs *load, end func() error, err error) {
	ours, answer, err := e.offersLoad(ctx, prefix, known)
	if err != nil {
		return nil, nil, nil, err
	}
	bare, err := startBareOffers(ctx, answer)
	if err != nil {
		return nil, nil, nil, err
	}
	same := *ours
	same.address = bare.address
	return ours, &same, bare.end, nil
}

// offersLoad is the load of a server whose sessions are warm, and one of its
// answers.
func (e *environment) offersLoad(ctx context.Context, prefix string, known bool) (*load, client.RuntimeAnswer, error) {
	t, err := e.openOffers(ctx)
	if err != nil {
		return nil, client.RuntimeAnswer{}, err
	}
	ids, answer, err := t.warmSessions(ctx, offersConnections*sessionsOfCaller, prefix, known)
	if err != nil {
		return nil, answer, err
	}
	body, err := json.Marshal(client.GetOffers{OffersWanted: client.OffersWanted{Point: bundletest.Point(0), Count: offersWanted}})
	if err != nil {
		return nil, answer, err
	}
	address, err := url.Parse(e.server.Status.Address)
	if err != nil {
		return nil, answer, err
	}
	l := &load{address: address.Host, requests: make([][][]byte, offersConnections), wanted: []byte(`"treatment":"`), times: offersWanted}
	for i, id := range ids {
		of := &l.requests[i%offersConnections]
		*of = append(*of, postRequest(l.address, "/v1/sessions/"+client.SessionPath(id)+"/offers", t.credential, body))
	}
	return l, answer, nil
}
