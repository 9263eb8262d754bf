// Package segment runs flowcharts: for one visitor at a time it says which boxes
// were visited and which segments the visitor is in.
//
// A Flowchart is compiled once and immutable. Boxes run in an order in which each
// comes after those that lead to it, once each, however many ways lead there. A
// select first derives its fields, so that its own condition can read them.
//
// An expression that fails stops nothing: the visitor does not pass a select, and
// leaves a decision by otherwise without that later branches are tried; a derived
// field has no value. What failed is kept with its box.
//
// # Samples
//
// Which branch of a sample a visitor takes depends on the seed and on the
// visitor's key alone, so that it is the same in each visit and on every server.
// Its place in [0, 100) is
//
//	h = FNV-1a, 64 bits, of the bytes: seed, 0x00, key
//	h = h ^ h>>33; h = h * 0xff51afd7ed558ccd
//	h = h ^ h>>33; h = h * 0xc4ceb9fe1a85ec53
//	h = h ^ h>>33
//	place = 100 * (h >> 11) / 2^53
//
// (the second part is MurmurHash3's finalizer, which spreads what differs in the
// last bytes only). Branches take the shares one after another from 0 on: of 20 and
// 30 the first takes [0, 20) and the second [20, 50); who lies behind takes
// otherwise. A box without a seed has "flowchart/box" for one, so that two samples
// are independent unless they name the same seed.
//
// The package is pure: values in, values out.
package segment
