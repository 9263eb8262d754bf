package server

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

// maxLaunchFile bounds a launch file, in bytes.
const maxLaunchFile = 64 << 10

// LoadLaunch reads the file that a node wrote for a server. Its errors quote
// nothing of the file, since it holds secrets.
func LoadLaunch(path string) (configuration.Launch, error) {
	var launch configuration.Launch
	file, err := os.Open(path)
	if err != nil {
		return launch, fmt.Errorf("open launch file: %w", err)
	}
	defer file.Close()
	decoder := yaml.NewDecoder(io.LimitReader(file, maxLaunchFile))
	decoder.KnownFields(true)
	if err := decoder.Decode(&launch); err != nil {
		return launch, fmt.Errorf("launch file %s is not the YAML of one server's launch, or has unknown fields", path)
	}
	if err := checkLaunch(launch); err != nil {
		return launch, fmt.Errorf("launch file %s: %w", path, err)
	}
	return launch, nil
}

func checkLaunch(l configuration.Launch) error {
	var problems []error
	for field, ref := range map[string]configuration.Ref{"server": l.Server, "tenant": l.Tenant, "solution": l.Solution, "group": l.Group} {
		if _, err := tenants.ParseID[string](ref.ID); err != nil || ref.Name == "" {
			problems = append(problems, fmt.Errorf("%s: expected an id (UUID) and a name", field))
		}
	}
	for field, address := range map[string]string{"listen": l.Listen, "metricsListen": l.MetricsListen, "temporalAddress": l.TemporalAddress} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			problems = append(problems, fmt.Errorf("%s: expected host:port", field))
		}
	}
	for field, text := range map[string]string{"databaseUrl": l.DatabaseURL, "controlPlane": l.ControlPlane} {
		if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
			problems = append(problems, fmt.Errorf("%s: expected a URL", field))
		}
	}
	for field, text := range map[string]string{"apiKey": l.APIKey, "temporalNamespace": l.TemporalNamespace} {
		if text == "" {
			problems = append(problems, fmt.Errorf("%s: missing", field))
		}
	}
	if _, err := codesOf(l); err != nil {
		problems = append(problems, fmt.Errorf("treatmentKey: %w", err))
	}
	if _, err := parseWebhookKeys(l.WebhookKeys); err != nil {
		problems = append(problems, fmt.Errorf("webhookKeys: %w", err))
	}
	return errors.Join(problems...)
}

// codesOf are the treatment codes of a launch; nil where it has no key of them.
func codesOf(l configuration.Launch) (*history.Codes, error) {
	if l.TreatmentKey == "" {
		return nil, nil //nolint:nilnil // any code is taken
	}
	key, err := base64.StdEncoding.DecodeString(l.TreatmentKey)
	if err != nil {
		return nil, errors.New("expected 32 bytes in base64")
	}
	return history.NewCodes(key)
}
