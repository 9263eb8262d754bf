package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

const downloadsWithin = 5 * time.Minute

// downloadable are the versions that can be downloaded, by major version; the
// empty one is for a new cluster.
var downloadable = map[string]embeddedpostgres.PostgresVersion{
	"":   embeddedpostgres.V17,
	"18": embeddedpostgres.V18, "17": embeddedpostgres.V17, "16": embeddedpostgres.V16,
	"15": embeddedpostgres.V15, "14": embeddedpostgres.V14,
}

// downloadBinaries gets the programs into a folder under home. They are the
// smallest set that can run a server, some 10 MB.
func downloadBinaries(ctx context.Context, o PostgreSQLOptions, home, wanted string) (binaries, error) {
	version, ok := downloadable[wanted]
	if !ok {
		return binaries{}, fmt.Errorf("version %s cannot be downloaded", wanted)
	}
	folder := filepath.Join(home, "binaries", string(version))
	if b, ok := inspect(ctx, filepath.Join(folder, "bin")); ok {
		return b, nil
	}
	o.Log.Info("downloading PostgreSQL", "version", string(version))
	ctx, cancel := context.WithTimeout(ctx, downloadsWithin)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- fetch(o.Repository, version, folder) }()
	select {
	case err := <-result:
		if b, ok := inspect(ctx, filepath.Join(folder, "bin")); ok {
			return b, nil
		}
		return binaries{}, fmt.Errorf("download of PostgreSQL %s: %w", version, err)
	case <-ctx.Done():
		return binaries{}, fmt.Errorf("download of PostgreSQL %s: %w", version, context.Cause(ctx))
	}
}

// fetch makes the library download and unpack the programs into folder. It
// offers that only as a part of starting a server, so a throw-away one is
// started, which fails for root: whether the programs are there counts, not the
// error.
func fetch(repository string, version embeddedpostgres.PostgresVersion, folder string) error {
	scratch, err := os.MkdirTemp("", "switchyard-download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	port, err := FreePort(0)
	if err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = scratch
	}
	config := embeddedpostgres.DefaultConfig().
		Version(version).
		Port(uint32(port)).
		CachePath(filepath.Join(cache, "switchyard")).
		BinariesPath(folder).
		RuntimePath(filepath.Join(scratch, "runtime")).
		DataPath(filepath.Join(scratch, "data")).
		Logger(io.Discard)
	if repository != "" {
		config = config.BinaryRepositoryURL(repository)
	}
	server := embeddedpostgres.NewDatabase(config)
	if err := server.Start(); err != nil {
		return err
	}
	if err := server.Stop(); err != nil && !errors.Is(err, embeddedpostgres.ErrServerNotStarted) {
		return err
	}
	return nil
}
