// Package bundletest makes packages of any size for tests and benchmarks.
package bundletest
