package local

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/switchyard/switchyard/internal/folderlock"
)

// nodeName is the name of the one node of a local platform.
const nodeName = "node-1"

// Options say what a local platform consists of. Dir is required.
type Options struct {
	// Dir holds all state; it is made when missing.
	Dir string
	// DatabaseURL names a PostgreSQL server to use in place of an own one: as a
	// superuser, by whom role and database are made, or as the owner of the
	// control database.
	DatabaseURL string
	// TemporalAddress names a Temporal server to use in place of an own one.
	TemporalAddress string
	// Ports are wishes; 0 is the one of the last time.
	Ports Ports
	// AllowOutgoing are networks that HTTP calls of business processes may reach
	// though they are not public.
	AllowOutgoing []netip.Prefix
	// SessionStore is the URL of what keeps the sessions of touchpoints, without a
	// password, which is in the file; empty where each server keeps its own.
	SessionStore, SessionStorePasswordFile string
	// ServerArguments are further arguments of the servers' command.
	ServerArguments []string
	// Executable is the switchyard command; empty is this process's own.
	Executable string
	// Progress gets a line for people when something is ready.
	Progress io.Writer
	Log      *slog.Logger
}

// Platform is a running platform.
type Platform struct {
	Dir string
	// URL is the base URL of the control plane's REST interface.
	URL string
	// AdminKey is the API key of the platform's administrator.
	AdminKey string
	// AdminKeyFile holds it.
	AdminKeyFile string
	// TemporalUI is the URL of Temporal's web pages; empty with a server that is
	// not ours.
	TemporalUI      string
	TemporalAddress string
	// DatabaseURL is the control database's, as its owner.
	DatabaseURL string

	ControlPlane *Process
	Node         *Process
	Temporal     *Temporal   // nil with a server that is not ours
	PostgreSQL   *PostgreSQL // nil with a server that is not ours

	ops  struct{ controlPlane, node string } // base URLs of health pages
	lock *folderlock.Lock
}

// stopsWithin bounds the stop of everything: a node that stops its servers, the
// control plane, Temporal, and PostgreSQL with a checkpoint.
const stopsWithin = 3 * time.Minute

// Stop ends everything, the interaction servers first. It may be called twice.
func (p *Platform) Stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stopsWithin)
	defer cancel()
	for _, process := range p.processes() {
		process.Stop(ctx)
	}
	if p.lock != nil {
		_ = p.lock.Release()
		p.lock = nil
	}
}

// Remove stops everything and removes all state, also a database that is kept
// elsewhere.
func (p *Platform) Remove(ctx context.Context) error {
	p.Stop(ctx)
	return errors.Join(RemovePostgreSQL(filepath.Join(p.Dir, "postgresql")), os.RemoveAll(p.Dir))
}

// processes are the children in the order in which they are stopped: each before
// what it needs.
func (p *Platform) processes() []*Process {
	var all []*Process
	if p.Node != nil {
		all = append(all, p.Node)
	}
	if p.ControlPlane != nil {
		all = append(all, p.ControlPlane)
	}
	if p.Temporal != nil {
		all = append(all, p.Temporal.Process)
	}
	if p.PostgreSQL != nil {
		all = append(all, p.PostgreSQL.Process)
	}
	return all
}

// AwaitControlPlane waits until the control plane serves, as after its Start.
func (p *Platform) AwaitControlPlane(ctx context.Context) error {
	return p.ControlPlane.Await(ctx, ready(p.ops.controlPlane))
}

// AwaitNode waits until the node serves, as after its Start.
func (p *Platform) AwaitNode(ctx context.Context) error {
	return p.Node.Await(ctx, ready(p.ops.node))
}
