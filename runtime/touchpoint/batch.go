package touchpoint

import "context"

// ExecuteBatch runs commands on one session in order. No other call of the session
// comes between them. It goes on after an error unless asked to stop.
func (s *Service) ExecuteBatch(ctx context.Context, id string, b Batch) BatchAnswer {
	whole := call{answer: Answer{SessionID: id, Messages: []Message{}}}
	var answers []Answer
	if n := len(b.Commands); n < 1 || n > MaxCommands {
		whole.fail(TooManyCommands, "expected 1 to %d commands", MaxCommands)
		if !validID(id) {
			whole.answer.SessionID = ""
		}
	} else {
		c := &call{s: s}
		err := c.turn(ctx, id, func(ctx context.Context) {
			size := 0
			for i, command := range b.Commands {
				c.begin(id)
				switch {
				case ctx.Err() != nil:
					c.fail(Overloaded, "the time of the batch is over")
				case size >= MaxBatchBytes:
					c.fail(Overloaded, "the answers of the batch have %d bytes already", size)
				default:
					c.run(ctx, command)
				}
				c.finish()
				size += c.answer.size()
				answers = append(answers, c.answer)
				if b.StopOnError && c.answer.Status == Error {
					whole.say(LevelInfo, BatchStopped, "at commands[%d]", i)
					return
				}
			}
		})
		if err != nil {
			answers = nil
			whole.refused(id, err)
		}
	}
	a := BatchAnswer{SessionID: whole.answer.SessionID, Status: whole.answer.Status, Messages: whole.answer.Messages, Answers: []Answer{}}
	for _, answer := range answers {
		a.Status = max(a.Status, answer.Status)
		a.Answers = append(a.Answers, answer)
	}
	return a
}

// run runs a command of a batch.
func (c *call) run(ctx context.Context, r Command) {
	switch r.Method {
	case MethodStartSession:
		c.start(ctx, Start{Channel: r.Channel, RelyOnExisting: r.RelyOnExisting, Debug: r.Debug, Audience: r.Audience,
			Profile: r.Profile, Parameters: r.Parameters})
	case MethodGetOffers, MethodGetOffersMultiple:
		c.getOffers(ctx, GetOffers{Points: r.Points, Parameters: r.Parameters, CallParameters: r.CallParameters})
	case MethodPostEvent:
		c.postEvent(ctx, PostEvent{Event: r.Event, Treatment: r.Treatment, ResponseType: r.ResponseType, Parameters: r.Parameters})
	case MethodSetAudience:
		c.setAudience(ctx, SetAudience{Audience: r.Audience, Profile: r.Profile, Parameters: r.Parameters, Merge: r.Merge})
	case MethodGetProfile:
		c.getProfile(ctx)
	case MethodSetDebug:
		c.setDebug(ctx, SetDebug{Debug: r.Debug})
	case MethodEndSession:
		c.end()
	case MethodGetVersion:
		c.s.version(&c.answer)
	default:
		c.fail(UnknownCommand, "%.60q", string(r.Method))
	}
}
