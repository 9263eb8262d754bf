package testruns

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// CustomerLists are the lists of customers in a group's database.
type CustomerLists interface {
	customer.ListLoader
	Lists(ctx context.Context, level, key string) (customer.Lists, error)
	SetLists(ctx context.Context, level, key string, l customer.Lists) error
	Defaults(ctx context.Context, level string) ([]customer.Default, error)
	SetDefaults(ctx context.Context, level string, defaults []customer.Default) error
}

// Audience names an audience level of a server group.
type Audience struct {
	Solution, Group, Level tenants.Name
}

// use lends a group's database, and what the level is designed to be.
func (s *Service) use(ctx context.Context, tenant tenants.TenantID, of Audience, do func(Bench, definition.AudienceLevel) error) error {
	g, err := s.directory.ServerGroup(ctx, tenant, of.Solution, of.Group)
	if err != nil {
		return err
	}
	object, err := s.designs.Get(ctx, tenant, definition.Reference{Kind: definition.KindAudienceLevel, Name: of.Level})
	if err != nil {
		return err
	}
	declared, err := design.Decode[definition.AudienceLevel](object)
	if err != nil {
		return err
	}
	return s.groups.Use(ctx, tenant, g.ID, func(b Bench) error { return do(b, declared) })
}

// LoadList adds the rows of a CSV text to a list of a level, see customer.ListLoader.
// Rows that are broken are told and left out.
func (s *Service) LoadList(ctx context.Context, tenant tenants.TenantID, of Audience, list customer.List, csv string) (loaded Loaded, err error) {
	err = s.use(ctx, tenant, of, func(b Bench, level definition.AudienceLevel) error {
		reader, err := profiles.NewListReader(csv, level, list)
		if err != nil {
			return err
		}
		loaded.UnknownColumns = reader.Unknown()
		loaded.Loaded, err = addAll(ctx, b.Lists(), of.Level, list, reader)
		loaded.Broken = reader.Problems()
		return err
	})
	return loaded, err
}

func addAll(ctx context.Context, lists CustomerLists, level string, list customer.List, reader *profiles.ListReader) (loaded int, err error) {
	for {
		var part []customer.Entry
		var lines []int
		for len(part) < loadAtOnce {
			e, line, ok := reader.Next()
			if !ok {
				break
			}
			part, lines = append(part, e), append(lines, line)
		}
		if len(part) == 0 {
			return loaded, nil
		}
		refused, err := lists.Add(ctx, level, list, part)
		if err != nil {
			return loaded, err
		}
		for _, at := range refused {
			reader.Refuse(lines[at], fmt.Sprintf("the list has %d rows already, which is the most", customer.MaxOverrides))
		}
		loaded += len(part) - len(refused)
	}
}

// NoCustomer is the answer where nothing is kept of a customer.
func NoCustomer() error {
	return fault.New(fault.NotFound, "customer-not-found", "nothing of the kind is kept of this customer")
}

// Lists returns the lists of one customer, by canonical key.
func (s *Service) Lists(ctx context.Context, tenant tenants.TenantID, of Audience, key string) (lists customer.Lists, err error) {
	err = s.use(ctx, tenant, of, func(b Bench, _ definition.AudienceLevel) error {
		if lists, err = b.Lists().Lists(ctx, of.Level, key); err == nil && len(lists.Overrides)+len(lists.Blocked) == 0 {
			err = NoCustomer()
		}
		return err
	})
	return lists, err
}

// DeleteLists removes the lists of one customer.
func (s *Service) DeleteLists(ctx context.Context, tenant tenants.TenantID, of Audience, key string) error {
	return s.use(ctx, tenant, of, func(b Bench, _ definition.AudienceLevel) error {
		lists, err := b.Lists().Lists(ctx, of.Level, key)
		if err != nil {
			return err
		}
		if len(lists.Overrides)+len(lists.Blocked) == 0 {
			return NoCustomer()
		}
		return b.Lists().SetLists(ctx, of.Level, key, customer.Lists{})
	})
}

// Defaults returns the default offers of a level, by code.
func (s *Service) Defaults(ctx context.Context, tenant tenants.TenantID, of Audience) (defaults []customer.Default, err error) {
	err = s.use(ctx, tenant, of, func(b Bench, _ definition.AudienceLevel) error {
		defaults, err = b.Lists().Defaults(ctx, of.Level)
		return err
	})
	return defaults, err
}

// DeleteDefaults removes the default offers of a level.
func (s *Service) DeleteDefaults(ctx context.Context, tenant tenants.TenantID, of Audience) error {
	return s.use(ctx, tenant, of, func(b Bench, _ definition.AudienceLevel) error {
		return b.Lists().SetDefaults(ctx, of.Level, nil)
	})
}

// Profiles lists the profiles of a level in the order of their keys.
func (s *Service) Profiles(ctx context.Context, tenant tenants.TenantID, of Audience, page paging.Request) (listed paging.Page[profiles.Profile], err error) {
	err = s.use(ctx, tenant, of, func(b Bench, _ definition.AudienceLevel) error {
		read, err := b.Profiles().Read(ctx, of.Level, page.After, page.Size()+1)
		listed = paging.Cut(page, read, func(p profiles.Profile) string { return p.Key })
		return err
	})
	return listed, err
}

// Profile returns the profile of one customer, by canonical key.
func (s *Service) Profile(ctx context.Context, tenant tenants.TenantID, of Audience, key string) (p profiles.Profile, err error) {
	err = s.use(ctx, tenant, of, func(b Bench, _ definition.AudienceLevel) error {
		var found bool
		if p, found, err = b.Profiles().Find(ctx, of.Level, key); err == nil && !found {
			err = NoCustomer()
		}
		return err
	})
	return p, err
}

// DeleteProfile removes the profile of one customer. Sessions that live go on with
// their copy.
func (s *Service) DeleteProfile(ctx context.Context, tenant tenants.TenantID, of Audience, key string) error {
	return s.use(ctx, tenant, of, func(b Bench, _ definition.AudienceLevel) error {
		found, err := b.Profiles().Delete(ctx, of.Level, key)
		if err == nil && !found {
			err = NoCustomer()
		}
		return err
	})
}
