package accessgroups

// Store keeps access groups.
type Store interface{}
