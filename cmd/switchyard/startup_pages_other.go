//go:build !linux

package main

// releaseStartupPages has nothing to do here.
func releaseStartupPages() error { return nil }
