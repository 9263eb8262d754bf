// Command bench measures the platform. Each figure is printed as one JSON object
// on a line of its own, beside its limit: what the machine and the systems below
// can do at best, measured in the same run, so that the ratio means something on a
// machine whose speed is not known.
//
//	./task bench               all of them
//	./task bench -- submit     some of them
//
// It starts a whole platform in a temporary folder and ends it; what is measured
// in this process alone needs none.
package main
