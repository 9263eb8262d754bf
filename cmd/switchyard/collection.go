package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// collectionPercent trades processor time for memory: many servers share a host,
// most of them idle.
const collectionPercent = 50

const (
	// collectionTime is about how far apart the collections of a busy server are.
	collectionTime = 8 * time.Second
	// collectionRoom bounds what a busy server takes for that, in bytes.
	collectionRoom = 256 << 20
)

// collection paces the garbage collector. With a small heap collectionPercent has a
// busy server collect dozens of times a second, and a fifth of its time is spent on
// that: it is given room by how fast it allocates, and loses it when it is idle.
type collection struct {
	at        time.Time
	allocated uint64
	percent   int
}

// paceCollection looks after each collection at how much was allocated since the
// one before. The percentage is collectionPercent until then.
func paceCollection() {
	c := &collection{at: time.Now(), allocated: readMetric(metricAllocated), percent: collectionPercent}
	c.watch()
}

// watch has the collector call collected once.
func (c *collection) watch() {
	sentinel := new([16]byte)
	runtime.SetFinalizer(sentinel, func(*[16]byte) {
		c.collected(time.Now(), readMetric(metricAllocated), readMetric(metricLive))
		c.watch()
	})
}

func (c *collection) collected(now time.Time, allocated, live uint64) {
	percent := percentFor(float64(allocated-c.allocated)/now.Sub(c.at).Seconds(), float64(live))
	c.at, c.allocated = now, allocated
	// Each change stops the world for a moment.
	if percent < c.percent*3/4 || percent > c.percent*5/4 {
		c.percent = percent
		debug.SetGCPercent(percent)
	}
}

// mostPercent bounds what comes of a heap with next to nothing in it.
const mostPercent = 2000

// percentFor is how much the heap may grow when so many bytes a second are
// allocated and so many are live.
func percentFor(perSecond, live float64) int {
	room := math.Min(perSecond*collectionTime.Seconds(), collectionRoom)
	return int(min(max(100*room/max(live, 1), collectionPercent), mostPercent))
}

const (
	metricAllocated = "/gc/heap/allocs:bytes"
	metricLive      = "/gc/heap/live:bytes"
)

func readMetric(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
