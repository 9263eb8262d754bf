package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/folderlock"
)

// partStartsIn bounds the start of the control plane and of the node.
const partStartsIn = time.Minute

// Start brings up a platform and returns when it serves. When it fails, it has
// stopped what it had started. One process at a time has the folder.
func Start(ctx context.Context, o Options) (*Platform, error) {
	s, err := newStarter(o)
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		s.platform.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	return s.platform, nil
}

// starter is one run of Start.
type starter struct {
	o        Options
	ports    Ports
	platform *Platform
	keys     Keys

	progress sync.Mutex
	began    time.Time
}

func newStarter(o Options) (*starter, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Executable == "" {
		if o.Executable, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find the own executable: %w", err)
		}
	}
	if err := makeStateFolder(dir); err != nil {
		return nil, fmt.Errorf("make state folder: %w", err)
	}
	lock, err := folderlock.Take(dir)
	if held := (*folderlock.HeldError)(nil); errors.As(err, &held) {
		return nil, fmt.Errorf("%s is in use by another switchyard, process %s: stop it, or choose another folder with --dir", dir, held.Holder)
	}
	if err != nil {
		return nil, err
	}
	return &starter{
		o: o, platform: &Platform{Dir: dir, lock: lock}, began: time.Now(),
		keys: Keys{Dir: filepath.Join(dir, "keys")},
	}, nil
}

// makeStateFolder makes the folder. As root it lets others pass through it, for
// PostgreSQL's user: what is secret in it has a folder of its own.
func makeStateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil || os.Geteuid() != 0 {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return os.Chmod(dir, info.Mode().Perm()|0o011)
}

func (s *starter) start(ctx context.Context) error {
	var err error
	if s.ports, err = wantedPorts(s.o.Dir, s.o.Ports); err != nil {
		return err
	}
	if err := s.endPredecessors(ctx); err != nil {
		return err
	}
	services, servicesCtx := errgroup.WithContext(ctx)
	services.Go(func() error { return s.database(servicesCtx) })
	services.Go(func() error { return s.temporal(servicesCtx) })
	if err := services.Wait(); err != nil {
		return err
	}
	if err := s.controlPlane(ctx); err != nil {
		return err
	}
	if err := s.node(ctx); err != nil {
		return err
	}
	return keepPorts(s.o.Dir, s.ports)
}

