// Package duration is a length of time whose text form is ISO 8601: "PT20S",
// "P1DT12H".
package duration
