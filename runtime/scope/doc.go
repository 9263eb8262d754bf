// Package scope says what the expressions of offer decisions see. It makes one
// expression language for each audience level, in which its profile, its macros
// and the offer attributes are objects with declared fields, and compiles against
// it: a misspelt field is found when an expression is saved, not when a customer
// calls.
//
// A Frame holds the values for one visitor. It is set once and every program of
// the level runs on it. A macro is evaluated when the first program that reads it
// runs, and kept.
//
// What expressions see:
//
//	profile     the attributes of the level, its key among them: profile.age
//	macro       the macros of the level: macro.grown_up
//	now         the time of the call
//	parameters  what the session or the call brought along: parameters.source
//	derived     in flowcharts: what boxes before derived
//	segments    in rules, scores, actions and history: the visitor's
//	offer       in rules, scores and history: offer.code and the attributes
//	score       in score expressions and history: the marketer's score
//	event       in actions and history: the parameters of the event
//
// A hyphen in the name of a macro or of an offer attribute is read as an
// underscore: annual-fee is offer.annual_fee. What is not known of a profile is
// null, which has(profile.age) tells and most operators fail on. An expression
// that reads a macro that fails, fails.
//
// The package is pure: no I/O, no clock.
package scope
