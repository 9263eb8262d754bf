package interactionserver

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// version names a published version of a business process.
type version struct {
	process tenants.Name
	number  int
}

// parsed is a parsed version, or why this server cannot use it.
type parsed struct {
	definition *process.Definition
	err        error
}

// definitions keeps parsed business processes. They are read when they are first
// needed, since a server may be granted many that nobody uses, and kept: versions
// are immutable.
type definitions struct {
	store Configurations
	log   *slog.Logger

	mu     sync.RWMutex
	parsed map[version]parsed
}

// unusable is the type of the fault of a version that this server cannot work
// with: it knows less of the language than who published it.
const unusable = "process-unusable"

// load returns a definition; Unavailable "process-unusable" when this server
// cannot work with it.
func (d *definitions) load(ctx context.Context, v version) (*process.Definition, error) {
	d.mu.RLock()
	p, known := d.parsed[v]
	d.mu.RUnlock()
	if known {
		return p.definition, p.err
	}
	document, found, err := d.store.FindDocument(ctx, v.process, v.number)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("version %d of business process %s is not in the database", v.number, v.process)
	}
	p.definition, err = process.Parse([]byte(document))
	if err != nil {
		p.err = fault.New(fault.Unavailable, unusable,
			"this server cannot use version %d of business process %s", v.number, v.process).Because(err)
		d.log.Error("business process cannot be used", "process", v.process, "version", v.number, "error", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parsed[v] = p
	return p.definition, p.err
}

// isUnusable tells a version that cannot be used from a database that cannot be
// read: an unusable process holds up no other.
func isUnusable(err error) bool {
	f, ok := fault.As(err)
	return ok && f.Type == unusable
}
