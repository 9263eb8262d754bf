package crashtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServersDie kills servers of a group under load, now one and now both.
func TestServersDie(t *testing.T) {
	t.Parallel()
	chance, l, allowed := seeded(t), newLedger(), rounds(80, 1_000)
	g := setup(t, surroundings{servers: 2, content: shop(allowed)})
	end := shopping(t, g, chance, l, 6)
	kills := 0
	for range rounds(6, 150) {
		pause(chance, 50*time.Millisecond, 1500*time.Millisecond)
		first := chance.IntN(len(g.servers))
		victims := g.servers[first : first+1]
		if chance.IntN(4) == 0 {
			victims = g.servers
		}
		for _, m := range victims {
			m.Kill()
			kills++
		}
		pause(chance, time.Millisecond, 200*time.Millisecond)
		for _, m := range victims {
			g.restart(m)
		}
		if chance.IntN(3) != 0 { // else it is killed while it starts
			g.awaitServers()
		}
	}
	g.awaitServers()
	before := l.acknowledgements()
	eventually(t, "calls are served again", func() bool { return l.acknowledgements() >= before+50 })
	end()
	rows := g.audit(t, l, allowed)
	t.Logf("%d kills, %d rows; %s", kills, rows, l)
	require.NotZero(t, l.responses)
}
