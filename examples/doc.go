// Package examples holds the example tenants, so that the demo runs from the
// binary alone.
package examples
