package node

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// keeper keeps one server running. Its loop alone starts, signals and buries the
// process; others ask by commands and read the status.
type keeper struct {
	supervisor *Supervisor
	folder     folder
	board      *board
	commands   chan command
	gone       chan struct{} // closed when the server is removed
	logger     *slog.Logger

	// What follows belongs to the loop.
	launch  configuration.Launch
	record  record
	backoff backoff
	// process is nil when none runs. ending says that it was asked to end.
	process *process
	ending  bool
	halted  bool // stopped until the next node
	// forgotten ends the loop.
	forgotten bool
	killAt    <-chan time.Time // SIGTERM was not enough
	startAt   <-chan time.Time // the next start
	watched   context.CancelFunc
	health    chan health // answers about the present process
	life      life
	logFrom   int64 // where the process' own log begins
}

// life is how a process has done so far.
type life struct {
	healthySince time.Time // zero: not ready now
	silentSince  time.Time // last sign of it
	silent       int       // probes without an answer since
}

// command asks the loop for something; done is closed afterwards.
type command struct {
	do   func()
	done chan struct{}
}

func newKeeper(s *Supervisor, f folder, launch configuration.Launch) *keeper {
	return &keeper{
		supervisor: s,
		folder:     f,
		board:      newBoard(tenants.ServerID(launch.Server.ID), s.notify),
		commands:   make(chan command),
		gone:       make(chan struct{}),
		logger:     s.options.Logger.With("server", launch.Server.ID, "server_name", launch.Server.Name, "tenant", launch.Tenant.Name, "solution", launch.Solution.Name),
		launch:     launch,
		record:     f.readRecord(),
		backoff:    s.options.backoff,
	}
}

// run is the loop. It ends with ctx, and leaves the process alone, or when the
// server is removed.
func (k *keeper) run(ctx context.Context) {
	rotation := time.NewTicker(rotateEvery)
	defer rotation.Stop()
	defer k.unwatch()
	k.takeUp()
	for !k.forgotten {
		select {
		case <-ctx.Done():
			return
		case c := <-k.commands:
			c.do()
			close(c.done)
		case <-k.exited():
			k.bury()
		case <-k.startAt:
			k.start()
		case <-k.killAt:
			k.logger.Warn("server did not end, killing it")
			k.process.signal(syscall.SIGKILL)
			k.killAt = nil
		case h := <-k.health:
			k.observe(h)
		case <-rotation.C:
			if err := rotateLog(k.folder.logFile(), logLimit); err != nil {
				k.logger.Warn("cannot rotate server log", "error", err)
			}
		}
	}
}

// errGone is the answer of a keeper whose server was removed.
var errGone = fault.New(fault.NotFound, "server-removed", "the server was removed from this node")

// ask runs do in the loop and returns when it is done.
func (k *keeper) ask(ctx context.Context, do func()) error {
	c := command{do: do, done: make(chan struct{})}
	select {
	case k.commands <- c:
		<-c.done
		return nil
	case <-k.gone:
		return errGone
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-k.supervisor.ended:
		return fault.New(fault.Unavailable, "node-closing", "the node is closing")
	}
}

// exited never delivers while there is no process.
func (k *keeper) exited() <-chan struct{} {
	if k.process == nil {
		return nil
	}
	return k.process.exited
}

// takeUp adopts the process that an earlier node left, or starts one.
func (k *keeper) takeUp() {
	id, found := k.record.identity, k.record.runs() && k.record.hasArgument(k.folder.launchFile())
	if !found {
		id, found = findByArgument(k.folder.launchFile())
	}
	switch {
	case found:
		if id != k.record.identity {
			k.record.identity, k.record.StartedAt = id, time.Now()
		}
		k.logger.Info("adopted server", "pid", id.PID)
		k.process = adoptProcess(id, k.record.StartedAt)
		k.begin()
		if k.record.Leaving || k.record.Launch != launchHash(k.launch, k.supervisor.options.Arguments) {
			k.end() // the node died before it came to that
		}
	case k.record.Leaving:
		k.forget()
	default:
		if k.record.PID != 0 {
			k.record.Restarts++
		}
		k.start()
	}
}

// start starts a process on ports that are free. What stands in the way is shown
// and tried again.
func (k *keeper) start() {
	k.startAt = nil
	if err := k.tryStart(); err != nil {
		k.logger.Error("cannot start server", "error", err)
		k.restartLater("cannot start: "+err.Error(), 0)
	}
}

func (k *keeper) tryStart() error {
	if err := k.choosePorts(); err != nil {
		return err
	}
	log, err := k.folder.openLog()
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own descriptor
	if info, err := log.Stat(); err == nil {
		k.logFrom = info.Size()
	}
	options := k.supervisor.options
	// No context: the server outlives this process.
	command := exec.CommandContext(context.Background(), options.Executable, append(slices.Clone(options.Arguments), k.folder.launchFile())...)
	command.Dir = string(k.folder)
	command.Env = options.environment
	command.Stdout, command.Stderr = log, log
	k.process, err = launchProcess(command, time.Now())
	if err != nil {
		return err
	}
	k.record.identity, k.record.StartedAt = k.process.identity, k.process.startedAt
	k.record.Launch = launchHash(k.launch, k.supervisor.options.Arguments)
	k.logger.Info("started server", "pid", k.process.PID, "address", k.launch.Listen)
	k.begin()
	return nil
}

