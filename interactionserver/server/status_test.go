package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

func TestTheSummarySaysWhatIsAway(t *testing.T) {
	t.Parallel()
	all := func() client.InteractionServerStatus {
		return client.InteractionServerStatus{
			Configuration: client.ConfigurationState{Revision: "r"},
			Processes:     []client.GrantedProcess{{Name: "dispute"}},
			ControlPlane:  client.Dependency{OK: true}, Temporal: client.Dependency{OK: true}, Database: client.Dependency{OK: true},
		}
	}
	require.Equal(t, "serving 1 business processes", summary(all()))
	for away, change := range map[string]func(*client.InteractionServerStatus){
		"the database is away": func(s *client.InteractionServerStatus) {
			s.Database.OK, s.Temporal.OK, s.ControlPlane.OK = false, false, false
		},
		"Temporal is away":          func(s *client.InteractionServerStatus) { s.Temporal.OK = false },
		"the control plane is away": func(s *client.InteractionServerStatus) { s.ControlPlane.OK = false },
		"the session store is away": func(s *client.InteractionServerStatus) {
			s.SessionStore, s.Temporal.OK = &client.Dependency{}, false
		},
	} {
		s := all()
		change(&s)
		require.Contains(t, summary(s), away)
	}
}
