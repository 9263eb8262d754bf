// Package workflows holds the names by which Switchyard and its workflow
// engineers find things in Temporal: namespaces, task queues, workflow ids and
// search attributes. Each workflow has a sub-package of its own.
//
// It imports no Temporal package, so that anybody may name a workflow.
package workflows
