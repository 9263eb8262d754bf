package server

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

const proposalDocument = `
document: {dsl: 1.0.0, namespace: harborbank, name: dispute, version: 1.0.0}
evaluate: {language: cel}
queues:
  - name: intake
do:
  - next:
      call: offers
      with:
        channel: web
        point: hero
        customer: {id: '${ interaction.properties.customer }'}
        profile: {age: 36}
        parameters: {topic: dispute}
        default: nothing to offer
  - assist:
      call: route
      with: {queue: intake, targets: [{agents: skills.level("cards") >= 1}]}
  - done:
      call: stop
      with: {reason: '${ vars.next[0].default }|${ vars.next[0].offer }|${ vars.next[0].score }|${ vars.next[0].attributes }|${ vars.next[0].treatment }'}
`

// propose grants the process of proposals.
func (b *testBundle) propose() {
	c := *b.plane.present.Load()
	sum := sha256.Sum256([]byte(proposalDocument))
	c.Processes[0].Hash, c.Processes[0].Document, c.Revision = hex.EncodeToString(sum[:]), proposalDocument, "proposals"
	b.plane.publish(c)
}

// submitFor hands in a chat of a customer.
func (b *testBundle) submitFor(externalID, customer string) client.Interaction {
	b.t.Helper()
	submitted, _, err := b.as(b.gateway).Submit(b.t.Context(), client.NewInteraction{
		ExternalID: externalID, MediaType: "chat", Process: "dispute", Properties: map[string]any{"customer": customer},
	})
	require.NoError(b.t, err)
	return submitted
}

// presented are the contacts of the group in their order.
func (b *testBundle) presented() (contacts []history.Contact) {
	b.t.Helper()
	page, err := historypg.New(postgrestest.Open(b.t, b.launch.DatabaseURL)).Read(b.t.Context(), 0, 100)
	require.NoError(b.t, err)
	for _, entry := range page.Entries {
		if entry.Contact != nil {
			contacts = append(contacts, *entry.Contact)
		}
	}
	return contacts
}

func TestProcessAsksForOffers(t *testing.T) {
	t.Parallel()
	b := setupWithTemporal(t)
	b.propose()
	b.start()
	b.ready()
	stopsWith := func(id, reason string) {
		t.Helper()
		require.Equal(t, reason, b.reaches(id, "stopped").StopReason)
	}

	// Nothing is deployed: the process goes on with its default.
	early := b.submitFor("early", "ada")
	b.handle(early.ID)
	stopsWith(early.ID, "nothing to offer||0|{}|")
	require.Empty(t, b.presented())

	// The agent is told the best offer, which is presented once, whatever happens to
	// the server meanwhile.
	b.serveShop()
	b.eventually("the shop is served", func() bool { return b.served("web").Number == 1 })
	first := b.submitFor("first", "ada")
	b.offered(first.ID)
	b.stop()
	b.start()
	b.ready()
	b.handle(first.ID)
	contacts := b.presented()
	require.Len(t, contacts, 1)
	card := contacts[0]
	require.Equal(t, "interaction/"+first.ID, card.Session)
	require.Equal(t, "card", card.Offer)
	stopsWith(first.ID, `|card|90|{"price":5}|`+card.Treatment.String())

	// The customer of the interaction is that of the offers: who accepted the card is
	// given the loan next time.
	accept := func(interaction client.Interaction, treatment string) {
		t.Helper()
		answer, err := b.asShop().PostEvent(t.Context(), "interaction/"+interaction.ID, client.PostEvent{Event: "accepted", Treatment: treatment})
		require.NoError(t, err)
		require.NotEqual(t, client.RuntimeError, answer.Status, "%+v", answer.Messages)
	}
	second := b.submitFor("second", "grace")
	b.handle(second.ID)
	b.reaches(second.ID, "stopped")
	accept(second, b.presented()[1].Treatment.String())
	third := b.submitFor("third", "grace")
	b.handle(third.ID)
	contacts = b.presented()
	require.Len(t, contacts, 3)
	require.Equal(t, "loan", contacts[2].Offer)
	stopsWith(third.ID, `|loan|50|{"price":10}|`+contacts[2].Treatment.String())
}

func TestProcessesAskForAsManyOffersAsTheRuntimeGives(t *testing.T) {
	t.Parallel()
	require.Equal(t, touchpoint.MaxOffers, process.MaxOffers)
}
