package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

const sessionsHeld = 100_000

// benchSession measures the memory of a session of a known customer with 20
// attributes who was given three offers: the growth of the heap by 100,000 of them,
// made by the runtime as in a server. The limit is what the store has for each.
func benchSession(ctx context.Context, _ *environment) (result, error) {
	runtimeAPI, sessions, err := bareRuntime()
	if err != nil {
		return result{}, err
	}
	before := liveBytes()
	for i := range sessionsHeld {
		if err := visit(ctx, runtimeAPI, i); err != nil {
			return result{}, err
		}
	}
	taken := float64(liveBytes() - before)
	usage := sessions.Usage()
	if usage.Sessions != sessionsHeld || usage.Evicted > 0 {
		return result{}, fmt.Errorf("%d sessions are held and %d were evicted, expected %d and none", usage.Sessions, usage.Evicted, sessionsHeld)
	}
	runtime.KeepAlive(runtimeAPI)
	return newResult("session", "bytes", taken/sessionsHeld, "what the store has for each of 100,000", session.DefaultBytes/float64(sessionsHeld)), nil
}

// liveBytes is the heap without garbage.
func liveBytes() uint64 {
	for range 3 { // pools lose what they hold in two
		runtime.GC()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// visit is a session that is started and asks once.
func visit(ctx context.Context, api *touchpoint.Service, i int) error {
	text, err := json.Marshal(offersVisitor(i, true))
	if err != nil {
		return err
	}
	var start client.StartSession // in memory of its own, as when it came over the network
	if err := json.Unmarshal(text, &start); err != nil {
		return err
	}
	id := fmt.Sprintf("visit-%d", i)
	answer := api.StartSession(ctx, id, touchpoint.Start{
		Channel: start.Channel, Audience: touchpoint.Audience{ID: start.Audience.ID}, Profile: start.Profile, Parameters: start.Parameters,
	})
	if answer.Status == touchpoint.Success {
		answer = api.GetOffers(ctx, id, touchpoint.GetOffers{Points: []touchpoint.Wanted{{Point: bundletest.Point(0), Count: offersWanted}}})
	}
	if answer.Status != touchpoint.Success {
		return fmt.Errorf("session %s: %+v", id, answer.Messages)
	}
	return nil
}

// bareRuntime is the runtime of a server without what it writes.
func bareRuntime() (*touchpoint.Service, *session.Memory, error) {
	p := offersPackage()
	p.Channel = offersChannel
	compiled, err := bundle.Compile(p)
	if err != nil {
		return nil, nil, err
	}
	serving := &versions.Serving{Version: versions.Version{Channel: offersChannel, Number: 1, Hash: compiled.Hash}, Compiled: compiled}
	sessions := session.NewMemory(session.Limits{}, nil)
	return touchpoint.New(sessions, onlyVersion{serving}, forgetful{}, touchpoint.Options{}), sessions, nil
}

// onlyVersion serves one version.
type onlyVersion struct{ serving *versions.Serving }

func (v onlyVersion) Serving(channel string) *versions.Serving {
	if channel != v.serving.Channel {
		return nil
	}
	return v.serving
}

func (v onlyVersion) Channels() []versions.Channel {
	return []versions.Channel{{Name: v.serving.Channel, Serving: v.serving}}
}

// forgetful is a history that keeps nothing.
type forgetful struct{}

func (forgetful) Record(_ context.Context, b history.Batch) ([]history.Kept, error) {
	return make([]history.Kept, len(b.Responses)), nil
}
