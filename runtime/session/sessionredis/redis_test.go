package sessionredis_test

import (
	"context"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/session/sessionredis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// redis is a server that the test has started, and may kill.
type redis struct {
	testing.TB
	binary, dir string
	port        int
	command     *exec.Cmd
}

// newRedis starts a Redis or Valkey server that writes down every change at once.
func newRedis(t testing.TB) *redis {
	t.Helper()
	r := &redis{TB: t, dir: t.TempDir()}
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			r.binary = path
			break
		}
	}
	if r.binary == "" {
		t.Skip("neither redis-server nor valkey-server is installed: apt-get install redis-server")
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r.port = listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	r.start()
	t.Cleanup(func() {
		r.signal(syscall.SIGCONT)
		r.kill()
	})
	return r
}

func (r *redis) start() {
	r.Helper()
	r.command = exec.CommandContext(context.Background(), r.binary, "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--dir", r.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no")
	r.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(r, r.command.Start())
	r.eventually("the server accepts connections", func() bool {
		dialer := net.Dialer{Timeout: time.Second}
		c, err := dialer.DialContext(context.Background(), "tcp", r.address())
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}

func (r *redis) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)) }

func (r *redis) signal(s syscall.Signal) {
	if r.command != nil {
		_ = r.command.Process.Signal(s)
	}
}

// kill ends the server as kill -9 does.
func (r *redis) kill() {
	if r.command != nil {
		_ = r.command.Process.Kill()
		_ = r.command.Wait()
		r.command = nil
	}
}

// store is a server's.
// store waits for a machine that is slow, unless outage is among the changes.
func (r *redis) store(change ...func(*sessionredis.Options)) *sessionredis.Store {
	r.Helper()
	o := sessionredis.Options{URL: "redis://" + r.address(), Group: "group-1", Timeout: patience}
	for _, f := range change {
		f(&o)
	}
	s, err := sessionredis.Open(o)
	require.NoError(r, err)
	r.Cleanup(s.Close)
	return s
}

func outage(o *sessionredis.Options) { o.Timeout = sessionredis.DefaultTimeout }

func (r *redis) eventually(what string, met func() bool) {
	r.Helper()
	deadline := time.After(patience)
	for !met() {
		select {
		case <-deadline:
			require.Fail(r, "not in time: "+what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// shown counts up what a session has, and returns that; it begins the session where
// there is none.
func shown(ctx context.Context, s session.Store, id string) (count int, err error) {
	err = s.Do(ctx, id, func(d *session.Data) *session.Data {
		if d == nil {
			d = &session.Data{ID: id, Channel: "web", Level: "customer", Started: time.Now().UTC()}
		}
		d.Of("card").Shown++
		count = d.Of("card").Shown
		return d
	})
	return count, err
}
