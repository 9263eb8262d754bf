package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/tenants"
)

const (
	prepareRounds = 15
	prepareAim    = 200 // ms
	switches      = 50
	switchChannel = "web"
)

// scratchGroup is an empty group's database with one server, in this process.
type scratchGroup struct {
	*versionspg.Store
	pool  *sqlx.DB
	close func()
}

// cloneGroup clones the newest template of group databases.
func (e *environment) cloneGroup(ctx context.Context, name string) (*scratchGroup, error) {
	admin, err := postgres.Open(ctx, e.platform.DatabaseURL, postgres.Options{MaxOpen: 1, Name: "bench"})
	if err != nil {
		return nil, err
	}
	var template string
	if err := admin.GetContext(ctx, &template, newestTemplate); err != nil {
		return nil, fmt.Errorf("find the template database: %w", err)
	}
	if _, err := admin.ExecContext(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template)); err != nil {
		return nil, fmt.Errorf("clone %s: %w", template, err)
	}
	url, err := e.databaseURL(name)
	if err != nil {
		return nil, err
	}
	pool, err := postgres.Open(ctx, url, postgres.Options{MaxOpen: 4, Name: "bench"})
	if err != nil {
		return nil, err
	}
	return &scratchGroup{Store: versionspg.New(pool), pool: pool, close: func() {
		_ = pool.Close()
		_, _ = admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name)
		_ = admin.Close()
	}}, nil
}

func (g *scratchGroup) server(p *bundle.Package) *versions.Holder {
	server := versions.Server{ID: tenants.NewID[tenants.ServerID](), Name: "bench"}
	return versions.NewHolder(server, g.Store, versions.Options{Tenant: p.Tenant, Logger: slog.New(slog.DiscardHandler)})
}

// publish stores the package as that of a deployment; each number has another one.
func (g *scratchGroup) publish(ctx context.Context, p *bundle.Package, number int64) (versions.Version, error) {
	offer := p.Content.Offers[bundletest.Offer(0)]
	offer.Description = fmt.Sprintf("deployment %d", number)
	p.Content.Offers[bundletest.Offer(0)] = offer
	content, hash, err := p.Encode()
	if err != nil {
		return versions.Version{}, err
	}
	return versions.Version{Channel: switchChannel, Number: number, Hash: hash, Name: offer.Description}, g.Publish(ctx, hash, content)
}

// benchPrepare measures what a server does with a package before the switch: fetch,
// verify, compile and warm up.
func benchPrepare(ctx context.Context, e *environment) (result, error) {
	group, err := e.cloneGroup(ctx, "bench_prepare")
	if err != nil {
		return result{}, err
	}
	defer group.close()
	p := bundletest.Synthetic(bundletest.Usual)
	version, err := group.publish(ctx, p, 1)
	if err != nil {
		return result{}, err
	}
	var took []float64
	for range prepareRounds {
		holder := group.server(p)
		began := time.Now()
		if err := holder.Prepare(ctx, version); err != nil {
			return result{}, err
		}
		took = append(took, milliseconds(time.Since(began)))
	}
	return newResult("prepare", "ms", median(took), "aim", prepareAim), nil
}

// benchSwapStall measures the longest time that a reader of the version waits at a
// switch. The limit is the longest time between its other reads: what the machine
// does to it anyway.
func benchSwapStall(ctx context.Context, e *environment) (result, error) {
	group, err := e.cloneGroup(ctx, "bench_switch")
	if err != nil {
		return result{}, err
	}
	defer group.close()
	p := bundletest.Synthetic(small)
	holder := group.server(p)
	if err := holder.CatchUp(ctx); err != nil {
		return result{}, err
	}
	if err := group.switchTo(ctx, holder, p, 1); err != nil {
		return result{}, err
	}
	var stop atomic.Bool
	read := make(chan pauses, 1)
	go func() { read <- readUntil(&stop, holder) }()
	for number := int64(2); number <= 1+switches && err == nil; number++ {
		err = group.switchTo(ctx, holder, p, number)
	}
	stop.Store(true)
	seen := <-read
	if err != nil {
		return result{}, err
	}
	return newResult("swapStall", "ms", slices.Max(seen.switches), "longest time between other reads", seen.elsewhere), nil
}

func (g *scratchGroup) switchTo(ctx context.Context, holder *versions.Holder, p *bundle.Package, number int64) error {
	version, err := g.publish(ctx, p, number)
	if err != nil {
		return err
	}
	if err := holder.Prepare(ctx, version); err != nil {
		return err
	}
	if _, err := g.Move(ctx, number-1, version); err != nil {
		return err
	}
	return holder.Activate(ctx, switchChannel)
}

// pauses are times between two reads, in milliseconds.
type pauses struct {
	switches  []float64 // those in which the version changed
	elsewhere float64   // the longest of the others
}

func readUntil(stop *atomic.Bool, holder *versions.Holder) (seen pauses) {
	last, at := holder.Serving(switchChannel).Number, time.Now()
	for !stop.Load() {
		number, now := holder.Serving(switchChannel).Number, time.Now()
		if pause := milliseconds(now.Sub(at)); number != last {
			seen.switches = append(seen.switches, pause)
		} else {
			seen.elsewhere = max(seen.elsewhere, pause)
		}
		last, at = number, now
	}
	return seen
}
