// Package jsonappend writes JSON by appending to a slice: what encoding/json
// writes, byte for byte, without reflection and without memory of its own. It is for
// the few values of which thousands are written in a second; what it does not know
// it leaves to encoding/json.
package jsonappend
