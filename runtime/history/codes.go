package history

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
)

// CodesKeySize is the length of a key of Codes, in bytes.
const CodesKeySize = 32

// proofSize is the number of bytes at the end of a code that prove where it was
// made. It leaves 38 random bits beside the time, which counts in 244 ns.
const proofSize = 3

// Codes makes treatment codes that whoever has the same key can tell from forged
// ones: the last 24 bits are a function of the others and the key (AES of one
// block, cut off). One in 16 million forged codes passes; what those may do is
// bounded elsewhere. It is safe for concurrent use.
type Codes struct{ block cipher.Block }

// NewCodes returns the codes of a key of CodesKeySize bytes. The key must not be
// used for anything else.
func NewCodes(key []byte) (*Codes, error) {
	if len(key) != CodesKeySize {
		return nil, fmt.Errorf("key of treatment codes: want %d bytes, have %d", CodesKeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of treatment codes: %w", err)
	}
	return &Codes{block: block}, nil
}

// New makes a code that nobody has.
func (c *Codes) New() (Treatment, error) {
	t, err := NewTreatment()
	if err != nil {
		return Treatment{}, err
	}
	proof := c.proof(t)
	copy(t[len(t)-proofSize:], proof[:])
	return t, nil
}

// Made reports whether a code was made with the key.
func (c *Codes) Made(t Treatment) bool {
	proof := c.proof(t)
	return subtle.ConstantTimeCompare(proof[:], t[len(t)-proofSize:]) == 1
}

func (c *Codes) proof(t Treatment) (proof [proofSize]byte) {
	clear(t[len(t)-proofSize:])
	c.block.Encrypt(t[:], t[:])
	copy(proof[:], t[:])
	return proof
}
