package collect_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/collect"
)

// loud carries notices to whoever listens, within the test.
type loud struct{ notices }

func (l *loud) Notify(subject string, data []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fn := range l.fns {
		fn(subject, data)
	}
	return nil
}

// TestWhatReportsToAnotherEnvironmentIsToldWhereItIsLookedFor: only once somebody asks, there, and for a while.
func TestWhatReportsToAnotherEnvironmentIsToldWhereItIsLookedFor(t *testing.T) {
	t.Parallel()
	db := onSQLite(t)
	bus := &loud{}
	f := newFront(t, &memory{})
	f.plans.change("app_1", func(a *collect.Accepted) {
		for i := range a.Keys {
			a.Keys[i].EnvironmentKey = a.Keys[i].EnvironmentID[len("env_"):]
		}
	})
	f.plans.set(func() {
		other := shop(t)
		other.Keys = []collect.Key{{ID: "key_9", Key: "foreign-key", EnvironmentID: "env_foreign"}}
		for _, p := range other.Plans {
			p.AppID, p.EnvironmentID = "app_2", "env_foreign"
		}
		f.plans.apps["app_2"] = other
	})
	require.NoError(t, f.planner.Load(t.Context()))
	interests := collect.NewInterests(bus, f.refused.clock, quiet)
	f.Refusals.Interests = interests
	ctx, stop := context.WithCancel(auth.With(t.Context(), auth.Operator()))
	var wg sync.WaitGroup
	wg.Go(func() { _ = interests.Run(ctx) })
	defer wg.Wait()
	defer stop()
	require.Eventually(t, func() bool { bus.mu.Lock(); defer bus.mu.Unlock(); return len(bus.fns) == 1 }, 5*time.Second, time.Millisecond)

	send := func(key string) {
		f.ask("POST", "/v1/track", `{"type":"track","event":"e","userId":"u"}`, "Authorization", basic(key))
	}
	reader := &collect.Refused{Store: db.Store, Notices: bus, Interests: interests}
	asks := func(environment, address string) {
		_, err := reader.Page(ctx, collect.RefusedQuery{AppID: "app_1", EnvironmentID: environment, Address: address})
		require.NoError(t, err)
	}
	send(productionKey)
	require.Empty(t, f.taken(t), "nobody asks")
	asks("env_test", "198.51.100.1")
	send(productionKey)
	require.Empty(t, f.taken(t), "somebody asks for another sender")

	asks("env_test", "203.0.113.7")
	send(testKey)
	require.Empty(t, f.taken(t), "it comes where it is looked for")
	send(productionKey)
	list := f.taken(t)
	require.Len(t, list, 1)
	require.Equal(t, []string{collect.RefusedElsewhere, "app_1", "env_test", "key_2", productionKey, `its write key is one of the environment "production"`},
		[]string{list[0].Kind, list[0].AppID, list[0].EnvironmentID, list[0].KeyID, list[0].WriteKey, list[0].Reason})
	send("foreign-key")
	list = f.taken(t)
	require.Len(t, list, 1)
	require.Equal(t, []string{collect.RefusedElsewhere, "app_1", "env_test", "", "", "its write key is one of another app"},
		[]string{list[0].Kind, list[0].AppID, list[0].EnvironmentID, list[0].KeyID, list[0].WriteKey, list[0].Reason}, "whose key it is, is not told")

	f.refused.now = noon.Add(11 * time.Minute)
	f.taken(t) // of the window before
	send(productionKey)
	require.Empty(t, f.taken(t), "the question is forgotten")
}
