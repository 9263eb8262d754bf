// Package rest is how Switchyard does REST, written once for the control plane
// and the interaction server: a kit over Fiber and Huma in which an operation is
// declared with its action, and everything else comes with it.
//
//   - Every operation has an id, an action and its problems; without an action it
//     is not registered, and without an Authorize only public ones are served.
//   - Every error is a problem of RFC 9457, also for unknown routes, wrong methods,
//     malformed bodies, too large ones and panics. The text of an error that is
//     not a fault is never shown.
//   - Bodies are bounded in size, depth and number of values; unknown fields and
//     unknown query parameters are refused, with their place.
//   - Request ids, ETags, cursors, idempotency keys, rate limits, security headers,
//     Server-Sent Events, metrics, OpenAPI 3.1 and a reference page at /docs.
//
// The order for one request: request id, bounds of the raw request, route,
// authentication, rate limit, authorisation, idempotency key, parameters and body,
// handler. What a caller may not do is therefore refused before what it sent is
// looked at.
package rest
