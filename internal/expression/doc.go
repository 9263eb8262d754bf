// Package expression is Switchyard's one expression language: CEL, the Common
// Expression Language, over variables that the caller declares.
//
// An expression is checked when it is compiled and bounded when it is evaluated:
// its length, nesting and cost have limits. It sees what it is handed and nothing
// else: there is no clock, no randomness and no I/O, so that the same values give
// the same result.
//
// Beyond standard CEL:
//   - numbers mix: 1 + 2.5 is 3.5, because JSON does not tell 2 from 2.0;
//   - a map from names to whole numbers has level: skills.level("cards") is the
//     level, 0 when missing;
//   - text has lowerAscii, upperAscii and trim;
//   - optional access: interaction.properties.?amount.orValue(0).
//
// A declared field that has no value is null: has(profile.age) tells, comparing it
// with < fails, and && and || go on without what fails where the rest decides.
//
// # The fast path
//
// Where many expressions are evaluated over the same values, as the rules of a
// decision are, these are set once into a Record of the language. Compile translates
// the checked tree into closures that read its slots, without memory and without
// boxing. It does so for what rules are made of: literals, variables and fields, keys
// of maps, comparisons, logic, arithmetic, in, ?:, has, optional access and the usual
// functions on text, lists, numbers and times. An expression with anything else, a
// macro over a list for one, is evaluated by cel-go as a whole; so is every
// expression over another Scope. Results and errors are the same: a property test
// and a fuzz test compare both.
//
// The limit on costs is the same too, without counting: what may cost much with the
// values of a record, a long list or text, is left to cel-go, which counts.
//
// The package keeps no cache of programs: who compiles one keeps it.
package expression
