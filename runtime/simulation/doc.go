// Package simulation runs many profiles through flowcharts and decisions and
// counts: visitors per box and segment, wins and reasons of being dropped per offer
// and rule, and the offers that did not win, with the reason.
//
// Add runs one profile, Merge joins what was counted elsewhere, so that a host can
// spread profiles over goroutines and report progress.
// The report depends on the profiles alone, not on how they were spread.
//
// The package is pure: profiles and clock are passed in.
package simulation
