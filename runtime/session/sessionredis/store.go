package sessionredis

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/runtime/session"
)

// Options tune a Store. URL and Group are required; zero values stand for the
// defaults elsewhere.
type Options struct {
	// URL is redis://user:password@host:port/database, rediss:// with TLS.
	URL string
	// Group is whose sessions they are; those of others in the same store are not seen.
	Group  string
	Limits session.Limits
	// Timeout bounds one exchange with the store, Lease is how long a turn outlives
	// the process that has it.
	Timeout time.Duration
	Lease   time.Duration
	// Now is the clock; that of the store if nil, so that servers agree.
	Now    func() time.Time
	Logger *slog.Logger
}

// Defaults of Options.
const (
	DefaultTimeout = time.Second
	DefaultLease   = 3 * time.Second
)

// grace is what a call that has run may take beyond its deadline to be kept.
const grace = 250 * time.Millisecond

// reserved is how long a turn is kept for the process that waits for it, which looks
// more often than that: after firstPause, then after twice as long, up to longestPause.
const (
	reserved     = 250 * time.Millisecond
	firstPause   = 2 * time.Millisecond
	longestPause = 32 * time.Millisecond
)

// Store keeps sessions in Redis. It is safe for concurrent use.
type Store struct {
	o    Options
	link *link
	// Ids come last in keys, since they can be any text: that of one session with
	// something behind it is the id of another.
	prefix, leases, next string

	group   []string // keys of the group
	process string
	queues  queues
	outage  *outage.Log
	renewal sync.WaitGroup

	sessions, bytes, evicted, expired atomic.Int64
}

var _ session.Store = (*Store)(nil)

// Open returns a store, which connects when it is used. Invalid: a URL that is none.
func Open(o Options) (*Store, error) {
	o.Limits = o.Limits.WithDefaults()
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Lease <= 0 {
		o.Lease = DefaultLease
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	made, err := newLink(o.URL, o.Timeout)
	if err != nil {
		return nil, err
	}
	prefix := "switchyard:{" + o.Group + "}:"
	return &Store{
		o: o, link: made, prefix: prefix + "session:", leases: prefix + "lease:", next: prefix + "next:",
		group:   []string{prefix + "fresh", prefix + "used", prefix + "sizes", prefix + "bytes"},
		process: rand.Text(), queues: queues{most: o.Limits.Waiting, of: map[string]*queue{}},
		outage: outage.New(o.Logger, "the session store cannot be reached", "the session store can be reached again"),
	}, nil
}

// Close lets go of the connections. Calls at work fail.
func (s *Store) Close() {
	s.link.close()
	s.renewal.Wait()
}

// Check asks the store for an answer: a fault Unavailable where it does not give one.
func (s *Store) Check(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	err := s.link.do(bounded, func(ctx context.Context, c rueidis.Client) error {
		return c.Do(ctx, c.B().Ping().Build()).Error()
	})
	s.outage.Note(ctx, err)
	if err != nil {
		return away(err)
	}
	return nil
}

// Usage implements session.Store: what the group has, by this process's last call,
// and what this process's calls dropped.
func (s *Store) Usage() session.Usage {
	return session.Usage{Sessions: int(s.sessions.Load()), Bytes: s.bytes.Load(), Evicted: s.evicted.Load(), Expired: s.expired.Load()}
}

// Do implements session.Store.
func (s *Store) Do(ctx context.Context, id string, f func(*session.Data) *session.Data) error {
	if ctx.Err() != nil {
		return busy(ctx.Err())
	}
	if err := s.queues.enter(ctx, id); err != nil {
		return err
	}
	defer s.queues.leave(id)
	t := &turn{s: s, id: id, token: rand.Text(), keys: append([]string{s.leases + id, s.next + id, s.prefix + id}, s.group...)}
	present, err := t.await(ctx)
	if err != nil {
		return err
	}
	stop := t.hold(ctx)
	kept := false
	defer func() {
		stop()
		if !kept { // f panicked, or nothing can be written
			t.giveUp(ctx)
		}
	}()
	came := time.Time{}
	if present != nil {
		came = present.Started
	}
	next := f(present)
	stop()
	var text []byte
	if next != nil {
		if text, err = json.Marshal(next); err != nil {
			return fault.New(fault.Internal, "session-not-kept", "the session cannot be written").Because(err)
		}
	}
	err = t.put(ctx, text, next != nil && present != nil && next.Started.Equal(came))
	kept = err == nil
	return err
}

// turn is a call that waits for a session, or has it.
type turn struct {
	s         *Store
	id, token string
	keys      []string
}

// await waits for the lease and returns the session.
func (t *turn) await(ctx context.Context) (*session.Data, error) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		s := t.s
		answer, err := s.exec(ctx, take, t.keys, t.token, milliseconds(s.o.Lease), s.process, milliseconds(reserved),
			s.now(), milliseconds(s.o.Limits.Idle), t.id)
		if err != nil {
			t.giveUp(ctx) // it may have been taken all the same
			if pause > firstPause && ctx.Err() != nil {
				return nil, busy(ctx.Err())
			}
			return nil, err
		}
		if len(answer) == 3 {
			return t.read(answer)
		}
		if !sleep.For(ctx, pause) {
			return nil, busy(ctx.Err())
		}
	}
}

