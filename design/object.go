package design

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// NoVersion expects that there is no such object yet.
const NoVersion int64 = -1

// Bounds of a tenant's design.
const (
	// MaxObject bounds the JSON form of a spec, in bytes.
	MaxObject = 1 << 20
	// MaxObjects bounds the objects of one kind in a channel, or in the tenant.
	MaxObjects = 5_000
)

// Object is a design object with its definition.
type Object struct {
	Tenant tenants.TenantID
	ID     string
	definition.Reference
	DisplayName string
	// Spec is the definition of the object's kind in JSON; Decode reads it.
	Spec json.RawMessage
	// Version grows with each change, marks among them, and is never used twice for
	// one name, also when the object is deleted and created again; the ETag.
	Version   int64
	Mark      *Mark // nil where it is not marked
	CreatedAt time.Time
	CreatedBy tenants.Name // account name
	UpdatedAt time.Time
	UpdatedBy tenants.Name
}

// Mark says that a flowchart or a strategy goes out, or off, with the next
// deployments. What is marked is locked.
type Mark struct {
	For MarkFor
	By  tenants.Name // account name
	At  time.Time
	// Version is that of the object since it was marked. A later mark has another
	// one.
	Version int64
}

// MarkFor is what an object is marked for.
type MarkFor string

// The closed set of marks.
const (
	ForDeployment   MarkFor = "deployment"
	ForUndeployment MarkFor = "undeployment"
)

// Draft is what is edited of an object.
type Draft struct {
	DisplayName string
	Spec        definition.Document
}

// Decode reads an object's spec, which was checked when it was stored; T is the
// definition of its kind.
func Decode[T any](o Object) (T, error) {
	spec, err := definition.DecodeAs[T](o.Spec)
	if err != nil {
		return spec, fmt.Errorf("stored %s: %w", o.Reference, err)
	}
	return spec, nil
}

func document(o Object) (definition.Document, error) {
	d, err := definition.Decode(o.Kind, o.Spec)
	if err != nil {
		return nil, fmt.Errorf("stored %s: %w", o.Reference, err)
	}
	return d, nil
}
