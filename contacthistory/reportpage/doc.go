// Package reportpage draws reports over the contact and response history as pages:
// HTML with charts in SVG, whole, without a script and without anything that is
// loaded.
package reportpage
