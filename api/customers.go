package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
)

const profilesListing listing = "profiles"

func (h *handlers) registerCustomers(a *rest.API) {
	const (
		tag      = "Customers"
		group    = "/v1/tenants/{tenant}/solutions/{solution}/server-groups/{group}"
		profiles = group + "/profiles/{level}"
		lists    = group + "/customer-lists/{level}"
		defaults = group + "/default-offers/{level}"
		key      = "The customer is its canonical key, percent-encoded: the value of the key's one attribute, or a JSON array of texts where it has several."
	)
	away := []int{http.StatusServiceUnavailable}
	rest.Handle(a, rest.Operation{
		ID: "list-profiles", Method: http.MethodGet, Path: profiles, Tag: tag, Summary: "List the profiles of an audience level, by key",
		Action: string(accessgroups.ViewHistory), Problems: away,
	}, h.listProfiles)
	rest.Handle(a, rest.Operation{
		ID: "get-profile", Method: http.MethodGet, Path: profiles + "/{customer}", Tag: tag, Summary: "Read the profile of a customer",
		Description: key, Action: string(accessgroups.ViewHistory), Problems: away,
	}, h.getProfile)
	rest.Handle(a, rest.Operation{
		ID: "delete-profile", Method: http.MethodDelete, Path: profiles + "/{customer}", Tag: tag, Summary: "Delete the profile of a customer",
		Description: key + " Sessions that live go on with their copy.", Action: string(accessgroups.Deploy), Problems: away,
	}, h.deleteProfile)
	rest.Handle(a, rest.Operation{
		ID: "load-customer-list", Method: http.MethodPost, Path: lists + "/{list}:load", Tag: tag, Summary: "Load overrides, blocked offers or default offers",
		Description: "A row takes the place of the same one that is there, so that loading twice is harmless: an override of the same offer, zone, segment and " +
			"condition, a block or a default of the same offer. Rows that are broken, or beyond 1,000 of a customer, are told and left out.",
		Action: string(accessgroups.Deploy), Idempotent: true, Problems: away,
	}, h.loadCustomerList)
	rest.Handle(a, rest.Operation{
		ID: "get-customer-lists", Method: http.MethodGet, Path: lists + "/{customer}", Tag: tag, Summary: "Read the overrides and blocked offers of a customer",
		Description: key, Action: string(accessgroups.ViewHistory), Problems: away,
	}, h.getCustomerLists)
	rest.Handle(a, rest.Operation{
		ID: "delete-customer-lists", Method: http.MethodDelete, Path: lists + "/{customer}", Tag: tag, Summary: "Delete the overrides and blocked offers of a customer",
		Description: key, Action: string(accessgroups.Deploy), Problems: away,
	}, h.deleteCustomerLists)
	rest.Handle(a, rest.Operation{
		ID: "get-default-offers", Method: http.MethodGet, Path: defaults, Tag: tag, Summary: "Read the default offers of an audience level",
		Action: string(accessgroups.ViewHistory), Problems: away,
	}, h.getDefaultOffers)
	rest.Handle(a, rest.Operation{
		ID: "delete-default-offers", Method: http.MethodDelete, Path: defaults, Tag: tag, Summary: "Delete the default offers of an audience level",
		Action: string(accessgroups.Deploy), Problems: away,
	}, h.deleteDefaultOffers)
}

// InLevel is the input of what lies in an audience level of a server group.
type InLevel struct {
	InGroup
	Level string `path:"level" maxLength:"63" doc:"Name of the audience level"`
}

func (in InLevel) audience() testruns.Audience {
	return testruns.Audience{Solution: in.Solution, Group: in.Group, Level: in.Level}
}

// OfCustomer names a customer.
type OfCustomer struct {
	InLevel
	Customer string `path:"customer" maxLength:"1500" doc:"Canonical key, percent-encoded"`
}

func (in OfCustomer) key() (string, error) {
	key, err := url.PathUnescape(in.Customer)
	if err != nil {
		return "", fault.New(fault.Invalid, "malformed-path", "the path is not a valid URL")
	}
	return key, nil
}

type listProfilesInput struct {
	InLevel
	rest.Page
}

func (h *handlers) listProfiles(ctx context.Context, in *listProfilesInput) (*listOutput[client.Profile], error) {
	request, err := profilesListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.TestRuns.Profiles(ctx, tenant, in.audience(), request)
	if err != nil {
		return nil, err
	}
	return respond(profilesListing, page, profileShape), nil
}

func profileShape(p profiles.Profile) client.Profile {
	return client.Profile{Key: p.Key, Attributes: client.Properties(p.Attributes)}
}

type profileOutput struct{ Body client.Profile }

// of runs a call about a customer.
func (h *handlers) of(ctx context.Context, in *OfCustomer, call func(tenant tenants.TenantID, key string) error) error {
	key, err := in.key()
	if err != nil {
		return err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return err
	}
	return call(tenant, key)
}

func (h *handlers) getProfile(ctx context.Context, in *OfCustomer) (out *profileOutput, err error) {
	err = h.of(ctx, in, func(tenant tenants.TenantID, key string) error {
		p, err := h.TestRuns.Profile(ctx, tenant, in.audience(), key)
		out = &profileOutput{Body: profileShape(p)}
		return err
	})
	return out, err
}

func (h *handlers) deleteProfile(ctx context.Context, in *OfCustomer) (*struct{}, error) {
	return nil, h.of(ctx, in, func(tenant tenants.TenantID, key string) error {
		return h.TestRuns.DeleteProfile(ctx, tenant, in.audience(), key)
	})
}

type loadCustomerListInput struct {
	InLevel
	List string `path:"list" enum:"overrides,blocks,defaults" doc:"Which list"`
	Body client.ProfileBatch
}

func (h *handlers) loadCustomerList(ctx context.Context, in *loadCustomerListInput) (*loadProfilesOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	loaded, err := h.TestRuns.LoadList(ctx, tenant, in.audience(), customer.List(in.List), in.Body.CSV)
	if err != nil {
		return nil, err
	}
	return loadedOutput(loaded), nil
}

type customerListsOutput struct{ Body client.CustomerLists }

func (h *handlers) getCustomerLists(ctx context.Context, in *OfCustomer) (out *customerListsOutput, err error) {
	err = h.of(ctx, in, func(tenant tenants.TenantID, key string) error {
		lists, err := h.TestRuns.Lists(ctx, tenant, in.audience(), key)
		out = &customerListsOutput{Body: client.CustomerLists{
			Overrides: shapes(lists.Overrides, func(o customer.Override) client.CustomerOverride { return client.CustomerOverride(o) }),
			Blocked:   orEmpty(lists.Blocked),
		}}
		return err
	})
	return out, err
}

func (h *handlers) deleteCustomerLists(ctx context.Context, in *OfCustomer) (*struct{}, error) {
	return nil, h.of(ctx, in, func(tenant tenants.TenantID, key string) error {
		return h.TestRuns.DeleteLists(ctx, tenant, in.audience(), key)
	})
}

type defaultOffersOutput struct{ Body client.DefaultOffers }

func (h *handlers) getDefaultOffers(ctx context.Context, in *InLevel) (*defaultOffersOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	defaults, err := h.TestRuns.Defaults(ctx, tenant, in.audience())
	if err != nil {
		return nil, err
	}
	return &defaultOffersOutput{Body: client.DefaultOffers{
		Offers: shapes(defaults, func(d customer.Default) client.DefaultOffer { return client.DefaultOffer(d) }),
	}}, nil
}

func (h *handlers) deleteDefaultOffers(ctx context.Context, in *InLevel) (*struct{}, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	return nil, h.TestRuns.DeleteDefaults(ctx, tenant, in.audience())
}
