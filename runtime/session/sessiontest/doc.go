// Package sessiontest has the tests that every session.Store passes.
package sessiontest
