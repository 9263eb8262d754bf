package serverapi

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestCallsAtWorkAreBounded(t *testing.T) {
	t.Parallel()
	s := &sessions{metrics: newRuntimeMetrics(nil, nil)}
	param := SessionParam{Session: "a%20b"}
	quick := func() client.RuntimeAnswer {
		out, err := s.call(param, touchpoint.MethodGetProfile, func(id string) touchpoint.Answer { return touchpoint.Answer{SessionID: id} })
		require.NoError(t, err)
		return out.Body
	}
	goOn := make(chan struct{})
	var begun, ended sync.WaitGroup
	for range mostCalls {
		begun.Add(1)
		ended.Go(func() {
			_, _ = s.call(param, touchpoint.MethodGetProfile, func(string) touchpoint.Answer {
				begun.Done()
				<-goOn
				return touchpoint.Answer{}
			})
		})
	}
	begun.Wait()
	refused := quick()
	require.Equal(t, client.RuntimeError, refused.Status)
	require.Equal(t, 108, refused.Messages[0].Code)
	require.Equal(t, "a b", refused.SessionID)
	close(goOn)
	ended.Wait()

	require.Panics(t, func() {
		_, _ = s.call(param, touchpoint.MethodGetProfile, func(string) touchpoint.Answer { panic("broken") })
	})
	require.Zero(t, s.running.Load(), "a call that panicked is not at work any more")
	require.Equal(t, client.RuntimeSuccess, quick().Status)
}
