// Package client calls the REST interfaces of Switchyard: the control plane and
// the interaction servers. Client has what both need: credentials, problems as
// errors, retries of what may be repeated, ETags, pages and event streams. Typed
// methods for the resources lie beside it.
package client
