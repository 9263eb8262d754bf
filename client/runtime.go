package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

// RuntimeOptions configure a Runtime.
type RuntimeOptions struct {
	// Options of the calls. Timeout bounds each try: 5 s if zero. Retries are rounds
	// over the servers: 2 if zero, none if negative.
	Options
	// Pause is how long a server that could not be reached is passed over; 5 s if
	// zero.
	Pause time.Duration
}

const (
	runtimeTimeout = 5 * time.Second
	runtimeDial    = time.Second
	runtimeRounds  = 2
	runtimePause   = 5 * time.Second
	// lostAnswers in a row are as bad as no connection.
	lostAnswers = 2
)

// Runtime calls the runtime API of a server group: sessions, offers and events. It
// is safe for concurrent use; calls of one session should follow each other.
//
// All calls of a session go to one server, chosen by Rank. When no connection to it
// can be made, or two answers in a row are lost, they go to the next one for a while.
// Where the group keeps its sessions in memory the next one does not have them: it
// answers with code 1, and the caller starts the session again.
//
// A call that surely was not run (no connection, or 429) is tried again, whatever it
// is. Once a server may have run it, only what may be done twice is repeated: StartSession, SetAudience, GetProfile, SetDebug, EndSession
// (which then can answer that there is no such session) and batches of those. Never
// offers and events: a lost answer to them is an error, because a second
// presentation would count against the limits and a second event would count in
// patterns. Responses with a treatment code are counted once however often they are
// posted, so that callers can post those again themselves.
//
// A refusal by the runtime is no error but an answer with status 2. Errors are
// *Problem, where the server refuses the caller or the form of the request, and
// errors of the connection.
type Runtime struct {
	servers []string // base URLs
	clients []*Client
	o       RuntimeOptions
	now     func() time.Time

	mu    sync.Mutex
	state []serverState
}

type serverState struct {
	away time.Time // until when it is passed over
	lost int       // answers, in a row
}

// NewRuntime returns a caller of the servers with these base URLs, such as
// http://10.0.0.1:7500. All callers have to be given the same ones, in any order. It
// panics without any.
func NewRuntime(servers []string, o RuntimeOptions) *Runtime {
	if len(servers) == 0 {
		panic("client: a runtime without servers")
	}
	if o.Timeout == 0 {
		o.Timeout = runtimeTimeout
	}
	if o.Retries == 0 {
		o.Retries = runtimeRounds
	}
	if o.Pause == 0 {
		o.Pause = runtimePause
	}
	if o.HTTP == nil {
		o.HTTP = newHTTP()
		o.HTTP.Transport.(*http.Transport).DialContext = (&net.Dialer{Timeout: runtimeDial}).DialContext
	}
	r := &Runtime{o: o, now: time.Now}
	for _, server := range servers {
		server = strings.TrimRight(server, "/")
		if slices.Contains(r.servers, server) {
			continue
		}
		each := o.Options
		each.Retries = -1 // they are counted here
		r.servers = append(r.servers, server)
		r.clients = append(r.clients, New(server, each))
	}
	r.state = make([]serverState, len(r.servers))
	return r
}

// StartSession begins a session under an id of the caller's choice, or goes on with
// a live one.
func (r *Runtime) StartSession(ctx context.Context, session string, in StartSession) (RuntimeAnswer, error) {
	return r.session(ctx, http.MethodPut, session, "", in, true)
}

// GetOffers asks for the best offers at one interaction point or several.
func (r *Runtime) GetOffers(ctx context.Context, session string, in GetOffers) (RuntimeAnswer, error) {
	return r.session(ctx, http.MethodPost, session, "/offers", in, false)
}

// PostEvent tells of something that happened at the touchpoint.
func (r *Runtime) PostEvent(ctx context.Context, session string, in PostEvent) (RuntimeAnswer, error) {
	return r.session(ctx, http.MethodPost, session, "/events", in, false)
}

// SetAudience says who the visitor is from now on.
func (r *Runtime) SetAudience(ctx context.Context, session string, in SetAudience) (RuntimeAnswer, error) {
	return r.session(ctx, http.MethodPut, session, "/audience", in, true)
}

// GetProfile asks what is known of the visitor.
func (r *Runtime) GetProfile(ctx context.Context, session string) (RuntimeAnswer, error) {
	return r.session(ctx, http.MethodGet, session, "/profile", nil, true)
}

