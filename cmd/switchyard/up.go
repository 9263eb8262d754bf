package main

import (
	"context"
	"errors"
)

// upCommand runs the platform on one machine.
type upCommand struct{}

// Run is filled in with internal/local.
func (c *upCommand) Run(context.Context) error { return errors.New("not there yet") }
