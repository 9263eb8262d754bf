// Package deadline bounds calls in time, as context.WithTimeout does, for calls of
// which thousands come in a second and hardly one waits until its time is over: it
// starts a timer only for those that somebody waits for.
package deadline
