package touchpoint

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/switchyard/switchyard/internal/deadline"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/session"
)

// call is a call, or a command of a batch, whose turn has come.
type call struct {
	s      *Service
	now    time.Time
	answer Answer

	// data is nil where there is no live session. The rest belongs to it.
	data  *session.Data
	plan  *plan
	level *level
	kept  *attached
	frame *scope.Frame // nil until something is evaluated
	lent  *level       // by which the frame was lent

	done       []schedule.ID // that the schedule forgets when the session is kept
	candidates int           // that explanations still have room for
}

// attached is what this process keeps beside a session.
type attached struct {
	plan      *plan
	blocked   []decision.OfferID
	overrides []decision.Override
	defaults  []decision.Default
}

// call runs a method on a session when its turn has come.
func (s *Service) call(ctx context.Context, id string, do func(ctx context.Context, c *call)) Answer {
	c := &call{s: s}
	if err := c.turn(ctx, id, func(ctx context.Context) {
		c.begin(id)
		do(ctx, c)
		c.finish()
	}); err != nil {
		c.answer = Answer{SessionID: id, Messages: []Message{}}
		c.refused(id, err)
	}
	return c.answer
}

// turn waits for a session's turn and keeps what was made of it.
func (c *call) turn(ctx context.Context, id string, do func(ctx context.Context)) error {
	if !validID(id) {
		return errMalformedID
	}
	within := deadline.Within(ctx, c.s.o.Deadline)
	defer within.End()
	if err := c.s.sessions.Do(within, id, func(present *session.Data) *session.Data {
		c.data, c.candidates = present, MaxCandidates
		defer c.release()
		do(within)
		return c.data
	}); err != nil {
		return err
	}
	c.forget(within)
	return nil
}

var errMalformedID = fault.New(fault.Invalid, "malformed-session-id", "malformed session id")

// refused answers a call that was not run.
func (c *call) refused(id string, err error) {
	f, _ := fault.As(err)
	switch {
	case errors.Is(err, errMalformedID):
		c.answer.SessionID = ""
		c.fail(MalformedSessionID, "this one has %d bytes", len(id))
	case f != nil && f.Type == "session-store-away":
		c.fail(SessionStoreAway, "")
	case f != nil:
		c.fail(Overloaded, "%s", f.Message)
	default:
		c.fail(Overloaded, "")
	}
}

// validID reports whether an id has 1 to 256 bytes of UTF-8 without control
// characters.
func validID(id string) bool {
	if id == "" || len(id) > MaxSessionID || !utf8.ValidString(id) {
		return false
	}
	for _, r := range id {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// begin starts the answer of a command.
func (c *call) begin(id string) {
	c.now = c.s.o.Now()
	c.answer = Answer{SessionID: id, Messages: []Message{}}
	c.release()
	c.plan, c.level, c.kept = nil, nil, nil
}

func (c *call) finish() {
	if c.data != nil && c.plan != nil {
		c.answer.Version = &c.plan.version
	}
}

// release gives the frame back.
func (c *call) release() {
	if c.frame != nil {
		c.frame.Reset()
		c.lent.frames.Put(c.frame)
		c.frame, c.lent = nil, nil
	}
}

// MaxMessages bounds the messages of an answer.
const MaxMessages = 100

func (c *call) say(level Level, code Code, format string, args ...any) {
	a := &c.answer
	a.Status = max(a.Status, level.Status())
	if len(a.Messages) >= MaxMessages {
		if len(a.Messages) == MaxMessages {
			a.Messages = append(a.Messages, Message{Level: LevelInfo, Code: MessagesLeftOut, Text: Codes[MessagesLeftOut]})
		}
		return
	}
	m := Message{Level: level, Code: code, Text: Codes[code]}
	if format != "" {
		m.Detail = shortened(fmt.Sprintf(format, args...))
	}
	a.Messages = append(a.Messages, m)
}

func (c *call) fail(code Code, format string, args ...any) { c.say(LevelError, code, format, args...) }
func (c *call) warn(code Code, format string, args ...any) {
	c.say(LevelWarning, code, format, args...)
}

// maxDetail bounds the detail of a message, in bytes.
const maxDetail = 400

func shortened(text string) string {
	if len(text) <= maxDetail {
		return text
	}
	end := maxDetail
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// evaluate has the frame filled with the session's values, and parameters of the
// call over those of the session.
func (c *call) evaluate() *scope.Frame {
	if c.frame == nil {
		c.frame, c.lent = c.level.frames.Get().(*scope.Frame), c.level
		c.frame.SetProfileOf(&c.data.Profile)
		c.frame.SetParameters(c.data.Parameters)
		c.frame.SetSegments(c.data.Segments)
		c.frame.SetEvent(nil)
		c.frame.SetNow(c.now)
	}
	return c.frame
}
