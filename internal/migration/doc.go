// Package migration brings databases to the schema that this binary needs. There
// are two lines of migrations: the control database's, and that of the databases
// of server groups, each in a folder of numbered SQL files.
//
// A server refuses to start on an older schema than it needs and works on a
// newer one, so that one change of the schema never has to reach all solutions
// at once: a migration may only do what the preceding version bears.
package migration
