package businessprocesses

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// MaxDocument bounds a document, in bytes.
const MaxDocument = 1 << 20

// NoVersion expects that there is no such process yet.
const NoVersion int64 = -1

// Checker decides whether a document may be published as the process of that
// name. It returns a fault of kind Invalid with places.
type Checker interface {
	Check(name tenants.Name, document []byte) error
}

// Draft is what is edited.
type Draft struct {
	DisplayName string
	Document    string // YAML or JSON, at most 1 MiB
}

// Service keeps business processes. Its methods may be called by several
// goroutines at once.
type Service struct {
	store   Store
	checker Checker
}

// NewService returns a service over a store.
func NewService(store Store, checker Checker) *Service {
	return &Service{store: store, checker: checker}
}

// PutDraft creates the process or replaces its draft. version is NoVersion, the
// process's present version, tenants.ExistingVersion for any, or tenants.AnyVersion
// for any or none. The document is not checked before Publish; a draft that is
// there already changes nothing.
func (s *Service) PutDraft(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64, draft Draft) (p Process, created bool, err error) {
	if err := checkDraft(name, draft); err != nil {
		return Process{}, false, err
	}
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		present, err := w.Process(ctx, name)
		created = fault.Is(err, fault.NotFound)
		switch {
		case created:
			p, err = create(ctx, w, by, tenant, name, version, draft)
		case err == nil:
			p, err = replace(ctx, w, by, present, version, draft)
		}
		return err
	})
	if err != nil {
		return Process{}, false, err
	}
	return p, created, nil
}

func create(ctx context.Context, w Writer, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64, draft Draft) (Process, error) {
	if version != NoVersion && version != tenants.AnyVersion {
		return Process{}, fault.New(fault.PreconditionFailed, "version-changed", "there is no such business process any more")
	}
	at := now()
	p := Process{
		Tenant: tenant, ID: tenants.NewID[string](), Name: name, DisplayName: draft.DisplayName, Document: draft.Document,
		Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	if err := w.InsertProcess(ctx, p); err != nil {
		return Process{}, err
	}
	return p, w.Record(ctx, event(by, "business-process.create", p, nil))
}

func replace(ctx context.Context, w Writer, by audit.Actor, p Process, version int64, draft Draft) (Process, error) {
	if version == NoVersion {
		return Process{}, fault.New(fault.PreconditionRequired, "version-required", "there is such a business process: name the version that is to be replaced")
	}
	if err := checkVersion(version, p.Version); err != nil {
		return Process{}, err
	}
	if p.DisplayName == draft.DisplayName && p.Document == draft.Document {
		return p, nil
	}
	p.DisplayName, p.Document = draft.DisplayName, draft.Document
	return update(ctx, w, p, event(by, "business-process.update", p, map[string]any{"hash": hashOf(p.Document)}))
}

// Get returns a process with its draft.
func (s *Service) Get(ctx context.Context, tenant tenants.TenantID, name tenants.Name) (p Process, err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		p, err = r.Process(ctx, name)
		return err
	})
	return p, err
}

// List lists processes without their documents, sorted by name.
func (s *Service) List(ctx context.Context, tenant tenants.TenantID, page paging.Request) (result paging.Page[Process], err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		result, err = r.Processes(ctx, page)
		return err
	})
	return result, err
}

// Publish checks the draft and makes it a version. When the newest version has
// the same content, that one is returned and created is false. A retired process
// is in service again.
func (s *Service) Publish(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64) (v Version, created bool, err error) {
	draft, err := s.Get(ctx, tenant, name)
	if err != nil {
		return Version{}, false, err
	}
	if err := checkVersion(version, draft.Version); err != nil {
		return Version{}, false, err
	}
	// Checking a large document takes long: outside of the transaction.
	if err := s.checker.Check(name, []byte(draft.Document)); err != nil {
		return Version{}, false, err
	}
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		p, err := w.Process(ctx, name)
		if err != nil {
			return err
		}
		if err := checkVersion(draft.Version, p.Version); err != nil {
			return err
		}
		v, created, err = publish(ctx, w, by, p)
		return err
	})
	if err != nil {
		return Version{}, false, err
	}
	return v, created, nil
}

