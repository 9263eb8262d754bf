package tenants

import (
	"context"
	"fmt"
	"net/url"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/interactionserver/configuration"
)

// Launch returns what a node needs to start one of its servers; the Listen fields
// are empty. The caller must be the node's own account; a server that is not
// assigned to the node is not found.
func (s *Service) Launch(ctx context.Context, by audit.Actor, node Name, server ServerID) (configuration.Launch, error) {
	if err := checkOwnNode(by, node); err != nil {
		return configuration.Launch{}, err
	}
	if _, err := ParseID[ServerID](string(server)); err != nil {
		return configuration.Launch{}, NotFound("server")
	}
	srv, err := s.store.ServerOfNode(ctx, node, server)
	if err != nil {
		return configuration.Launch{}, err
	}
	launch, err := s.launchRefs(ctx, srv)
	if err != nil {
		return configuration.Launch{}, err
	}
	credentials, err := s.GroupCredentials(ctx, srv.Tenant, srv.Group)
	if err != nil {
		return configuration.Launch{}, err
	}
	if launch.DatabaseURL, err = s.groupDatabaseURL(credentials); err != nil {
		return configuration.Launch{}, err
	}
	if launch.APIKey, err = s.ServerAPIKey(ctx, srv.Tenant, srv.ID); err != nil {
		return configuration.Launch{}, err
	}
	if launch.TreatmentKey, launch.WebhookKeys, err = s.runtimeKeys(ctx, srv.Tenant, srv.Solution); err != nil {
		return configuration.Launch{}, err
	}
	launch.ControlPlane, launch.TemporalAddress = s.options.ControlPlaneURL, s.options.TemporalAddress
	launch.TemporalNamespace = TemporalNamespace(launch.Tenant.Name)
	return launch, nil
}

// launchRefs returns a launch that names the server and its parents.
func (s *Service) launchRefs(ctx context.Context, server Server) (configuration.Launch, error) {
	return view(ctx, s, server.Tenant, func(ctx context.Context, r Reader) (launch configuration.Launch, err error) {
		tenant, err := r.Tenant(ctx)
		if err != nil {
			return launch, err
		}
		solution, err := r.SolutionByID(ctx, server.Solution)
		if err != nil {
			return launch, err
		}
		group, err := r.ServerGroupByID(ctx, server.Group)
		if err != nil {
			return launch, err
		}
		return configuration.Launch{
			Server:   configuration.Ref{ID: string(server.ID), Name: server.Name},
			Tenant:   configuration.Ref{ID: string(tenant.ID), Name: tenant.Name},
			Solution: configuration.Ref{ID: string(solution.ID), Name: solution.Name},
			Group:    configuration.Ref{ID: string(group.ID), Name: group.Name},
		}, nil
	})
}

// groupDatabaseURL is the URL of a group's database for its servers.
func (s *Service) groupDatabaseURL(credentials GroupCredentials) (string, error) {
	u, err := url.Parse(s.options.GroupDatabaseURL)
	if err != nil {
		return "", fmt.Errorf("URL of the groups' database server: malformed")
	}
	u.User = url.UserPassword(credentials.Role, credentials.Password)
	u.Path = "/" + credentials.Database
	return u.String(), nil
}

// TemporalNamespace is the Temporal namespace of a tenant's business processes.
func TemporalNamespace(tenant Name) string { return "tenant-" + tenant }
