package crashtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/learning"
)

// audit compares what touchpoints were told with what the group has written, and
// everything that is counted with the rows that it counts. Returned is the number of
// contacts and responses.
func (g *group) audit(t *testing.T, l *ledger, allowed int) (rows int64) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Empty(t, l.wrong)

	var contacts []struct{ Treatment, Offer, Customer string }
	require.NoError(t, g.db.Select(&contacts, `SELECT treatment, offer, customer FROM contacts`))
	written := make(map[string]presentation, len(contacts))
	for _, c := range contacts {
		require.NotContains(t, written, c.Treatment, "a contact is there once")
		written[c.Treatment] = presentation{c.Offer, c.Customer}
	}
	for treatment, p := range l.contacts {
		require.Equal(t, p, written[treatment], "contact %s was acknowledged", treatment)
	}
	require.LessOrEqual(t, int64(len(contacts)), int64(len(l.contacts))+l.lost, "nothing is written that nobody asked for")

	var responses []struct {
		Treatment string
		Type      string
	}
	require.NoError(t, g.db.Select(&responses, `SELECT treatment, type FROM responses WHERE class <> 'seen'`))
	there := make(map[response]bool, len(responses))
	for _, r := range responses {
		key := response{r.Treatment, r.Type}
		require.False(t, there[key], "a response is there once")
		there[key] = true
		require.True(t, l.asked[key], "nobody gave response %v", key)
	}
	for r := range l.responses {
		require.True(t, there[r], "response %v was acknowledged", r)
	}
	g.auditCounts(t, allowed)
	return int64(len(contacts) + len(responses))
}

// auditCounts compares the counts with the rows.
func (g *group) auditCounts(t *testing.T, allowed int) {
	t.Helper()
	require.Zero(t, g.count(`SELECT count(*) FROM orphans`))
	require.Equal(t, g.count(`SELECT count(*) FROM contact_blocks`)+g.count(`SELECT count(*) FROM responses`),
		g.count(`SELECT count(DISTINCT sequence) FROM (SELECT sequence FROM contact_blocks UNION ALL SELECT sequence FROM responses) AS whole`))
	require.Zero(t, g.count(`
		SELECT count(*) FROM customer_offers o FULL JOIN (
			SELECT c.level, c.customer, c.offer, count(*) AS presented, max(c.at) AS shown_at FROM contacts c WHERE c.customer <> '' GROUP BY 1, 2, 3
		) AS c USING (level, customer, offer)
		WHERE o.presented IS DISTINCT FROM c.presented OR o.shown_at IS DISTINCT FROM c.shown_at`), "presentations to each customer")
	for class, column := range map[string]string{"accept": "accepted_at", "reject": "rejected_at"} {
		require.Zero(t, g.count(`
			SELECT count(*) FROM customer_offers o FULL JOIN (
				SELECT level, customer, offer, max(at) AS at FROM responses WHERE class = $1 GROUP BY 1, 2, 3
			) AS r USING (level, customer, offer)
			WHERE o.`+column+` IS DISTINCT FROM r.at`, class), "the last %s of each customer", class)
	}

	presented := g.count(`SELECT count(*) FROM contacts WHERE offer = 'capped'`)
	require.LessOrEqual(t, presented, int64(allowed), "the limit in total")
	require.Equal(t, presented, g.count(`
		SELECT coalesce((SELECT sum(closed) FROM offer_totals WHERE offer = 'capped'), 0)::bigint
			+ coalesce((SELECT sum(used) FROM offer_chunks WHERE offer = 'capped'), 0)::bigint`), "what counts against the limit")

	require.Equal(t, g.count(`SELECT count(*) FROM contacts WHERE learning <> '' AND columns ? $1`, learning.TraceColumn), g.count(`
		SELECT (coalesce((SELECT sum(presented) FROM learning_observations), 0)
			+ coalesce((SELECT sum(presentations) FROM learning_statistics WHERE cell = -1), 0))::bigint`), "presentations that were learned from")
	require.Equal(t, g.count(`SELECT count(DISTINCT treatment) FROM responses JOIN contacts USING (treatment)
		WHERE class = 'accept' AND contacts.learning <> '' AND contacts.columns ? $1`, learning.TraceColumn), g.count(`
		SELECT (coalesce((SELECT sum(accepted) FROM learning_observations), 0)
			+ coalesce((SELECT sum(accepted) FROM learning_statistics WHERE cell = -1), 0))::bigint`), "acceptances that were learned from")
	t.Logf("%d of %d presentations with a limit in total", presented, allowed)
}
