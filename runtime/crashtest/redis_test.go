package crashtest

import (
	"context"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// redis is a session store that the test has started, and kills.
type redis struct {
	t           *testing.T
	binary, dir string
	port        int
	command     *exec.Cmd
}

// newRedis starts a Redis or Valkey server that writes down every change at once.
func newRedis(t *testing.T) *redis {
	t.Helper()
	r := &redis{t: t, dir: t.TempDir(), port: freePort(t)}
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			r.binary = path
			break
		}
	}
	if r.binary == "" {
		t.Skip("neither redis-server nor valkey-server is installed: apt-get install redis-server")
	}
	r.start()
	t.Cleanup(func() {
		r.signal(syscall.SIGCONT)
		r.kill()
	})
	return r
}

func (r *redis) start() {
	r.t.Helper()
	r.command = exec.CommandContext(context.Background(), r.binary, "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--dir", r.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no")
	require.NoError(r.t, r.command.Start())
	eventually(r.t, "Redis accepts connections", func() bool {
		c, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", r.address())
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}

func (r *redis) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)) }

func (r *redis) url() string { return "redis://" + r.address() }

func (r *redis) signal(s syscall.Signal) {
	if r.command != nil {
		_ = r.command.Process.Signal(s)
	}
}

func (r *redis) kill() {
	if r.command != nil {
		_ = r.command.Process.Kill()
		_ = r.command.Wait()
		r.command = nil
	}
}
