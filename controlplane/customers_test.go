package controlplane

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

func TestCustomersOverREST(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, admin := start(t, o)
	ctx := t.Context()
	_, err := admin.CreateTenant(ctx, client.NewTenant{Name: "bank"})
	require.NoError(t, err)
	_, err = admin.CreateSolution(ctx, "bank", client.NewSolution{Name: "cards"})
	require.NoError(t, err)
	prepareDesign(t, admin, "bank")
	prepareTestRuns(t, o, admin, "bank")
	load := func(list, csv string) client.LoadedProfiles {
		t.Helper()
		loaded, err := admin.LoadCustomerList(ctx, "bank", "cards", "staging", "one", list, client.ProfileBatch{CSV: csv})
		require.NoError(t, err)
		return loaded
	}
	require404 := func(err error) {
		t.Helper()
		require.True(t, client.IsStatus(err, http.StatusNotFound), "%v", err)
	}

	csv := "customerId,offer,score,adds,final,zone,when,shoe\n" +
		"a/b ü,one,12.5,true,,top,profile.age > 20,9\na/b ü,one,much,,,,,\na/b ü,two,7,,true,,,\n"
	for range 2 {
		require.Equal(t, client.LoadedProfiles{
			Loaded: 2, Broken: 1, BrokenRows: []client.BrokenRow{{Line: 3, Message: `score: expected a number, not "much"`}},
			UnknownColumns: []string{"shoe"},
		}, load("overrides", csv), "loading again is harmless")
		require.Equal(t, 1, load("blocks", "customerId,offer\na/b ü,three\n").Loaded)
	}
	lists, err := admin.CustomerLists(ctx, "bank", "cards", "staging", "one", "a/b ü")
	require.NoError(t, err)
	require.Equal(t, client.CustomerLists{
		Overrides: []client.CustomerOverride{
			{Offer: "one", Score: 12.5, Adds: true, Zone: "top", When: "profile.age > 20"},
			{Offer: "two", Score: 7, Final: true},
		},
		Blocked: []string{"three"},
	}, lists)
	require.NoError(t, admin.DeleteCustomerLists(ctx, "bank", "cards", "staging", "one", "a/b ü"))
	_, err = admin.CustomerLists(ctx, "bank", "cards", "staging", "one", "a/b ü")
	require404(err)
	require404(admin.DeleteCustomerLists(ctx, "bank", "cards", "staging", "one", "a/b ü"))

	require.Equal(t, 2, load("defaults", "offer,score\ntwo,20\none,30\n").Loaded)
	defaults, err := admin.DefaultOffers(ctx, "bank", "cards", "staging", "one")
	require.NoError(t, err)
	require.Equal(t, []client.DefaultOffer{{Offer: "one", Score: 30}, {Offer: "two", Score: 20}}, defaults.Offers)
	require.NoError(t, admin.DeleteDefaultOffers(ctx, "bank", "cards", "staging", "one"))
	defaults, err = admin.DefaultOffers(ctx, "bank", "cards", "staging", "one")
	require.NoError(t, err)
	require.Empty(t, defaults.Offers)

	profile, err := admin.Profile(ctx, "bank", "cards", "staging", "one", "z-1")
	require.NoError(t, err)
	require.EqualValues(t, 7, profile.Attributes["age"])
	require.NoError(t, admin.DeleteProfile(ctx, "bank", "cards", "staging", "one", "z-1"))
	_, err = admin.Profile(ctx, "bank", "cards", "staging", "one", "z-1")
	require404(err)
	require404(admin.DeleteProfile(ctx, "bank", "cards", "staging", "one", "z-1"))
	_, err = admin.Profile(ctx, "bank", "cards", "staging", "none", "z-1")
	require404(err)
}
