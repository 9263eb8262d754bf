package versions

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
)

// compiled returns a version's package, ready to decide with: nil for a version
// without one. It is kept until the version is active or long past.
func (h *Holder) compiled(ctx context.Context, v Version) (*bundle.Compiled, error) {
	if step := h.o.Faults.Prepare; step != nil {
		if err := step(v); err != nil {
			return nil, err
		}
	}
	if v.Hash == "" {
		return nil, nil
	}
	if found, ok := h.find(v); ok {
		return found, nil
	}
	if err := h.compiling.take(ctx); err != nil {
		return nil, err
	}
	defer h.compiling.release()
	if found, ok := h.find(v); ok {
		return found, nil
	}
	made, err := h.load(ctx, v)
	if err != nil {
		return nil, err
	}
	return made, h.keep(v, made)
}

// find returns the version's package when the server has it.
func (h *Holder) find(v Version) (*bundle.Compiled, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := (*h.channels.Load())[v.Channel]
	if !ok {
		return nil, false
	}
	return c.find(v.Hash)
}

// keep puts by what was prepared.
func (h *Holder) keep(v Version, made *bundle.Compiled) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, err := h.addLocked(v.Channel)
	if err != nil {
		return err
	}
	c.keep(prepared{compiled: made, hash: v.Hash, at: h.o.Now()})
	return nil
}

// load fetches, verifies and compiles a package, and runs through it once.
func (h *Holder) load(ctx context.Context, v Version) (*bundle.Compiled, error) {
	made, err := h.read(ctx, v)
	if err != nil {
		return nil, err
	}
	return made, warm(ctx, made, h.o.Now())
}

// read fetches, verifies and compiles a package. What is fetched in time is compiled,
// so that a next call finds it.
func (h *Holder) read(ctx context.Context, v Version) (*bundle.Compiled, error) {
	content, err := h.store.Package(ctx, v.Hash)
	if err != nil {
		return nil, err
	}
	if step := h.o.Faults.Fetched; step != nil {
		content = step(v, content)
	}
	read, err := bundle.Parse(content, v.Hash)
	if err != nil {
		return nil, err
	}
	if read.Tenant != h.o.Tenant || read.Channel != v.Channel {
		return nil, fault.New(fault.Conflict, "foreign-package", "package %s is of another tenant or channel than %s", v.Hash, v.Channel)
	}
	made, err := bundle.Compile(read)
	if err != nil {
		return nil, fmt.Errorf("compile package %s: %w", v.Hash, err)
	}
	return made, nil
}
