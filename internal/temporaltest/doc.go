// Package temporaltest gives each test a Temporal namespace of its own, with the
// search attributes of Switchyard.
//
// The server is named by the environment variable
// SWITCHYARD_TEST_TEMPORAL_ADDRESS; `./task test` sets it. A namespace stays on
// the server, which is thrown away with its tests.
package temporaltest
