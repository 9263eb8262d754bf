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
// The package keeps no cache of programs: who compiles one keeps it.
package expression