// say prints a line of progress with the seconds since the start.
func (s *starter) say(format string, args ...any) {
	s.progress.Lock()
	defer s.progress.Unlock()
	fmt.Fprintf(s.o.Progress, "%6.1f s  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// endPredecessors ends the node and the control plane that a killed predecessor
// has left, before the database and Temporal go away below them.
func (s *starter) endPredecessors(ctx context.Context) error {
	s.platform.Node = NewProcess(s.child("node"))
	s.platform.ControlPlane = NewProcess(s.child("control-plane"))
	for _, process := range []*Process{s.platform.Node, s.platform.ControlPlane} {
		if err := process.EndPredecessor(ctx); err != nil {
			return err
		}
	}
	return nil
}

// child returns what the platform's own children have in common.
func (s *starter) child(name string) ProcessOptions {
	return ProcessOptions{
		Name: name, Path: s.o.Executable,
		LogFile: filepath.Join(s.o.Dir, "logs", name+".log"),
		PIDFile: filepath.Join(s.o.Dir, "run", name+".json"),
		Grace:   time.Minute, // the node stops its servers first
		Log:     s.o.Log,
	}
}

func (s *starter) database(ctx context.Context) error {
	password, err := keptSecret(filepath.Join(s.keys.Dir, "database.key"), 0o600, func() (string, error) { return rand.Text(), nil })
	if err != nil {
		return err
	}
	server, ours := s.o.DatabaseURL, false
	if server == "" {
		p, err := StartPostgreSQL(ctx, PostgreSQLOptions{Dir: filepath.Join(s.o.Dir, "postgresql"), Port: s.ports.PostgreSQL, Log: s.o.Log})
		if err != nil {
			return err
		}
		s.platform.PostgreSQL, s.ports.PostgreSQL = p, p.Port
		server, ours = p.URL, true
		s.say("PostgreSQL %s on %s, data in %s", p.Version, loopback(p.Port), p.Data)
	}
	s.platform.DatabaseURL, err = prepareControlDatabase(ctx, server, password, ours)
	return err
}

func (s *starter) temporal(ctx context.Context) error {
	if s.o.TemporalAddress != "" {
		s.platform.TemporalAddress = s.o.TemporalAddress
		if err := temporalAnswers(ctx, s.o.TemporalAddress); err != nil {
			return fmt.Errorf("the Temporal server at %s does not answer: %w", s.o.TemporalAddress, err)
		}
		return nil
	}
	t, err := StartTemporal(ctx, TemporalOptions{
		Dir: filepath.Join(s.o.Dir, "temporal"), Port: s.ports.Temporal, UIPort: s.ports.TemporalUI, Log: s.o.Log,
	})
	if err != nil {
		return err
	}
	s.platform.Temporal, s.ports.Temporal, s.ports.TemporalUI = t, t.Port, t.UIPort
	s.platform.TemporalAddress, s.platform.TemporalUI = t.Address, t.UI
	s.say("Temporal on %s, its UI at %s", t.Address, t.UI)
	return nil
}

func (s *starter) controlPlane(ctx context.Context) error {
	var err error
	if s.platform.AdminKey, err = s.keys.Make(); err != nil {
		return err
	}
	s.platform.AdminKeyFile = s.keys.Platform()
	if err := takePorts(&s.ports.ControlPlane, &s.ports.ControlPlaneOps); err != nil {
		return err
	}
	p := s.platform
	p.URL = "http://" + loopback(s.ports.ControlPlane)
	p.ops.controlPlane = "http://" + loopback(s.ports.ControlPlaneOps)
	options := s.child("control-plane")
	options.Args = []string{
		"control-plane",
		"--listen", loopback(s.ports.ControlPlane),
		"--ops-listen", loopback(s.ports.ControlPlaneOps),
		"--temporal-address", p.TemporalAddress,
		"--encryption-key-file", s.keys.Encryption(),
		"--platform-key-file", s.keys.Platform(),
	}
	// In the environment, as it holds a password and arguments can be read by all.
	options.Env = append(environment(), "SWITCHYARD_DATABASE_URL="+p.DatabaseURL)
	p.ControlPlane = NewProcess(options)
	if err := s.run(ctx, p.ControlPlane, p.AwaitControlPlane); err != nil {
		return err
	}
	s.say("control plane at %s, its reference at %s/docs", p.URL, p.URL)
	return nil
}

func (s *starter) node(ctx context.Context) error {
	admin := client.New(s.platform.URL, client.Options{Credential: s.platform.AdminKey})
	if err := s.keys.MakeNode(ctx, admin, nodeName); err != nil {
		return err
	}
	if err := takePorts(&s.ports.NodeOps); err != nil {
		return err
	}
	p := s.platform
	p.ops.node = "http://" + loopback(s.ports.NodeOps)
	options := s.child("node")
	options.Args = []string{
		"node",
		"--name", nodeName,
		"--dir", filepath.Join(s.o.Dir, nodeName),
		"--control-plane", p.URL,
		"--key-file", s.keys.Node(nodeName),
		"--temporal-address", p.TemporalAddress,
		"--ops-listen", loopback(s.ports.NodeOps),
		"--on-exit", "stop",
	}
	for _, network := range s.o.AllowOutgoing {
		options.Args = append(options.Args, "--allow-outgoing="+network.String())
	}
	if s.o.SessionStore != "" {
		options.Args = append(options.Args, "--session-store="+s.o.SessionStore)
	}
	if s.o.SessionStorePasswordFile != "" {
		options.Args = append(options.Args, "--session-store-password-file="+s.o.SessionStorePasswordFile)
	}
	options.Args = append(options.Args, s.o.ServerArguments...)
	p.Node = NewProcess(options)
	if err := s.run(ctx, p.Node, p.AwaitNode); err != nil {
		return err
	}
	s.say("node %s", nodeName)
	return nil
}

// run starts a child and waits until it is ready.
func (s *starter) run(ctx context.Context, process *Process, await func(context.Context) error) error {
	if err := process.Start(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, partStartsIn)
	defer cancel()
	return await(ctx)
}

// takePorts replaces each port that is in use.
func takePorts(ports ...*int) error {
	for _, port := range ports {
		free, err := FreePort(*port)
		if err != nil {
			return err
		}
		*port = free
	}
	return nil
}

// ready asks a health page.
func ready(ops string) func(context.Context) error {
	pages := &http.Client{Timeout: 5 * time.Second}
	return func(ctx context.Context) error { return readiness(ctx, pages, ops+"/readyz") }
}
