// Package decision chooses offers: the six steps of arbitration.
//
//  1. The visitor's segments and the point's zone are looked up.
//  2. Candidates are the enabled rules of these segments for this zone or for all
//     zones, the offers assigned to the customer, and its default offers.
//  3. Filters drop candidates: dates of rule, offer and campaign; eligibility;
//     block list; suppression; accepted or rejected in this visit; shown too often
//     in this visit; limits.
//  4. The score is the rule's number or expression. An override of the customer
//     beats the rule, what was learned beats both; an override that is final beats
//     what was learned, and a rule that takes no part in learning keeps its score.
//  5. An offer counts once, with its best score. Equal scores: the offer with the
//     later effective date, then the code in alphabetical order.
//  6. The best are chosen, else the point's default stands.
//
// A Model is compiled once from definitions and is immutable: flat slices, with
// the rules found by zone, segment and the equalities that their conditions
// require, best score first, so that those behind the last place are not tried.
// Decide allocates its result and nothing per rule; DecideInto nothing at all.
// Explain takes all rules through the same steps, without the index, and says of
// each why it was dropped or what it scored.
//
// The package is pure: profile, history, clock and what was learned are passed in.
// Dates count to the microsecond.
package decision
