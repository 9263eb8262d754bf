package versions

import "context"

// Group is what a deployment reads and writes in the group's database. Every
// change may be repeated.
type Group interface {
	// Publish stores a package. It fails with Invalid when content does not have
	// that hash, and with TooLarge over MaxPackageSize.
	Publish(ctx context.Context, hash string, content []byte) error
	// Move makes next the active version of its channel and returns it with the
	// time since when it is. expected is the number before, 0 for none. A
	// repetition succeeds. Conflict: "older-version" when a higher number is
	// active, "version-moved" when another than expected is, "package-missing"
	// when the package was not published, "too-many-channels" over MaxChannels.
	Move(ctx context.Context, expected int64, next Version) (Version, error)
	// Active returns the active version of each channel, sorted by channel.
	Active(ctx context.Context) ([]Version, error)
	// LiveServers returns the servers that a process runs as now, sorted by name.
	// One that is not among them will read the active versions before it serves.
	LiveServers(ctx context.Context) ([]Server, error)
	// Reports returns what each server said last, sorted by server and channel.
	Reports(ctx context.Context) ([]ServerReport, error)
}

// Store is what one server reads and writes there.
type Store interface {
	Active(ctx context.Context) ([]Version, error)
	// Package returns the content that is stored by that hash, unchecked; NotFound,
	// "package-missing", when there is none.
	Package(ctx context.Context, hash string) ([]byte, error)
	// Report makes the server known and these all that it says. A server that
	// starts reports nothing first, before it reads Active: from then on it is among
	// LiveServers, and what an earlier process of it reported is forgotten.
	Report(ctx context.Context, s Server, reports []Report) error
}
