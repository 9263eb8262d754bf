// Package groupdatabase makes the databases of server groups: one per group with
// an owner role that cannot log in and an application role that may do no more
// than read and write rows, cloned from a template that is migrated once.
//
// PostgreSQL cannot create a database in a transaction. Ensure therefore is a
// row of steps that each look at what is there and finish it, so that a call
// which was cut off at any point is completed by the next one.
//
// It needs PostgreSQL 15 or newer and a role with LOGIN, CREATEDB and
// CREATEROLE; never a superuser.
package groupdatabase