func publish(ctx context.Context, w Writer, by audit.Actor, p Process) (v Version, created bool, err error) {
	if p.Published > 0 {
		if v, err = w.Version(ctx, p, p.Published); err != nil {
			return Version{}, false, err
		}
	}
	created = v.Hash != hashOf(p.Document)
	if !created && !p.Retired {
		return v, false, nil
	}
	if created {
		p.Published++
		v = Version{
			Tenant: p.Tenant, Process: p.Name, Number: p.Published, Hash: hashOf(p.Document), Document: p.Document,
			PublishedAt: now(), PublishedBy: by.Name,
		}
		if err := w.InsertVersion(ctx, p, v); err != nil {
			return Version{}, false, err
		}
	}
	p.Retired = false
	_, err = update(ctx, w, p, event(by, "business-process.publish", p, map[string]any{"number": v.Number, "hash": v.Hash}))
	return v, created, err
}

// Version returns one published version.
func (s *Service) Version(ctx context.Context, tenant tenants.TenantID, name tenants.Name, number int) (v Version, err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) error {
		p, err := r.Process(ctx, name)
		if err != nil {
			return err
		}
		v, err = r.Version(ctx, p, number)
		return err
	})
	return v, err
}

// Versions lists the versions, newest first, without documents. A page's key is
// a number.
func (s *Service) Versions(ctx context.Context, tenant tenants.TenantID, name tenants.Name, page paging.Request) (result paging.Page[Version], err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) error {
		p, err := r.Process(ctx, name)
		if err != nil {
			return err
		}
		result, err = r.Versions(ctx, p, page)
		return err
	})
	return result, err
}

// Retire takes the process out of service; publishing again brings it back.
func (s *Service) Retire(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64) (p Process, err error) {
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		if p, err = w.Process(ctx, name); err != nil {
			return err
		}
		if err := checkVersion(version, p.Version); err != nil || p.Retired {
			return err
		}
		p.Retired = true
		p, err = update(ctx, w, p, event(by, "business-process.retire", p, nil))
		return err
	})
	if err != nil {
		return Process{}, err
	}
	return p, nil
}

// update keeps a changed process under its next version, with the event.
func update(ctx context.Context, w Writer, p Process, e audit.Event) (Process, error) {
	p.Version, p.UpdatedAt = p.Version+1, now()
	if err := w.UpdateProcess(ctx, p); err != nil {
		return Process{}, err
	}
	return p, w.Record(ctx, e)
}

func checkDraft(name tenants.Name, draft Draft) error {
	if _, err := tenants.ParseName(name); err != nil {
		return err
	}
	if len(draft.Document) > MaxDocument {
		return fault.New(fault.TooLarge, "document-too-large", "a document has at most %d bytes", MaxDocument)
	}
	wrong := fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	if strings.TrimSpace(draft.Document) == "" {
		_ = wrong.At("document", 0, "a document is needed")
	}
	if !utf8.ValidString(draft.Document) || strings.ContainsRune(draft.Document, 0) {
		_ = wrong.At("document", 0, "the document is not UTF-8 text")
	}
	if err := tenants.CheckDisplayName(draft.DisplayName); err != nil {
		_ = wrong.At("displayName", 0, "%s", err)
	}
	if len(wrong.Places) > 0 {
		return wrong
	}
	return nil
}

func checkVersion(expected, present int64) error {
	if expected == tenants.AnyVersion || expected == tenants.ExistingVersion || expected == present {
		return nil
	}
	return fault.New(fault.PreconditionFailed, "version-changed", "the business process was changed meanwhile: it is at version %d", present)
}

func event(by audit.Actor, action string, p Process, detail map[string]any) audit.Event {
	return audit.NewEvent(by, string(p.Tenant), action, "business-processes/"+p.Name, detail)
}

func hashOf(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// now is the time to be stored: with the resolution that PostgreSQL keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
