package node

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/folderlock"
	"github.com/switchyard/switchyard/tenants"
)

const (
	defaultHost  = "127.0.0.1"
	defaultGrace = 15 * time.Second
	rotateEvery  = 5 * time.Second
	// A process that is there but gives no sign for silentFor, over silentProbes
	// probes, is killed.
	silentFor    = time.Minute
	silentProbes = 10
)

// Options say how servers are run.
type Options struct {
	// Dir holds a folder per server: its launch file, process file and log.
	Dir string
	// Executable and Arguments are the command of a server; the path of its launch
	// file follows as the last argument. A server that an earlier node started with
	// other arguments is restarted.
	Executable string
	Arguments  []string
	// ListenHost is the address that servers listen on, default 127.0.0.1;
	// Host is how others reach them, default ListenHost.
	ListenHost, Host string
	// Ports is where servers' ports are chosen from; default 20000 to 29999.
	Ports  PortRange
	Logger *slog.Logger

	backoff     backoff
	grace       time.Duration // from SIGTERM to SIGKILL
	environment []string      // of the servers
}

func (o *Options) complete() error {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	o.Dir = dir
	if o.ListenHost == "" {
		o.ListenHost = defaultHost
	}
	if o.Host == "" {
		o.Host = o.ListenHost
	}
	if o.Ports == (PortRange{}) {
		o.Ports = defaultPorts
	}
	if o.backoff == (backoff{}) {
		o.backoff = defaultBackoff
	}
	if o.grace == 0 {
		o.grace = defaultGrace
	}
	// The node's own settings, some of them secret, are not the servers'.
	o.environment = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "SWITCHYARD_")
	})
	return nil
}

// Supervisor keeps servers running. Its methods may be called by several
// goroutines at once.
type Supervisor struct {
	options Options
	ports   *ports
	client  *http.Client
	lock    *folderlock.Lock
	changed chan struct{}

	// run runs a keeper's loop until stop is called; ended is closed then.
	run   func(k *keeper)
	stop  context.CancelFunc
	ended <-chan struct{}
	loops sync.WaitGroup

	mu      sync.Mutex
	keepers map[tenants.ServerID]*keeper
}

// Open takes the folder and every server in it: what runs is adopted, what does
// not is started, unless it was stopped. It fails when another supervisor has
// the folder.
func Open(o Options) (*Supervisor, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	lock, err := lockFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Supervisor{
		options: o,
		ports:   newPorts(o.ListenHost, o.Ports),
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second}},
		lock:    lock,
		changed: make(chan struct{}, 1),
		stop:    stop,
		ended:   ctx.Done(),
		keepers: make(map[tenants.ServerID]*keeper),
	}
	s.run = func(k *keeper) { s.loops.Go(func() { k.run(ctx) }) }
	if err := s.takeUp(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// lockFolder makes sure that no two supervisors start the same servers.
func lockFolder(dir string) (*folderlock.Lock, error) {
	if err := os.MkdirAll(filepath.Join(dir, "servers"), 0o700); err != nil {
		return nil, err
	}
	lock, err := folderlock.Take(dir)
	if held := (*folderlock.HeldError)(nil); errors.As(err, &held) {
		return nil, fault.New(fault.Conflict, "node-runs-already", "another node works in %s", dir).Because(err)
	}
	return lock, err
}

// takeUp begins to keep every server that has a folder.
func (s *Supervisor) takeUp() error {
	found, err := folders(filepath.Join(s.options.Dir, "servers"))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	launches := make(map[folder]configuration.Launch, len(found))
	for _, f := range found {
		launch, err := f.readLaunch()
		if err != nil {
			return err
		}
		s.ports.keep(launch.Listen, launch.MetricsListen)
		launches[f] = launch
	}
	for f, launch := range launches {
		s.keep(newKeeper(s, f, launch))
	}
	return nil
}

// keep begins to keep a server. The caller has the lock.
func (s *Supervisor) keep(k *keeper) {
	s.keepers[tenants.ServerID(k.launch.Server.ID)] = k
	s.run(k)
}

// Close gives the folder up and leaves the servers running.
func (s *Supervisor) Close() error {
	s.stop()
	s.loops.Wait()
	s.client.CloseIdleConnections()
	return s.lock.Release()
}

// Changed receives a value after statuses have changed.
func (s *Supervisor) Changed() <-chan struct{} { return s.changed }

func (s *Supervisor) notify() {
	select {
	case s.changed <- struct{}{}:
	default: // somebody is to look already
	}
}

// baseURL is how others reach what listens on address.
func (s *Supervisor) baseURL(address string) string {
	return "http://" + net.JoinHostPort(s.options.Host, strconv.Itoa(portOf(address)))
}
