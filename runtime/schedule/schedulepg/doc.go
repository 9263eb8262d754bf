// Package schedulepg keeps delayed actions and the states of event patterns in the
// group's PostgreSQL database, whose clock alone says what is due.
package schedulepg
