package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// benchmark measures one figure.
type benchmark func(ctx context.Context, e *environment) (result, error)

var benchmarks = map[string]benchmark{
	"idleServer":   benchIdleServer,
	"provision":    benchProvision,
	"submit":       benchSubmit,
	"interaction":  benchInteraction,
	"packageBuild": benchPackageBuild,
	"prepare":      benchPrepare,
	"swapStall":    benchSwapStall,
	"deploy1":      benchDeploy1,
	"deploy10":     benchDeploy10,

	"offersHTTP":    benchOffersHTTP,
	"offersLatency": benchOffersLatency,
	"offersKnown":   benchOffersKnown,
	"contacts":      benchContacts,
	"session":       benchSession,

	"celEval":     benchCelEval,
	"decide100":   benchDecide100,
	"decide10000": benchDecide10000,
}

// alone need no platform, and are measured before there is one.
var alone = []string{"celEval", "decide100", "decide10000"}

// order is that in which they disturb one another least.
var order = []string{
	"celEval", "decide100", "decide10000",
	"idleServer", "provision", "packageBuild", "prepare", "swapStall", "interaction", "submit", "deploy1", "deploy10",
	"offersHTTP", "offersLatency", "offersKnown", "contacts", "session",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) == 2 && os.Args[1] == bareOffersCommand {
		err = serveBareOffers(os.Stdin, os.Stdout)
	} else {
		err = run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}
	if err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1) //nolint:gocritic // the signal handler ends with the process
	}
}

// run measures the named figures, or all, and prints each when it is there.
func run(ctx context.Context, names []string, out, progress io.Writer) error {
	for _, name := range names {
		if _, ok := benchmarks[name]; !ok {
			known := slices.Sorted(maps.Keys(benchmarks))
			return fmt.Errorf("no benchmark %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	var e *environment
	defer func() {
		if e != nil {
			e.stop()
		}
	}()
	for _, name := range order {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		if e == nil && !slices.Contains(alone, name) {
			var err error
			if e, err = startEnvironment(ctx, progress); err != nil {
				return err
			}
		}
		figure, err := benchmarks[name](ctx, e)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := figure.print(out); err != nil {
			return err
		}
	}
	return nil
}
