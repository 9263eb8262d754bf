package groupdatabase

import (
	"context"
	"errors"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
)

// SQLSTATE codes that are told apart here.
const (
	objectInUse           = "55006" // a clone whose template has a visitor: it passes
	insufficientPrivilege = "42501" // it does not
)

// failed returns the fault of a step on the object called name. PostgreSQL's own
// message is shown: who provisions has to know what to mend, and no statement
// here holds a secret in clear.
func failed(step, name string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var pqErr *pq.Error
	said := errors.As(err, &pqErr)
	if postgres.IsUnavailable(err) || said && string(pqErr.Code) == objectInUse {
		return fault.New(fault.Unavailable, "database-unavailable",
			"cannot %s (%s): PostgreSQL cannot serve now", step, name).Because(err)
	}
	if said {
		kind := fault.Internal
		if string(pqErr.Code) == insufficientPrivilege {
			kind = fault.Conflict
		}
		return fault.New(kind, "group-database-failed",
			"cannot %s (%s): PostgreSQL says %q", step, name, pqErr.Message).Because(err)
	}
	return fault.New(fault.Internal, "group-database-failed", "cannot %s (%s)", step, name).Because(err)
}
