package bundle_test

import (
	"fmt"

	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
)

func Example() {
	deployed := bundletest.Synthetic(bundletest.Size{Rules: 2, Clauses: 1, Offers: 1, Flowcharts: 1, Zones: 1})
	content, hash, err := deployed.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}

	// A server fetches the bytes, verifies and compiles them.
	p, err := bundle.Parse(content, hash)
	if err != nil {
		fmt.Println(err)
		return
	}
	compiled, err := bundle.Compile(p)
	fmt.Println(compiled.Hash == hash, err)

	// The next package differs.
	score := 60.0
	p.Content.Strategies["strategy-0"].Rules[1].Score = &score
	for _, change := range bundle.Diff(deployed, p) {
		fmt.Println(change)
	}
	// Output:
	// true <nil>
	// strategy strategy-0: rules[rule-1].score 1 → 60
}
