package businessprocess

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/temporaltest"
)

type memoryHost struct {
	mu    sync.Mutex
	box   []Message
	next  int64
	state map[string]int
	done  chan string
	wake  chan struct{}
	queue string
}

func (h *memoryHost) put(kind MessageKind, id string) {
	h.next++
	h.box = append(h.box, Message{ID: h.next, Kind: kind, Interaction: id, Process: "dispute", MediaType: "chat", Queue: h.queue})
	select {
	case h.wake <- struct{}{}:
	default:
	}
}
func (h *memoryHost) Advance(_ context.Context, id string) (Await, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state[id]++
	if h.state[id] == 1 {
		h.put(NudgeMessage, id)
		return Await{Kind: AwaitNudge, Step: "assist", State: "routing", Queue: "dispute.intake", Sequence: 1}, nil
	}
	if h.state[id] == 2 {
		h.done <- id
	}
	return Await{Kind: AwaitDone, State: "stopped"}, nil
}
func (h *memoryHost) PendingCall(context.Context, string, int64) (process.Request, bool, error) {
	return process.Request{}, false, nil
}
func (h *memoryHost) Answer(context.Context, string, process.Event) error { return nil }
func (h *memoryHost) Pending(_ context.Context, n int) ([]Message, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Message(nil), h.box[:min(n, len(h.box))]...), nil
}
func (h *memoryHost) Settle(_ context.Context, ids []int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	set := map[int64]bool{}
	for _, id := range ids {
		set[id] = true
	}
	kept := h.box[:0:0]
	for _, m := range h.box {
		if !set[m.ID] {
			kept = append(kept, m)
		}
	}
	h.box = kept
	return nil
}

func TestMeasure(t *testing.T) {
	if os.Getenv("MEASURE") == "" {
		t.Skip()
	}
	c := temporaltest.Client(t)
	for _, queue := range []string{"", "dispute.intake", "", "dispute.intake", "", "dispute.intake"} {
		h := &memoryHost{state: map[string]int{}, done: make(chan string, 10000), wake: make(chan struct{}, 1), queue: queue}
		log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
		w := NewWorkers(c, "g"+"1", h, NewCaller(Guard{}), log)
		w.Serve([]string{"dispute"})
		d := NewDispatcher(c, h, Place{Tenant: "t", Solution: "s", Group: "g", GroupID: "g1"}, h.wake, log)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { d.Run(ctx) })
		run := func(n int) time.Duration {
			start := time.Now()
			h.mu.Lock()
			for range n {
				h.put(StartMessage, uuid.NewString())
			}
			h.mu.Unlock()
			for range n {
				select {
				case <-h.done:
				case <-time.After(60 * time.Second):
					h.mu.Lock()
					cnt := map[int]int{}
					for id, v := range h.state {
						cnt[v]++
						if v == 1 && cnt[v] < 2 {
							it := c.GetWorkflowHistory(ctx, "interaction/g1/"+id, "", false, 0)
							for it.HasNext() {
								e, _ := it.Next()
								fmt.Println(e.EventId, e.EventType, e.EventTime.AsTime())
							}
						}
					}
					buf := make([]byte, 1<<22); os.WriteFile("/tmp/g2stacks", buf[:runtime.Stack(buf, true)], 0o600); fmt.Println("late", cnt, len(h.box), d.Problem(), time.Now().UTC())
					h.mu.Unlock()
					require.Fail(t, "late")
				}
			}
			return time.Since(start)
		}
		run(50)
		took := run(200)
		fmt.Printf("queue=%q: %.1f/s\n", queue, 200/took.Seconds())
		cancel()
		running.Wait()
		w.Close()
	}
}
