package node

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/interactionserver/configuration"
)

// folder holds the files of one server. Its path is absolute and is the same for
// every node that has it, since servers are recognised by it.
type folder string

func (f folder) launchFile() string  { return filepath.Join(string(f), "launch.yaml") }
func (f folder) processFile() string { return filepath.Join(string(f), "process.json") }
func (f folder) logFile() string     { return filepath.Join(string(f), "server.log") }

// record is what outlives the node of a server's process.
type record struct {
	identity
	StartedAt time.Time `json:"startedAt"`
	// Launch is the hash of the launch that the process was started with.
	Launch   string `json:"launch"`
	Restarts int    `json:"restarts"`
	// Leaving says that the server is being removed: the next node goes on with it.
	Leaving bool `json:"stopped,omitempty"`
}

// launchHash tells a launch with the arguments of its command from another.
func launchHash(launch configuration.Launch, arguments []string) string {
	text, err := json.Marshal(launch)
	if err != nil {
		panic(err) // a struct of strings
	}
	for _, argument := range arguments {
		text = append(append(text, 0), argument...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// remove removes the folder; without its launch file it is none of a server.
func (f folder) remove() error {
	if err := os.Remove(f.launchFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(string(f))
}

func (f folder) create() error { return os.MkdirAll(string(f), 0o700) }

func (f folder) readLaunch() (configuration.Launch, error) {
	var launch configuration.Launch
	text, err := os.ReadFile(f.launchFile())
	if err != nil {
		return launch, err
	}
	if err := yaml.Unmarshal(text, &launch); err != nil {
		return launch, fmt.Errorf("launch file %s: %w", f.launchFile(), err)
	}
	return launch, nil
}

func (f folder) writeLaunch(launch configuration.Launch) error {
	text, err := yaml.Marshal(launch)
	if err != nil {
		return err
	}
	return replaceFile(f.launchFile(), text)
}

// readRecord returns the zero record when there is none or it is unreadable: the
// process is then looked for by its argument.
func (f folder) readRecord() record {
	var r record
	text, err := os.ReadFile(f.processFile())
	if err != nil || json.Unmarshal(text, &r) != nil {
		return record{}
	}
	return r
}

func (f folder) writeRecord(r record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return replaceFile(f.processFile(), text)
}

// openLog opens the log so that writes go to its end, also after a truncation.
func (f folder) openLog() (*os.File, error) {
	return os.OpenFile(f.logFile(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
}

// replaceFile writes a file that only its owner can read, in whole or not at all.
func replaceFile(path string, content []byte) (err error) {
	unfinished := path + ".new"
	file, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

// folders returns the folders below dir that hold a launch file.
func folders(dir string) ([]folder, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []folder
	for _, entry := range entries {
		f := folder(filepath.Join(dir, entry.Name()))
		if _, err := os.Stat(f.launchFile()); err == nil {
			found = append(found, f)
		}
	}
	return found, nil
}
