package testruns

import (
	"context"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// loadAtOnce bounds the profiles of one statement.
const loadAtOnce = 1000

// Loaded is what became of a CSV text.
type Loaded struct {
	Loaded         int
	Broken         profiles.Problems
	UnknownColumns []string
}

// LoadProfiles adds the profiles of a CSV text to the table of a group, over what
// was known of the same keys. Rows that are broken are told and left out. Who
// loads the same text again changes nothing.
func (s *Service) LoadProfiles(ctx context.Context, tenant tenants.TenantID, solution, group, level tenants.Name, csv string) (Loaded, error) {
	g, err := s.directory.ServerGroup(ctx, tenant, solution, group)
	if err != nil {
		return Loaded{}, err
	}
	object, err := s.designs.Get(ctx, tenant, definition.Reference{Kind: definition.KindAudienceLevel, Name: level})
	if err != nil {
		return Loaded{}, err
	}
	declared, err := design.Decode[definition.AudienceLevel](object)
	if err != nil {
		return Loaded{}, err
	}
	reader, err := profiles.NewReader(csv, declared)
	if err != nil {
		return Loaded{}, err
	}
	loaded := Loaded{UnknownColumns: reader.Unknown()}
	err = s.groups.Use(ctx, tenant, g.ID, func(b Bench) error {
		loaded.Loaded, err = loadAll(ctx, b.Profiles(), level, reader)
		return err
	})
	loaded.Broken = reader.Problems()
	return loaded, err
}

func loadAll(ctx context.Context, table profiles.Table, level string, reader *profiles.Reader) (loaded int, err error) {
	for {
		part := make([]profiles.Profile, 0, loadAtOnce)
		for len(part) < loadAtOnce {
			p, ok := reader.Next()
			if !ok {
				break
			}
			part = append(part, p)
		}
		if len(part) == 0 {
			return loaded, nil
		}
		if err := table.Load(ctx, level, part); err != nil {
			return loaded, err
		}
		loaded += len(part)
	}
}