// choosePorts keeps the server's ports where they are free and else takes others.
func (k *keeper) choosePorts() error {
	addresses, err := k.supervisor.ports.choose(k.launch.Listen, k.launch.MetricsListen)
	if err != nil {
		return err
	}
	if addresses[0] == k.launch.Listen && addresses[1] == k.launch.MetricsListen {
		return nil
	}
	if k.launch.Listen != "" {
		k.logger.Warn("a port of the server is taken, its address changes", "from", k.launch.Listen, "to", addresses[0])
	}
	k.launch.Listen, k.launch.MetricsListen = addresses[0], addresses[1]
	return k.folder.writeLaunch(k.launch)
}

// begin watches a process that is there.
func (k *keeper) begin() {
	k.save()
	k.life = life{silentSince: time.Now()}
	k.show(tenants.ServerStarting, "")
	ctx, cancel := context.WithCancel(context.Background())
	k.watched = cancel
	base, answers := "http://"+k.launch.MetricsListen, make(chan health)
	k.health = answers
	go watch(ctx, k.supervisor.client, base, func(h health) {
		select {
		case answers <- h:
		case <-ctx.Done():
		}
	})
}

func (k *keeper) unwatch() {
	if k.watched != nil {
		k.watched()
		k.watched = nil
	}
}

// observe takes the answer of the health page in.
func (k *keeper) observe(h health) {
	if k.process == nil || k.ending {
		return
	}
	now := time.Now()
	if h.answered {
		k.life.silent, k.life.silentSince = 0, now
	} else {
		k.life.silent++
	}
	if h.ready {
		if k.life.healthySince.IsZero() {
			k.life.healthySince = now
		}
		k.show(tenants.ServerRunning, "")
		return
	}
	k.life.healthySince = time.Time{}
	k.show(tenants.ServerStarting, h.problem)
	if k.life.silent >= silentProbes && now.Sub(k.life.silentSince) > silentFor {
		k.logger.Error("server does not answer, killing it", "pid", k.process.PID)
		k.process.signal(syscall.SIGKILL)
	}
}

// follow makes the server run as launch says.
func (k *keeper) follow(launch configuration.Launch) error {
	launch.Listen, launch.MetricsListen = k.launch.Listen, k.launch.MetricsListen
	changed := launch != k.launch
	if changed {
		if err := k.folder.writeLaunch(launch); err != nil {
			return err
		}
		k.launch = launch
	}
	wasLeaving := k.record.Leaving
	if wasLeaving {
		k.record.Leaving = false
		k.save()
	}
	switch {
	case !changed && !wasLeaving:
	case k.process == nil:
		k.start()
	default:
		k.end()
		k.show(tenants.ServerRestarting, "")
	}
	return nil
}

// halt ends the server until the next node.
func (k *keeper) halt() {
	k.halted = true
	if k.process == nil {
		k.startAt = nil
		k.show(tenants.ServerStopped, "")
		return
	}
	k.end()
}

// leave ends the server and forgets it, unless a follow comes before its end.
func (k *keeper) leave() {
	if k.record.Leaving {
		return
	}
	k.logger.Info("removing server")
	k.record.Leaving = true
	k.save()
	if k.process == nil {
		k.forget()
		return
	}
	k.end()
}

// forget takes the server from the node. There is no process any more.
func (k *keeper) forget() {
	k.startAt = nil
	if err := k.supervisor.forget(k); err != nil {
		k.logger.Error("cannot remove the files of a removed server", "error", err)
	}
	k.show(tenants.ServerStopped, "it was removed from this node")
	k.forgotten = true
	close(k.gone)
}

// end asks the process to end; bury follows.
func (k *keeper) end() {
	if k.ending {
		return
	}
	k.ending = true
	k.process.signal(syscall.SIGTERM)
	k.killAt = time.After(k.supervisor.options.grace)
}

// bury takes in that the process is gone, and arranges for the next.
func (k *keeper) bury() {
	dead, asked := k.process, k.ending
	k.unwatch()
	k.process, k.ending, k.killAt = nil, false, nil
	var healthy time.Duration
	if !k.life.healthySince.IsZero() {
		healthy = time.Since(k.life.healthySince)
	}
	switch {
	case k.record.Leaving:
		k.logger.Info("server removed", "pid", dead.PID)
		k.forget()
	case k.halted:
		k.logger.Info("server stopped", "pid", dead.PID)
		k.record.identity = identity{}
		k.save()
		k.show(tenants.ServerStopped, "")
	case asked:
		k.record.Restarts++
		k.start()
	default:
		problem := dead.how
		if words := lastWords(k.folder.logFile(), k.logFrom); words != "" {
			problem = fmt.Sprintf("%s; last line of its log: %s", problem, words)
		}
		k.logger.Error("server died", "pid", dead.PID, "problem", problem)
		k.record.Restarts++
		k.restartLater(problem, healthy)
	}
}

func (k *keeper) restartLater(problem string, healthy time.Duration) {
	k.startAt = time.After(k.backoff.after(healthy))
	k.show(tenants.ServerRestarting, problem)
}

// save writes what the next node has to know.
func (k *keeper) save() {
	if err := k.folder.writeRecord(k.record); err != nil {
		k.logger.Error("cannot write process file", "error", err)
	}
}

// show posts the state with what else is known.
func (k *keeper) show(state tenants.ServerState, problem string) {
	status := Status{State: state, Restarts: k.record.Restarts, Problem: problem}
	if k.launch.Listen != "" {
		status.Address = k.supervisor.baseURL(k.launch.Listen)
		status.Metrics = k.supervisor.baseURL(k.launch.MetricsListen)
	}
	if k.process != nil {
		status.PID, status.StartedAt = k.process.PID, k.process.startedAt
	}
	k.board.post(status)
}
