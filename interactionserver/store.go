package interactionserver

// Store is the persistence of a server group's interactions.
type Store interface{}
