package versions

import (
	"context"
	"slices"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
)

// mostPast are the versions that a holder keeps beside what it serves, for sessions
// that began with them at another server.
const mostPast = 16

// ByHash returns a version that a session began with at another server: what is
// served, or else a package of the channel that the group still has, compiled when it
// was not lately used. One is compiled at a time. NotFound, "package-missing", where
// there is none; Conflict, "foreign-package", where it is another channel's.
func (h *Holder) ByHash(ctx context.Context, channel string, number int64, hash string) (*Serving, error) {
	v := Version{Channel: channel, Number: number, Hash: hash}
	if hash == "" {
		return nil, fault.New(fault.NotFound, "package-missing", "version %d of channel %s has no package", number, channel)
	}
	if found := h.past(v); found != nil {
		return found, nil
	}
	if err := h.compiling.take(ctx); err != nil {
		return nil, fault.New(fault.Unavailable, "compiling", "other packages are being compiled").Because(err)
	}
	defer h.compiling.release()
	if found := h.past(v); found != nil {
		return found, nil
	}
	made, err := h.read(ctx, v)
	if err != nil {
		return nil, err
	}
	return h.keepPast(v, made), nil
}

// past finds a version without the database; nil where it has to be loaded.
func (h *Holder) past(v Version) *Serving {
	if s := h.Serving(v.Channel); s != nil && s.Number == v.Number && s.Hash == v.Hash {
		return s
	}
	h.mu.Lock()
	at := slices.IndexFunc(h.recent, func(s *Serving) bool {
		return s.Channel == v.Channel && s.Number == v.Number && s.Hash == v.Hash
	})
	if at >= 0 {
		found := h.recent[at]
		h.recent = append(slices.Delete(h.recent, at, at+1), found)
		h.mu.Unlock()
		return found
	}
	h.mu.Unlock()
	if compiled, ok := h.find(v); ok {
		return h.keepPast(v, compiled)
	}
	return nil
}

// keepPast puts a version by, in place of the one that was not used for the longest.
func (h *Holder) keepPast(v Version, compiled *bundle.Compiled) *Serving {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.recent { // another call was faster
		if s.Channel == v.Channel && s.Number == v.Number && s.Hash == v.Hash {
			return s
		}
	}
	made := &Serving{Version: v, Taken: h.o.Now().UTC(), Compiled: compiled}
	if len(h.recent) == mostPast {
		h.recent = slices.Delete(h.recent, 0, 1)
	}
	h.recent = append(h.recent, made)
	return made
}
