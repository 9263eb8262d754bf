package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Ports of the platform on 127.0.0.1. A port that is in use is replaced by a free
// one.
type Ports struct {
	ControlPlane    int `json:"controlPlane"`
	ControlPlaneOps int `json:"controlPlaneOps"`
	NodeOps         int `json:"nodeOps"`
	PostgreSQL      int `json:"postgresql"`
	Temporal        int `json:"temporal"`
	TemporalUI      int `json:"temporalUi"`
}

// defaultPorts are taken when nothing else is said.
var defaultPorts = Ports{ControlPlane: 7400, ControlPlaneOps: 7401, NodeOps: 7402, PostgreSQL: 7432, Temporal: 7233, TemporalUI: 8233}

// wantedPorts are those of the options, else those of the last time, so that
// servers that still run find all where it was, else the default ones.
func wantedPorts(dir string, asked Ports) (Ports, error) {
	var last Ports
	text, err := os.ReadFile(portsFile(dir))
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return Ports{}, fmt.Errorf("read the ports of the last time: %w", err)
	default:
		if err := json.Unmarshal(text, &last); err != nil {
			return Ports{}, fmt.Errorf("%s is damaged; remove it: %w", portsFile(dir), err)
		}
	}
	choose := func(asked, last, otherwise int) int { return orDefault(asked, orDefault(last, otherwise)) }
	return Ports{
		ControlPlane:    choose(asked.ControlPlane, last.ControlPlane, defaultPorts.ControlPlane),
		ControlPlaneOps: choose(asked.ControlPlaneOps, last.ControlPlaneOps, defaultPorts.ControlPlaneOps),
		NodeOps:         choose(asked.NodeOps, last.NodeOps, defaultPorts.NodeOps),
		PostgreSQL:      choose(asked.PostgreSQL, last.PostgreSQL, defaultPorts.PostgreSQL),
		Temporal:        choose(asked.Temporal, last.Temporal, defaultPorts.Temporal),
		TemporalUI:      choose(asked.TemporalUI, last.TemporalUI, defaultPorts.TemporalUI),
	}, nil
}

// keepPorts records the ports that are used.
func keepPorts(dir string, used Ports) error {
	text, err := json.Marshal(used)
	if err != nil {
		return err
	}
	if err := writeFile(portsFile(dir), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("record the ports: %w", err)
	}
	return nil
}

func portsFile(dir string) string { return filepath.Join(dir, "ports.json") }
