package serverapi

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/schedule"
)

const deadActionsCursor = "dead-actions"

func (s *surface) registerDeadActions(api *rest.API) {
	const (
		all = "/v1/dead-actions"
		one = all + "/{action}"
	)
	operation := func(id, method, path, summary, description string) rest.Operation {
		return rest.Operation{ID: id, Method: method, Path: path, Tag: runtimeTag, Summary: summary, Description: description,
			Action: string(accessgroups.OperateSolutions)}
	}
	rest.Handle(api, operation("list-dead-actions", http.MethodGet, all, "List actions of events that were given up, the last first",
		"Of the whole server group: delayed actions and triggers that failed too often, or for good, with the reason. They are kept "+
			"for 30 days. Customers and parameters are not shown."), s.deadActions)
	rest.Handle(api, operation("retry-dead-action", http.MethodPost, one+":retry", "Have an action tried again",
		"At once, and again after growing pauses, as if it were new. Its id stays the same."), s.retryDeadAction)
	rest.Handle(api, operation("discard-dead-action", http.MethodDelete, one, "Drop an action that was given up", ""), s.discardDeadAction)
}

type deadActionsInput struct{ rest.Page }

type deadActionsOutput struct {
	Body rest.Items[client.DeadAction]
}

func (s *surface) deadActions(ctx context.Context, in *deadActionsInput) (*deadActionsOutput, error) {
	after, _, err := rest.DecodeCursor[schedule.Place](deadActionsCursor, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.o.Actions.Dead(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > in.Limit {
		found = found[:in.Limit]
		next = rest.EncodeCursor(deadActionsCursor, found[in.Limit-1].Place())
	}
	items := make([]client.DeadAction, len(found))
	for i, d := range found {
		items[i] = client.DeadAction{ID: d.ID.String(), Do: string(d.Work.Do.Do), Cause: d.Work.Cause, Channel: d.Work.Channel,
			Event: d.Work.Event, Level: d.Level, URL: d.Work.Do.URL, Process: d.Work.Do.Process, DueAt: d.Due, GivenUpAt: d.At,
			Attempts: d.Attempts, Problem: d.Problem}
	}
	return &deadActionsOutput{Body: rest.NewItems(items, next)}, nil
}

// DeadActionParam names an action.
type DeadActionParam struct {
	Action string `path:"action" maxLength:"36" doc:"Id of the action."`
}

// id is malformed for no action that there is.
func (p DeadActionParam) id() (schedule.ID, error) {
	id, ok := schedule.ParseID(p.Action)
	if !ok {
		return id, fault.New(fault.NotFound, "unknown-delayed-action", "no such action was given up")
	}
	return id, nil
}

func (s *surface) retryDeadAction(ctx context.Context, in *DeadActionParam) (*struct{}, error) {
	return s.settleDeadAction(ctx, in, "an action that was given up is tried again", s.o.Actions.Revive)
}

func (s *surface) discardDeadAction(ctx context.Context, in *DeadActionParam) (*struct{}, error) {
	return s.settleDeadAction(ctx, in, "an action that was given up is dropped", s.o.Actions.Discard)
}

func (s *surface) settleDeadAction(ctx context.Context, in *DeadActionParam, said string, settle func(context.Context, schedule.ID) error) (*struct{}, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if err := settle(ctx, id); err != nil {
		return nil, err
	}
	s.o.Logger.InfoContext(ctx, said, "action", id, "account", rest.CallerOf(ctx).Name)
	return nil, nil
}
