// Package runtime holds what answers a touchpoint: its sub-packages. No other
// file lies here, because the name would shadow the standard library's.
//
//   - definition: what a design team defines, as documents
//   - scope: what the expressions in them see
//   - bundle: a deployment package: canonical form, hash, difference, compiled form
//   - segment: runs flowcharts
//   - decision: chooses offers
//   - eventpattern: says when the events of a customer meet an event pattern
//   - schedule: delayed actions, triggers and the states of event patterns
//   - customer: what a group keeps of its customers
//   - history: contacts, responses and total limits
package runtime
