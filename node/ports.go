package node

import (
	"context"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
)

// PortRange is the range that servers' ports are chosen from.
type PortRange struct{ First, Last int }

// defaultPorts lie below the ports that Linux gives to outgoing connections, so
// that none of those sits on a server's port when it restarts.
var defaultPorts = PortRange{First: 20000, Last: 29999}

// ports knows which ports are free. A port in a launch file belongs to its
// server, running or not.
type ports struct {
	host   string
	from   PortRange
	mu     sync.Mutex
	chosen map[int]bool
}

func newPorts(host string, from PortRange) *ports {
	return &ports{host: host, from: from, chosen: make(map[int]bool)}
}

// keep marks the ports of addresses as chosen.
func (p *ports) keep(addresses ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, address := range addresses {
		if port := portOf(address); port > 0 {
			p.chosen[port] = true
		}
	}
}

// release gives the ports of a server back that is no more.
func (p *ports) release(addresses ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, address := range addresses {
		delete(p.chosen, portOf(address))
	}
}

// choose returns a free address for each of present: that one itself where it
// is free, or gets free within a moment.
func (p *ports) choose(present ...string) ([]string, error) {
	free := make([]bool, len(present))
	for i, address := range present {
		free[i] = address != "" && soonFree(address)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	addresses := make([]string, len(present))
	for i, address := range present {
		if free[i] {
			addresses[i] = address
			continue
		}
		delete(p.chosen, portOf(address))
		port, err := p.next()
		if err != nil {
			return nil, err
		}
		addresses[i] = net.JoinHostPort(p.host, strconv.Itoa(port))
	}
	return addresses, nil
}

// next looks from a random place on, so that two nodes on one host rarely meet.
func (p *ports) next() (int, error) {
	size := p.from.Last - p.from.First + 1
	start := rand.IntN(size)
	for i := range size {
		port := p.from.First + (start+i)%size
		if !p.chosen[port] && isFree(net.JoinHostPort(p.host, strconv.Itoa(port))) {
			p.chosen[port] = true
			return port, nil
		}
	}
	return 0, fault.New(fault.Unavailable, "no-free-port", "no port from %d to %d is free on this host", p.from.First, p.from.Last)
}

// A killed process can hold its ports for a moment after it is gone: they are
// closed when the last of its threads has ended.
const (
	freeLooks = 20
	freePause = 25 * time.Millisecond
)

func soonFree(address string) bool {
	for range freeLooks - 1 {
		if isFree(address) {
			return true
		}
		<-time.After(freePause)
	}
	return isFree(address)
}

func isFree(address string) bool {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

func portOf(address string) int {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return port
}
