package telemetry

import "runtime/debug"

// version is set by the linker: -ldflags "-X …/internal/telemetry.version=1.2.3".
var version string

// Build is what this binary was built from.
type Build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // commit, with "-dirty" if there were changes
	Go       string `json:"go"`
}

// ReadBuild returns the build of the running binary.
func ReadBuild() Build {
	b := Build{Version: version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	var dirty bool
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.modified":
			dirty = setting.Value == "true"
		}
	}
	if dirty {
		b.Revision += "-dirty"
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	return b
}
