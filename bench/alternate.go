package main

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

const (
	rounds     = 25
	roundLasts = 20 * time.Millisecond
)

// candidate is code that is measured by calls, n of them at a time.
type candidate func(n int)

// cost is what a call takes.
type cost struct {
	nanoseconds float64 // of the processor, not of the clock: others work too
	allocations float64
	bytes       float64
}

// alternate measures candidates in turn, A B A B …, so that a machine that becomes
// slower does so for all. It gives the medians, and of each candidate but the first
// the median of the first's time over its own, round by round.
func alternate(candidates ...candidate) (costs []cost, ratios []float64, err error) {
	counts := make([]int, len(candidates))
	for i, c := range candidates {
		if counts[i], err = enough(c); err != nil {
			return nil, nil, err
		}
	}
	measured := make([][]cost, len(candidates))
	for range rounds {
		for i, c := range candidates {
			took, err := callCost(c, counts[i])
			if err != nil {
				return nil, nil, err
			}
			measured[i] = append(measured[i], took)
		}
	}
	for i := range candidates {
		costs = append(costs, cost{
			nanoseconds: median(each(measured[i], func(c cost) float64 { return c.nanoseconds })),
			allocations: median(each(measured[i], func(c cost) float64 { return c.allocations })),
			bytes:       median(each(measured[i], func(c cost) float64 { return c.bytes })),
		})
		var by []float64
		for round := range rounds {
			by = append(by, measured[0][round].nanoseconds/measured[i][round].nanoseconds)
		}
		ratios = append(ratios, median(by))
	}
	return costs, ratios[1:], nil
}

// enough is the number of calls that last a round.
func enough(c candidate) (int, error) {
	for n := 1; ; n *= 2 {
		took, err := callCost(c, n)
		if err != nil {
			return 0, err
		}
		if whole := took.nanoseconds * float64(n); whole > float64(roundLasts)/4 {
			return int(float64(n) * float64(roundLasts) / whole), nil
		}
	}
}

func callCost(c candidate, n int) (cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, err := usedProcessor()
	if err != nil {
		return cost{}, err
	}
	c(n)
	ended, err := usedProcessor()
	if err != nil {
		return cost{}, err
	}
	runtime.ReadMemStats(&after)
	calls := float64(n)
	return cost{
		nanoseconds: float64(ended-began) / calls,
		allocations: float64(after.Mallocs-before.Mallocs) / calls,
		bytes:       float64(after.TotalAlloc-before.TotalAlloc) / calls,
	}, nil
}

// usedProcessor is the time that this process has used.
func usedProcessor() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

func each[T any](values []T, of func(T) float64) []float64 {
	numbers := make([]float64, len(values))
	for i, v := range values {
		numbers[i] = of(v)
	}
	return numbers
}
