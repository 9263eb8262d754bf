// Package profiles reads customers' profiles out of CSV files and keeps them in a
// table of the server group's database, by audience level and key.
//
// Values are those of definition.ValueType. What is broken is told with its line
// and left out; the rest goes on. Sub-package profilespg has the table.
package profiles
