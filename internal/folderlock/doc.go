// Package folderlock gives a folder to one process at a time: until it is
// released or the process ends, however it ends.
package folderlock
