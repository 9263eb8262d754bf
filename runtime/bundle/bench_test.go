package bundle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
)

func BenchmarkCompile(b *testing.B) {
	p := bundletest.Synthetic(bundletest.Usual)
	for b.Loop() {
		if _, err := bundle.Compile(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	p := bundletest.Synthetic(bundletest.Usual)
	for b.Loop() {
		if _, _, err := p.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	content, hash, err := bundletest.Synthetic(bundletest.Usual).Encode()
	require.NoError(b, err)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := bundle.Parse(content, hash); err != nil {
			b.Fatal(err)
		}
	}
}
