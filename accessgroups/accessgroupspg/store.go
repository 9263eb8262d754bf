package accessgroupspg

import "github.com/jmoiron/sqlx"

// Store implements accessgroups.Store.
type Store struct{ db *sqlx.DB }

// New returns a store in the control database.
func New(db *sqlx.DB) *Store { return &Store{db: db} }
