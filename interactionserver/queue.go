package interactionserver

import (
	"strings"
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// QueueName names a queue in its server group: "card-dispute.intake" is the
// queue "intake" of the business process "card-dispute". Two processes may each
// have a queue of the same name.
type QueueName string

// NewQueueName returns the name of a process's queue.
func NewQueueName(process tenants.Name, queue string) QueueName {
	return QueueName(process + "." + queue)
}

// Split returns the two parts; the second is empty when the name has one only.
func (q QueueName) Split() (process tenants.Name, queue string) {
	process, queue, _ = strings.Cut(string(q), ".")
	return process, queue
}

// Queue is a queue and how full it is.
type Queue struct {
	Name    QueueName
	Process tenants.Name
	// Queued wait to be pulled, Routing wait for an agent, Delivering are offered
	// to one, Handling are in an agent's hands.
	Queued, Routing, Delivering, Handling int
	// OldestAt is when the longest waiting one (queued or routing) entered; zero
	// when none waits.
	OldestAt time.Time
}