// SetDebug switches explanations on or off.
func (r *Runtime) SetDebug(ctx context.Context, session string, on bool) (RuntimeAnswer, error) {
	return r.session(ctx, http.MethodPut, session, "/debug", SetDebug{Debug: on}, true)
}

// EndSession ends a session.
func (r *Runtime) EndSession(ctx context.Context, session string) (RuntimeAnswer, error) {
	return r.session(ctx, http.MethodDelete, session, "", nil, true)
}

// ExecuteBatch runs commands on one session in one request.
func (r *Runtime) ExecuteBatch(ctx context.Context, session string, in RuntimeBatch) (out RuntimeBatchAnswer, err error) {
	twice := !slices.ContainsFunc(in.Commands, func(c RuntimeCommand) bool { return !repeatable(c.Method) })
	err = r.call(ctx, session, http.MethodPost, "/v1/batch/"+SessionPath(session), in, &out, twice)
	return out, err
}

func repeatable(method string) bool {
	switch method {
	case MethodStartSession, MethodSetAudience, MethodGetProfile, MethodSetDebug, MethodEndSession, MethodGetVersion:
		return true
	default:
		return false
	}
}

// Version asks the session's server what it serves.
func (r *Runtime) Version(ctx context.Context, session string) (out ServerVersion, err error) {
	err = r.call(ctx, session, http.MethodGet, "/v1/version", nil, &out, true)
	return out, err
}

func (r *Runtime) session(ctx context.Context, method, session, of string, in any, twice bool) (out RuntimeAnswer, err error) {
	err = r.call(ctx, session, method, "/v1/sessions/"+SessionPath(session)+of, in, &out, twice)
	return out, err
}

// SessionPath is a session id as a segment of a path: any byte is allowed in an id,
// and "." and ".." mean something else in a path.
func SessionPath(session string) string {
	escaped := url.PathEscape(session)
	if session == "." || session == ".." {
		return strings.ReplaceAll(session, ".", "%2E")
	}
	return escaped
}

// call makes a call, and again where that is safe and may help.
func (r *Runtime) call(ctx context.Context, session, method, path string, in, out any, twice bool) error {
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: encode: %w", method, path, err)
		}
		in = json.RawMessage(body)
	}
	for round := 0; ; round++ {
		err := r.round(ctx, session, method, path, in, out)
		if err == nil || !again(err, twice) || round >= r.o.Retries || ctx.Err() != nil {
			return err
		}
		if !sleep.For(ctx, r.clients[0].backoff(round)) {
			return err
		}
	}
}

// round makes the call at the first server of its order that can be connected to.
func (r *Runtime) round(ctx context.Context, session, method, path string, in, out any) (err error) {
	for _, at := range r.order(session) {
		err = r.clients[at].Do(ctx, method, path, in, out)
		if ctx.Err() != nil {
			return err
		}
		var problem *Problem
		if err == nil || errors.As(err, &problem) {
			r.note(at, func(s *serverState) { *s = serverState{} })
			return err
		}
		err = fmt.Errorf("server %s: %w", r.servers[at], err)
		unconnected := isUnconnected(err)
		r.note(at, func(s *serverState) {
			if s.lost++; unconnected || s.lost >= lostAnswers {
				s.away = r.now().Add(r.o.Pause)
			}
		})
		if !unconnected {
			return err
		}
	}
	return err
}

// again reports whether a call may be made again after an error: because it was not
// run, or because it may be run twice and the error may pass.
func again(err error, twice bool) bool {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem.Status == http.StatusTooManyRequests || twice && transient(problem.Status)
	}
	return twice && !errors.Is(err, errAnswerTooLarge) || isUnconnected(err)
}

func isUnconnected(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

// order is that of Rank, those that are passed over last.
func (r *Runtime) order(session string) []int {
	order := rank(session, r.servers)
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	there := slices.DeleteFunc(slices.Clone(order), func(at int) bool { return r.state[at].away.After(now) })
	away := slices.DeleteFunc(order, func(at int) bool { return !r.state[at].away.After(now) })
	return append(there, away...)
}

func (r *Runtime) note(at int, change func(*serverState)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.state[at])
}
