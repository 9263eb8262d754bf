// Package decisiontest makes markets of any number of rules to measure decisions
// with: a model, and beside it the same rules as somebody would write them by hand.
package decisiontest
