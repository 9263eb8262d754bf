package outage_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/outage"
)

func TestLogTellsBeginningAndEndOnce(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	l := outage.New(slog.New(slog.NewTextHandler(&text, nil)), "away", "back")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{nil, errors.New("one"), errors.New("two"), nil, nil} {
		l.Note(t.Context(), err)
	}
	l.Note(ended, errors.New("three"))
	require.Equal(t, 1, strings.Count(text.String(), "msg=away error=one"))
	require.Equal(t, 1, strings.Count(text.String(), "msg=back"))
	require.Equal(t, 2, strings.Count(text.String(), "\n"))
}