// read reads the answer of take. What nobody can read is no session.
func (t *turn) read(answer []rueidis.RedisMessage) (*session.Data, error) {
	text, err := answer[1].AsBytes()
	if err != nil {
		t.giveUp(context.Background())
		return nil, away(err)
	}
	if expired, _ := answer[2].AsInt64(); expired > 0 {
		t.s.expired.Add(expired)
	}
	if len(text) == 0 {
		return nil, nil //nolint:nilnil // there is no session
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var d session.Data
	if err := decoder.Decode(&d); err != nil || d.ID != t.id {
		t.s.o.Logger.Warn("a session in the store cannot be read and is dropped", "session", t.id, "error", err)
		return nil, nil //nolint:nilnil // as above
	}
	if t.s.clock().Sub(d.Started) >= t.s.o.Limits.Age {
		t.s.expired.Add(1)
		return nil, nil //nolint:nilnil // as above
	}
	return &d, nil
}

// hold renews the lease until it is stopped, or until ctx ends: who works on after
// its deadline may lose the session.
func (t *turn) hold(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	t.s.renewal.Add(1)
	timer := time.AfterFunc(t.s.o.Lease/3, func() {
		defer t.s.renewal.Done()
		ticker := time.NewTicker(t.s.o.Lease / 3)
		defer ticker.Stop()
		for ctx.Err() == nil {
			_, _ = t.s.exec(ctx, renew, t.keys[:1], t.token, milliseconds(t.s.o.Lease))
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	})
	return func() {
		cancel()
		if timer.Stop() {
			t.s.renewal.Done()
		}
	}
}

// put writes the session, or ends it where there is no text.
func (t *turn) put(ctx context.Context, text []byte, came bool) error {
	s := t.s
	ctx, cancel := settling(ctx)
	defer cancel()
	flag := "0"
	if came {
		flag = "1"
	}
	answer, err := s.exec(ctx, put, t.keys, t.token, t.id, s.now(), milliseconds(s.o.Limits.Idle), rueidis.BinaryString(text), flag,
		strconv.Itoa(s.o.Limits.Sessions), strconv.FormatInt(s.o.Limits.Bytes, 10), s.prefix, strconv.Itoa(len(text)+len(t.id)))
	if err != nil {
		return err
	}
	if len(answer) != 5 {
		return away(errLost)
	}
	var counts [4]int64
	for i := range counts {
		if counts[i], err = answer[i+1].AsInt64(); err != nil {
			return away(err)
		}
	}
	s.evicted.Add(counts[0])
	s.expired.Add(counts[1])
	s.sessions.Store(counts[2])
	s.bytes.Store(counts[3])
	return nil
}

// settling is the time of what a call does at its end, which it does as well where
// the caller has gone.
func settling(ctx context.Context) (context.Context, context.CancelFunc) {
	until := time.Now().Add(grace)
	if deadline, ok := ctx.Deadline(); !ok || deadline.After(until) {
		if !ok {
			return context.WithCancel(context.WithoutCancel(ctx))
		}
		until = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), until)
}

// giveUp gives the lease up where the turn has it. It is sent even to a store that
// does not answer, which may take the lease when it goes on, and waits for no answer
// for long: a lease that stays lapses by itself.
func (t *turn) giveUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releasePatience)
	defer cancel()
	if c := t.s.link.present(); c != nil {
		_ = release.Exec(ctx, c, t.keys[:1], []string{t.token}).Error()
	}
}

const releasePatience = 20 * time.Millisecond

// now is the time for scripts, which take their own for 0.
func (s *Store) now() string {
	if s.o.Now == nil {
		return "0"
	}
	return strconv.FormatInt(s.o.Now().UnixMilli(), 10)
}

func (s *Store) clock() time.Time {
	if s.o.Now == nil {
		return time.Now()
	}
	return s.o.Now()
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// exec runs a script within Timeout. An answer that is one number is none.
func (s *Store) exec(ctx context.Context, script *rueidis.Lua, keys []string, arguments ...string) ([]rueidis.RedisMessage, error) {
	bounded, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	var answer []rueidis.RedisMessage
	err := s.link.do(bounded, func(ctx context.Context, c rueidis.Client) error {
		message, err := script.Exec(ctx, c, keys, arguments).ToMessage()
		if err == nil && message.IsArray() {
			answer, err = message.ToArray()
		}
		return err
	})
	s.outage.Note(ctx, err)
	if err != nil {
		return nil, away(err)
	}
	return answer, nil
}
