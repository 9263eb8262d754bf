package businessprocessespg

import "github.com/switchyard/switchyard/internal/controldb"

// Store implements businessprocesses.Store.
type Store struct{ db *controldb.DB }

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }
