package api

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
)

// tokenLife is how long a token is good.
const tokenLife = time.Hour

// bodyLimit leaves room for a process document of 1 MiB whose every character is
// escaped in JSON.
const bodyLimit = 3 << 20

// bodyValues leaves room for a strategy of 10,000 rules.
const bodyValues = 200_000

// Services are what the operations call. All are required to serve; none is to
// describe the interface.
type Services struct {
	Tenants        *tenants.Service
	AccessGroups   *accessgroups.Service
	Processes      *businessprocesses.Service
	Design         *design.Service
	Deployments    *deployments.Service
	TestRuns       *testruns.Service
	History        contacthistory.Store
	Configurations Configurations
	Audit          audit.Log
	Authorizer     accessgroups.Authorizer
	Issuer         *authentication.Issuer
	Verifier       *authentication.Verifier // of audience control-plane
	ReportVerifier *authentication.Verifier // of audience reports
}

// Configurations builds what one interaction server works with, for the account
// that it runs as; for anybody else the server does not exist.
type Configurations interface {
	Build(ctx context.Context, tenant tenants.TenantID, caller tenants.AccountID, server tenants.ServerID) (configuration.Configuration, error)
}

// Options configure the interface.
type Options struct {
	Version     string // of the platform
	Idempotency rest.IdempotencyStore
	Logger      *slog.Logger
	Registry    prometheus.Registerer // nil: no metrics
}

// handlers has the methods that answer the operations.
type handlers struct {
	Services
	tenantIDs        tenantIDs
	channelSolutions channelSolutions
	waiting          waiters      // for changes of a history
	judging          atomic.Int64 // reports on policies that are being made
}

// New returns the interface with all its operations.
func New(s Services, o Options) *rest.API {
	h := &handlers{Services: s, tenantIDs: tenantIDs{load: s.Tenants}, channelSolutions: channelSolutions{load: s.Design}}
	a := rest.New(rest.Options{
		Title:        "Switchyard control plane",
		Description:  description,
		Version:      o.Version,
		Authenticate: h.authenticate,
		Authorize:    h.authorize,
		Idempotency:  o.Idempotency,
		BodyLimit:    bodyLimit,
		BodyValues:   bodyValues,
		Logger:       o.Logger,
		Registry:     o.Registry,
	})
	h.registerTokens(a)
	h.registerTenants(a)
	h.registerSolutions(a)
	h.registerServerGroups(a)
	h.registerServers(a)
	h.registerAccounts(a)
	h.registerCredentials(a)
	h.registerAccessGroups(a)
	h.registerProcesses(a)
	h.registerDesign(a)
	h.registerDeployments(a)
	h.registerTestRuns(a)
	h.registerCustomers(a)
	h.registerHistory(a)
	h.registerReports(a)
	h.registerAudit(a)
	h.registerNodes(a)
	return a
}

const description = `Tenants, their solutions with server groups and interaction servers, accounts,
access groups, business processes and the design of offer decisions.

Send ` + "`Authorization: Bearer`" + ` with an API key, or with a token from ` + "`POST /v1/tokens`" + `.
Changes name the version that they were made on in ` + "`If-Match`" + `; a create may carry an
` + "`Idempotency-Key`" + `. Every error is a problem of RFC 9457.`

// actor is who the audit events of this request name.
func actor(ctx context.Context) audit.Actor {
	caller := rest.CallerOf(ctx)
	return audit.Actor{Tenant: caller.Tenant, Account: caller.Account, Name: caller.Name, RequestID: rest.RequestID(ctx)}
}
