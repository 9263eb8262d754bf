package customerpg_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
)

func TestAdd(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T) (add func(list customer.List, entries ...customer.Entry) []int, lists func(key string) customer.Customer) {
		t.Helper()
		s := customerpg.New(postgrestest.Open(t, postgrestest.New(t, migration.Solution)))
		t.Cleanup(func() { _ = s.Close() })
		add = func(list customer.List, entries ...customer.Entry) []int {
			refused, err := s.Add(t.Context(), "customer", list, entries)
			require.NoError(t, err)
			return refused
		}
		lists = func(key string) customer.Customer {
			loaded, err := s.Load(t.Context(), "customer", key)
			require.NoError(t, err)
			return loaded
		}
		return add, lists
	}
	of := func(key, offer string, score float64) customer.Entry {
		return customer.Entry{Customer: key, Override: customer.Override{Offer: offer, Score: score}}
	}

	t.Run("ChangesNothingTheSecondTime", func(t *testing.T) {
		t.Parallel()
		add, lists := setup(t)
		vip := customer.Entry{Customer: "ada", Override: customer.Override{Offer: "card", Score: 90, Adds: true, Final: true, Zone: "top", Segment: "gold", When: "profile.age > 20"}}
		for range 2 {
			require.Empty(t, add(customer.OverrideList, of("ada", "loan", 5), vip, of("bob", "loan", 7), of("ada", "fund", 3)))
			require.Empty(t, add(customer.BlockList, of("ada", "gift", 0), of("ada", "card", 0), of("bob", "gift", 0), of("ada", "gift", 0)))
			require.Empty(t, add(customer.DefaultList, of("", "fund", 1), of("", "gift", 2)))
		}
		ada := lists("ada")
		require.Equal(t, []customer.Override{of("", "loan", 5).Override, vip.Override, of("", "fund", 3).Override}, ada.Overrides, "in their order")
		require.Equal(t, []string{"card", "gift"}, ada.Blocked)
		require.Equal(t, []customer.Default{{Offer: "fund", Score: 1}, {Offer: "gift", Score: 2}}, ada.Defaults)
		require.Equal(t, []customer.Override{of("", "loan", 7).Override}, lists("bob").Overrides)
	})

	t.Run("ReplacesWhatIsTheSameAtItsPlace", func(t *testing.T) {
		t.Parallel()
		add, lists := setup(t)
		add(customer.OverrideList, of("ada", "loan", 5), of("ada", "fund", 3))
		elsewhere := of("ada", "loan", 9)
		elsewhere.Zone = "side"
		add(customer.OverrideList, of("ada", "loan", 6), elsewhere, of("ada", "loan", 8))
		require.Equal(t, []customer.Override{of("", "loan", 8).Override, of("", "fund", 3).Override, elsewhere.Override}, lists("ada").Overrides,
			"the later of two counts")
		add(customer.DefaultList, of("", "gift", 2))
		add(customer.DefaultList, of("", "gift", 4))
		require.Equal(t, []customer.Default{{Offer: "gift", Score: 4}}, lists("ada").Defaults)
	})

	t.Run("RefusesWhatIsBeyondTheBounds", func(t *testing.T) {
		t.Parallel()
		add, lists := setup(t)
		many := func(key string, n int) (entries []customer.Entry) {
			for i := range n {
				entries = append(entries, of(key, fmt.Sprintf("offer-%04d", i), 1))
			}
			return entries
		}
		for list, most := range map[customer.List]int{customer.OverrideList: customer.MaxOverrides, customer.BlockList: customer.MaxBlocked} {
			require.Equal(t, []int{most, most + 1}, add(list, append(many("ada", most+2), of("bob", "loan", 1))...), list)
			require.Equal(t, []int{1}, add(list, of("ada", "offer-0000", 2), of("ada", "new", 1)), "what is there can be replaced: %s", list)
		}
		require.Equal(t, []int{customer.MaxDefaults}, add(customer.DefaultList, many("", customer.MaxDefaults+1)...))
		require.Len(t, lists("ada").Overrides, customer.MaxOverrides)
		require.Len(t, lists("bob").Overrides, 1)
	})
}

func TestListsOfACustomer(t *testing.T) {
	t.Parallel()
	s := customerpg.New(postgrestest.Open(t, postgrestest.New(t, migration.Solution)))
	t.Cleanup(func() { _ = s.Close() })
	want := customer.Lists{Overrides: []customer.Override{{Offer: "loan", Score: 5, When: "true"}, {Offer: "card", Score: 2.5, Adds: true}}, Blocked: []string{"card", "gift"}}
	require.NoError(t, s.SetLists(t.Context(), "customer", "ada", want))
	lists, err := s.Lists(t.Context(), "customer", "ada")
	require.NoError(t, err)
	require.Equal(t, want, lists)
	lists, err = s.Lists(t.Context(), "customer", "bob")
	require.NoError(t, err)
	require.Empty(t, lists.Overrides)
	require.Empty(t, lists.Blocked)
}
