package local

import (
	"context"
	"syscall"
	"time"
)

const (
	defaultCheckEvery = 5 * time.Second
	// checksToKill is how many checks in a row have to fail.
	checksToKill = 4
)

// watch returns when the child has ended. One that lives and does not do its work
// any more, as its checks say, is killed, so that its supervision starts it anew.
func (p *Process) watch(ctx context.Context, c *child) {
	if p.o.Check == nil {
		<-c.ended
		return
	}
	ticker := time.NewTicker(p.o.CheckEvery)
	defer ticker.Stop()
	for failures := 0; ; {
		select {
		case <-c.ended:
			return
		case <-ticker.C:
		}
		err := p.o.Check(ctx)
		if err == nil || ctx.Err() != nil {
			failures = 0
			continue
		}
		if failures++; failures < checksToKill {
			continue
		}
		p.o.Log.Error("child process does not work, so it is killed", "process", p.o.Name, "pid", c.pid(), "error", err)
		_ = syscall.Kill(-c.pid(), syscall.SIGKILL) // fails only when it has ended
		<-c.ended
		return
	}
}
