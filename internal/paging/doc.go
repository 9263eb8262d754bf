// Package paging is the shape of one page of a long list. Lists are read in the
// order of a key; a page names the key after which it begins, so that what is
// added or removed meanwhile neither repeats nor hides another item.
//
// It imports the standard library only.
package paging
