package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/secret"
)

func TestBox(t *testing.T) {
	box, err := secret.NewBox(secret.NewKey())
	require.NoError(t, err)
	plain, tenant := []byte("password"), []byte("acme")
	sealed := box.Seal(plain, tenant)

	t.Run("OpensWhatItSealed", func(t *testing.T) {
		have, err := box.Open(sealed, tenant)
		require.NoError(t, err)
		require.Equal(t, plain, have)
		require.NotContains(t, string(sealed), "password")
		require.Len(t, sealed, len(plain)+29)
		empty, err := box.Open(box.Seal(nil, nil), nil)
		require.NoError(t, err)
		require.Empty(t, empty)
	})
	t.Run("SealsDifferentlyEachTime", func(t *testing.T) {
		require.NotEqual(t, sealed, box.Seal(plain, tenant))
	})
	t.Run("DoesNotOpenForAnotherTenant", func(t *testing.T) {
		_, err := box.Open(sealed, []byte("other"))
		require.ErrorIs(t, err, secret.ErrOpen)
	})
	t.Run("DoesNotOpenWithAnotherKey", func(t *testing.T) {
		other, err := secret.NewBox(secret.NewKey())
		require.NoError(t, err)
		_, err = other.Open(sealed, tenant)
		require.ErrorIs(t, err, secret.ErrOpen)
	})
	t.Run("DoesNotOpenWhatWasChanged", func(t *testing.T) {
		for i := range sealed {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1
			_, err := box.Open(changed, tenant)
			require.ErrorIs(t, err, secret.ErrOpen)
			_, err = box.Open(sealed[:i], tenant)
			require.ErrorIs(t, err, secret.ErrOpen)
		}
	})
	t.Run("RefusesAKeyOfAnotherLength", func(t *testing.T) {
		_, err := secret.NewBox(make([]byte, 16))
		require.ErrorContains(t, err, "want 32 bytes")
	})
}

func TestKey(t *testing.T) {
	key := secret.NewKey()
	for name, text := range map[string]string{
		"Base64": secret.EncodeKey(key), "Hex": hex.EncodeToString(key),
		"URLWithoutPadding": base64.RawURLEncoding.EncodeToString(key), "WithLineEnd": secret.EncodeKey(key) + "\n",
	} {
		t.Run("Reads"+name, func(t *testing.T) {
			have, err := secret.ParseKey(text)
			require.NoError(t, err)
			require.Equal(t, key, have)
		})
	}
	for _, text := range []string{"", "short", secret.EncodeKey(key[:31]), "!" + secret.EncodeKey(key)} {
		_, err := secret.ParseKey(text)
		require.ErrorContains(t, err, "32 bytes in base64 or hex")
		require.NotContains(t, err.Error(), secret.EncodeKey(key[:31]))
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	write := func(t *testing.T, name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		require.NoError(t, os.Chmod(path, mode))
		return path
	}
	key := secret.NewKey()
	t.Run("ReadsAPrivateFile", func(t *testing.T) {
		have, err := secret.ReadKeyFile(write(t, "key", secret.EncodeKey(key)+"\n", 0o600))
		require.NoError(t, err)
		require.Equal(t, key, have)
	})
	tests := []struct{ name, path, want string }{
		{"Missing", filepath.Join(dir, "none"), "no such file"},
		{"Open", write(t, "open", secret.EncodeKey(key), 0o644), "chmod 600"},
		{"Empty", write(t, "empty", " \n", 0o600), "it is empty"},
		{"Huge", write(t, "huge", string(make([]byte, 1<<17)), 0o600), "more than"},
		{"Directory", dir, "not a regular file"},
		{"NoKey", write(t, "text", "hello", 0o600), "32 bytes"},
	}
	for _, test := range tests {
		t.Run("Refuses"+test.name, func(t *testing.T) {
			_, err := secret.ReadKeyFile(test.path)
			require.ErrorContains(t, err, test.want)
		})
	}
}
