// Package customerpg keeps what a group knows of its customers in the group's
// PostgreSQL database. Profiles are those of package
// interactionserver/profiles, whose table it reads; what happened with offers is
// written by package historypg.
package customerpg
