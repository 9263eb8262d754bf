package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/fault"
)

// SQLSTATE codes that are told apart here; PostgreSQL's documentation, appendix A.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	readOnlyTransaction  = "25006" // the server became a standby
	idleInTransaction    = "25P03"
	lockNotAvailable     = "55P03"
	queryCanceled        = "57014" // statement_timeout, when the caller did not cancel
)

// unavailableClasses are the SQLSTATE classes that pass without a change of the
// statement: connection exceptions, insufficient resources (also a full disk and
// too many connections), operator intervention (shutdown, crash recovery).
var unavailableClasses = map[string]bool{"08": true, "53": true, "57": true}

// Classify turns the error of a database that cannot serve now into a fault of
// kind Unavailable, with err as its hidden cause. A Fault, and every other error,
// is returned as it is; so is the error of a caller who gave up.
func Classify(err error) error {
	if err == nil {
		return nil
	}
	if _, isFault := fault.As(err); isFault || !IsUnavailable(err) {
		return err
	}
	return fault.New(fault.Unavailable, "database-unavailable", "the database cannot serve now; try again").Because(err)
}

// IsUnavailable reports whether err means that the database cannot be reached or
// cannot serve now, so that the same call may succeed later.
func IsUnavailable(err error) bool {
	if fault.Is(err, fault.Unavailable) {
		return true
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	var pqErr *pq.Error
	if errors.As(err, &pqErr) {
		switch code := string(pqErr.Code); code {
		case readOnlyTransaction, idleInTransaction, lockNotAvailable, queryCanceled:
			return true
		default:
			return len(code) == 5 && unavailableClasses[code[:2]]
		}
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	var netErr net.Error
	return errors.As(err, &netErr)
}

// IsUniqueViolation reports whether err is the violation of that unique
// constraint or index; an empty name stands for any.
func IsUniqueViolation(err error, constraint string) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && string(pqErr.Code) == uniqueViolation &&
		(constraint == "" || pqErr.Constraint == constraint)
}

// wantsRepetition reports whether the transaction may succeed when run again.
func wantsRepetition(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && (string(pqErr.Code) == serializationFailure || string(pqErr.Code) == deadlockDetected)
}
