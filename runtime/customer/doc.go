// Package customer is what a server group keeps of its customers: the profile, what
// happened with offers before, and the lists that a customer has of its own.
//
// All of it is loaded at once, when a session begins. A session goes on with its
// own copy: attributes that an event sets stay in the session and are not written
// back to the profile, which belongs to whoever loads it. What happened with
// offers is written by package history, together with the contact or response.
//
// The package knows no database; sub-package customerpg is the Store.
package customer
