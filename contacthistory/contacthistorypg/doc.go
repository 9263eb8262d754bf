// Package contacthistorypg keeps the contact and response history of tenants in
// the control database.
//
// Writers of one tenant wait for each other on the row of its last position, from
// before they take positions until they have committed.
package contacthistorypg
