package secret

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// KeySize is the length of an encryption key in bytes.
const KeySize = 32

// NewKey returns a fresh key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	return key
}

// EncodeKey returns the text of a key for a file or a variable: standard base64.
func EncodeKey(key []byte) string { return base64.StdEncoding.EncodeToString(key) }

// ParseKey reads a key in base64 (standard or URL alphabet, padded or not) or in
// hex. White space around it is ignored.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	decoders := []func(string) ([]byte, error){
		hex.DecodeString,
		base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	}
	for _, decode := range decoders {
		if key, err := decode(text); err == nil && len(key) == KeySize {
			return key, nil
		}
	}
	return nil, fmt.Errorf("an encryption key is %d bytes in base64 or hex", KeySize)
}

// ReadKeyFile reads the key in a file that only its owner may read.
func ReadKeyFile(path string) ([]byte, error) {
	text, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// maxFile bounds a secret's file: a wrong path, such as a device, is refused.
const maxFile = 64 * 1024

// ReadFile returns the trimmed text of a secret's file. It refuses a file that
// other users of the host can read or change.
func ReadFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("secret file: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("secret file %s is not a regular file", path)
	case info.Mode().Perm()&0o007 != 0:
		return "", fmt.Errorf("secret file %s is open to every user (%#o): chmod 600 it", path, info.Mode().Perm())
	case info.Size() > maxFile:
		return "", fmt.Errorf("secret file %s has more than %d bytes", path, maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("secret file: %w", err)
	}
	trimmed := strings.TrimSpace(string(text))
	if trimmed == "" {
		return "", fmt.Errorf("secret file %s: %w", path, errEmpty)
	}
	return trimmed, nil
}

var errEmpty = errors.New("it is empty")
