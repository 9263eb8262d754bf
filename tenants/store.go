package tenants

// Store keeps the resources.
type Store interface{}
