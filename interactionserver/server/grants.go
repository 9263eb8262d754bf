package server

import (
	"sync"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/process"
)

// grants are the business processes that the server may execute, with what has
// to be known of their definitions here.
type grants struct {
	mu        sync.Mutex
	processes []grant // in the order of the configuration
}

type grant struct {
	name    string
	version int
	hash    string
	// queue is set when the process has this queue only, so that the workflow of a
	// new interaction can be found by it from the start.
	queue   string
	problem string
}

// learn takes over the processes of a configuration; documents that are known
// already are not read again.
func (g *grants) learn(processes []configuration.Process) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := make(map[string]grant, len(g.processes))
	for _, old := range g.processes {
		known[old.hash] = old
	}
	next := make([]grant, len(processes))
	for i, p := range processes {
		learned, ok := known[p.Hash]
		if !ok {
			learned = read(p)
		}
		learned.name, learned.version, learned.hash = p.Name, p.Version, p.Hash
		next[i] = learned
	}
	g.processes = next
}

func read(p configuration.Process) grant {
	definition, err := process.Parse([]byte(p.Document))
	if err != nil {
		return grant{problem: "this server cannot read its definition"}
	}
	if len(definition.Queues) != 1 {
		return grant{}
	}
	return grant{queue: string(interactionserver.NewQueueName(p.Name, definition.Queues[0].Name))}
}

// names are those of all processes.
func (g *grants) names() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	names := make([]string, len(g.processes))
	for i, p := range g.processes {
		names[i] = p.name
	}
	return names
}

// onlyQueue is the queue of a process that has just one; empty otherwise.
func (g *grants) onlyQueue(process string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.processes {
		if p.name == process {
			return p.queue
		}
	}
	return ""
}

// shown is what the status says of them.
func (g *grants) shown() []client.GrantedProcess {
	g.mu.Lock()
	defer g.mu.Unlock()
	shown := make([]client.GrantedProcess, len(g.processes))
	for i, p := range g.processes {
		shown[i] = client.GrantedProcess{Name: p.name, Version: p.version, Problem: p.problem}
	}
	return shown
}
