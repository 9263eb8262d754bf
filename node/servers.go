package node

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// Start makes the server run as launch says, on ports of the supervisor's
// choice. A server that already runs so is left alone, one that runs otherwise is
// restarted. Start does not wait until the server is ready.
func (s *Supervisor) Start(ctx context.Context, launch configuration.Launch) error {
	id, err := tenants.ParseID[tenants.ServerID](launch.Server.ID)
	if err != nil {
		return err // an id also names a folder
	}
	for {
		k, isNew, err := s.keeperOf(id, launch)
		if err != nil || isNew {
			return err
		}
		var failed error
		err = k.ask(ctx, func() { failed = k.follow(launch) })
		if !errors.Is(err, errGone) { // else it has just been removed: it is new again
			return errors.Join(err, failed)
		}
	}
}

// keeperOf returns the server's keeper; a new one starts the server by itself.
func (s *Supervisor) keeperOf(id tenants.ServerID, launch configuration.Launch) (k *keeper, isNew bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, known := s.keepers[id]; known {
		return k, false, nil
	}
	launch.Listen, launch.MetricsListen = "", ""
	f := folder(filepath.Join(s.options.Dir, "servers", string(id)))
	if err := f.create(); err != nil {
		return nil, false, err
	}
	if err := f.writeLaunch(launch); err != nil {
		return nil, false, err
	}
	k = newKeeper(s, f, launch)
	s.keep(k)
	return k, true, nil
}

// AwaitRunning waits until the server is ready and returns its status. When ctx
// ends first, the error is a fault that says why the server is not ready.
func (s *Supervisor) AwaitRunning(ctx context.Context, id tenants.ServerID) (Status, error) {
	k, err := s.find(id)
	if err != nil {
		return Status{}, err
	}
	status, _ := k.board.await(ctx, func(status Status) bool {
		return status.State == tenants.ServerRunning || status.State == tenants.ServerStopped
	})
	if status.State == tenants.ServerRunning {
		return status, nil
	}
	why := cmp.Or(status.Problem, "it gave no reason")
	return status, fault.New(fault.Unavailable, "server-not-ready", "the server is %s, not running: %s", status.State, why)
}

// Remove begins to end the server and to forget it with its files; it does not
// wait for that. The next supervisor goes on with it; a Start calls it off.
func (s *Supervisor) Remove(ctx context.Context, id tenants.ServerID) error {
	k, err := s.find(id)
	if err == nil {
		err = k.ask(ctx, k.leave)
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// forget is called by a keeper that has no process any more.
func (s *Supervisor) forget(k *keeper) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keepers, tenants.ServerID(k.launch.Server.ID))
	s.ports.release(k.launch.Listen, k.launch.MetricsListen)
	return k.folder.remove()
}

// StopAll ends every server; the next supervisor starts them again.
func (s *Supervisor) StopAll(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, k := range s.all() {
		group.Go(func() error { return k.haltAndWait(ctx) })
	}
	return group.Wait()
}

// Statuses returns all servers, sorted by id.
func (s *Supervisor) Statuses() []Status {
	var statuses []Status
	for _, k := range s.all() {
		status, _ := k.board.read()
		statuses = append(statuses, status)
	}
	slices.SortFunc(statuses, func(a, b Status) int { return cmp.Compare(a.Server, b.Server) })
	return statuses
}

func (s *Supervisor) find(id tenants.ServerID) (*keeper, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, known := s.keepers[id]
	if !known {
		return nil, fault.New(fault.NotFound, "server-not-found", "this node has no server %s", id)
	}
	return k, nil
}

func (s *Supervisor) all() []*keeper {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*keeper, 0, len(s.keepers))
	for _, k := range s.keepers {
		all = append(all, k)
	}
	return all
}

func (k *keeper) haltAndWait(ctx context.Context) error {
	if err := k.ask(ctx, k.halt); err != nil {
		if errors.Is(err, errGone) {
			return nil
		}
		return err
	}
	status, stopped := k.board.await(ctx, func(status Status) bool { return status.State == tenants.ServerStopped })
	if !stopped {
		return fault.New(fault.Unavailable, "server-not-stopped", "the server is still %s", status.State)
	}
	return nil
}
