// Package outage logs that something began to fail and that it works again, once
// each, where it is tried over and over.
package outage
