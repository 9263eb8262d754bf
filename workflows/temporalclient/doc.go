// Package temporalclient connects to Temporal in the way that Switchyard needs
// everywhere: clients that can be made while Temporal is away, namespaces with
// their search attributes made where they are missing, and workers that start as
// soon as Temporal is there.
package temporalclient
