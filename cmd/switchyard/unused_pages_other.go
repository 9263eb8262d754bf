//go:build !linux

package main

// releaseUnusedPages has nothing to do here.
func releaseUnusedPages() error { return nil }
