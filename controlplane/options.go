package controlplane

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"

	"github.com/switchyard/switchyard/workflows/deployment"
)

// Options say where the control plane is and what it uses. All fields but URL,
// GroupDatabaseURL, KeptPackages and Deploying are required.
type Options struct {
	// Listen and OpsListen are host:port of the REST interface and of metrics,
	// health and profiles. Port 0 takes a free one.
	Listen    string
	OpsListen string
	// URL is the base URL by which nodes and servers reach the REST interface;
	// empty: http:// and the address that it listens on.
	URL string
	// DatabaseURL is the control database, as its owner.
	DatabaseURL string
	// GroupDatabaseURL is the PostgreSQL server for the databases of server groups,
	// with the role that makes them; empty: that of DatabaseURL.
	GroupDatabaseURL string
	TemporalAddress  string // host:port
	EncryptionKey    []byte // 32 bytes, seals the secrets in the control database
	// PlatformKey is the text of the API key of the platform's administrator.
	PlatformKey string
	// NoMigrate refuses an older schema instead of bringing it up to date.
	NoMigrate bool
	// KeptPackages is how many of the last deployments of each channel to each group
	// keep their packages; 0: deployments.KeptPackages.
	KeptPackages int
	// Deploying puts something around what deployments work on, for tests of
	// failures; nil otherwise.
	Deploying func(deployment.Catalog, deployment.Groups) (deployment.Catalog, deployment.Groups)
	Logger    *slog.Logger
}

func (o Options) check() error {
	var missing []error
	for name, value := range map[string]string{
		"listen": o.Listen, "ops-listen": o.OpsListen, "database-url": o.DatabaseURL,
		"temporal-address": o.TemporalAddress, "platform key": o.PlatformKey,
	} {
		if value == "" {
			missing = append(missing, fmt.Errorf("%s is required", name))
		}
	}
	if o.Logger == nil {
		missing = append(missing, errors.New("a logger is required"))
	}
	if o.URL != "" {
		if u, err := url.Parse(o.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			missing = append(missing, fmt.Errorf("url %q is not a base URL such as http://control:7400", o.URL))
		}
	}
	return errors.Join(missing...)
}

// reachable is the base URL of a listener on this host, where the options name
// none: a listener on all addresses is reached on loopback.
func (o Options) reachable(listening net.Addr) string {
	if o.URL != "" {
		return o.URL
	}
	tcp := listening.(*net.TCPAddr)
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}

// groupDatabaseURL is the PostgreSQL server for the databases of server groups.
func (o Options) groupDatabaseURL() string {
	if o.GroupDatabaseURL != "" {
		return o.GroupDatabaseURL
	}
	return o.DatabaseURL
}
