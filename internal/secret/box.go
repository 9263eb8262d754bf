package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// version is the first byte of what is sealed, so that the scheme can change.
const version = 1

// ErrOpen says that a value was not sealed with this key and associated data.
var ErrOpen = errors.New("sealed value does not open")

// Box seals and opens with one key. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBox returns a Box for a key of KeySize bytes.
func NewBox(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("encryption key: want %d bytes, have %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("encryption key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("encryption key: %w", err)
	}
	return &Box{aead: aead}, nil
}

// Seal encrypts plain under a random nonce: version, nonce, ciphertext, tag; 29
// bytes more than plain.
func (b *Box) Seal(plain, associated []byte) []byte {
	return b.aead.Seal([]byte{version}, nil, plain, associated)
}

// Open returns what was sealed with the same associated data, or ErrOpen.
func (b *Box) Open(sealed, associated []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, ErrOpen
	}
	plain, err := b.aead.Open(nil, nil, sealed[1:], associated)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}
