// Package simulation runs many profiles through flowcharts and decisions, and counts: visitors
// per box and segment, wins and reasons of being dropped per offer, and the offers
// that never can win, with the reason.
//
// The package is pure: profiles and clock are passed in.
package simulation
