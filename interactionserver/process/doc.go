// Package process is the business process language: it parses and checks a
// document and runs it as a pure step machine. It knows no host: no clock, no
// I/O, no workflow engine.
package process
