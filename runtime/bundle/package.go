package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Format is the form of packages that this program writes and reads.
const Format = 1

// MaxBytes bounds the canonical bytes of a package.
const MaxBytes = 64 << 20

// Package is what is deployed of a channel. It holds no version, time or name of
// a group: the same content has the same bytes wherever it goes.
type Package struct {
	Format  int     `json:"format"`
	Tenant  string  `json:"tenant"`
	Channel string  `json:"channel"`
	Content Content `json:"content"`
}

// Encode returns the canonical bytes and their hash. The same content gives the
// same bytes, in whatever order it was put together.
func (p *Package) Encode() (content []byte, hash string, err error) {
	content, err = definition.Encode(p)
	if err != nil {
		return nil, "", fmt.Errorf("encode package: %w", err)
	}
	return content, Hash(content), nil
}

// Hash is the SHA-256 of a package's bytes in hexadecimal.
func Hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Parse reads a package and verifies its hash: other bytes than those that were
// encoded are refused. The error is a fault.Invalid: damaged-package where the
// hash differs, malformed-package where the bytes are no package in canonical form.
func Parse(content []byte, hash string) (*Package, error) {
	if len(content) > MaxBytes {
		return nil, malformed("the package has %d bytes, at most %d are allowed", len(content), MaxBytes)
	}
	if is := Hash(content); is != hash {
		return nil, fault.New(fault.Invalid, "damaged-package",
			"the package is damaged: its SHA-256 is %s, expected %.64s", is, hash)
	}
	p, err := definition.DecodeAs[Package](content)
	if err != nil {
		f := malformed("these bytes are no package")
		if inner, ok := fault.As(err); ok {
			f.Places = inner.Places
		}
		return nil, f
	}
	if p.Format != Format {
		return nil, malformed("the package is of format %d, this program reads format %d", p.Format, Format)
	}
	again, err := definition.Encode(&p)
	if err != nil || !bytes.Equal(again, content) {
		return nil, malformed("the package is not in canonical form").Because(err)
	}
	return &p, nil
}

func malformed(format string, args ...any) *fault.Fault {
	return fault.New(fault.Invalid, "malformed-package", format, args...)
}

// GlobalHash is the hash of what every channel of the tenant has in common: when
// it changes, deployed packages are stale.
func (p *Package) GlobalHash() (string, error) {
	common := Package{Format: p.Format}
	p.Each(func(r definition.Reference, d definition.Document) {
		if r.Kind.Global() {
			common.Set(r, d)
		}
	})
	_, hash, err := common.Encode()
	return hash, err
}
