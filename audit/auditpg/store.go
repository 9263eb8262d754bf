package auditpg

import "github.com/switchyard/switchyard/internal/controldb"

// Store implements audit.Log.
type Store struct{ db *controldb.DB }

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }
