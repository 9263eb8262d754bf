// Package osprocess finds processes of this host again that another process has
// started: after a crash of the starter its children are nobody's children, and
// their numbers may have been given to others.
//
// It works on Linux, through /proc and pidfd.
package osprocess
