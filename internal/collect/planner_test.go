package collect_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/plan"
)

// send sends one planned event with a key and returns the status of the answer.
func (f *front) send(key string) int {
	answer, _ := f.ask(http.MethodPost, "/v1/batch", viewed, "Authorization", basic(key))
	return answer.StatusCode
}

// planned runs a planner in virtual time.
func planned(t *testing.T, f func(way *front, stored *memory, n *notices)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		stored, n := &memory{}, &notices{}
		way := newUnloadedFront(t, stored)
		way.planner = collect.NewPlanner(way.plans, n, quiet)
		way.Planner = way.planner
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- way.planner.Run(ctx) }()
		synctest.Wait()
		f(way, stored, n)
		cancel()
		require.NoError(t, <-ended)
		require.Empty(t, n.fns)
	})
}

func TestAKeyIsNotUnknownBeforePlansAreLoaded(t *testing.T) {
	t.Parallel()
	f := newUnloadedFront(t, &memory{})
	require.Error(t, f.planner.Ready())
	require.Equal(t, http.StatusServiceUnavailable, f.send(testKey))
	f.plans.set(func() { f.plans.down = errDown })
	require.ErrorIs(t, f.planner.Load(t.Context()), errDown)
	require.Equal(t, http.StatusServiceUnavailable, f.send(testKey))
	f.plans.set(func() { f.plans.down = nil })
	require.NoError(t, f.planner.Load(t.Context()))
	require.NoError(t, f.planner.Ready())
	require.Equal(t, http.StatusOK, f.send(testKey))
	require.Equal(t, http.StatusUnauthorized, f.send("nobody's"))
}

func TestARevokedKeyIsRefusedAfterANotice(t *testing.T) {
	t.Parallel()
	planned(t, func(way *front, _ *memory, n *notices) {
		require.Equal(t, http.StatusOK, way.send(testKey))
		way.plans.change("app_1", func(a *collect.Accepted) { a.Keys = a.Keys[1:] })
		require.Equal(t, http.StatusOK, way.send(testKey))
		n.notify(collect.PlanSubject + "app_1")
		synctest.Wait()
		require.Equal(t, http.StatusUnauthorized, way.send(testKey))
		require.Equal(t, http.StatusOK, way.send(productionKey))
	})
}

func TestAChangeIsSeenWithoutANoticeToo(t *testing.T) {
	t.Parallel()
	planned(t, func(way *front, stored *memory, _ *notices) {
		require.Equal(t, http.StatusOK, way.send(testKey))
		require.Equal(t, capture.Valid, stored.take()[0].Verdict)
		way.plans.change("app_1", func(a *collect.Accepted) {
			p := *a.Plans[0]
			p.Definitions = []plan.Definition{definition(t, `{"key":"product_viewed","wireName":"product_viewed",
				"properties":[{"name":"sku","type":{"base":"STRING"},"presence":"REQUIRED"}]}`)}
			a.Plans = []*plan.Plan{&p, a.Plans[1]}
		})
		later(1100 * time.Millisecond)
		_ = way.send(testKey)
		require.Equal(t, capture.Invalid, stored.take()[0].Verdict)
		_ = way.send(productionKey)
		require.Equal(t, capture.Valid, stored.take()[0].Verdict)

		reads := way.plans.reads
		later(time.Minute)
		require.Equal(t, reads, way.plans.reads, "what has not changed is not read again")
		way.plans.set(func() { way.plans.apps = nil })
		later(1100 * time.Millisecond)
		require.Equal(t, http.StatusUnauthorized, way.send(testKey), "the app is gone")
	})
}

func TestPlansOutliveTheCatalog(t *testing.T) {
	t.Parallel()
	planned(t, func(way *front, _ *memory, _ *notices) {
		way.plans.set(func() { way.plans.down = errDown })
		later(time.Hour)
		require.Equal(t, http.StatusOK, way.send(testKey))
		require.NoError(t, way.planner.Ready())
		way.plans.set(func() { way.plans.down = nil })
		way.plans.change("app_1", func(a *collect.Accepted) { a.Keys = nil })
		later(1100 * time.Millisecond)
		require.Equal(t, http.StatusUnauthorized, way.send(testKey))
	})
}

func TestAnOutageOfTheCatalogIsLoggedOnceAndSoIsItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		way := newUnloadedFront(t, &memory{})
		var log bytes.Buffer
		planner := collect.NewPlanner(way.plans, &notices{}, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- planner.Run(ctx) }()
		way.plans.set(func() { way.plans.down = errDown })
		later(time.Minute)
		way.plans.set(func() { way.plans.down = nil })
		later(time.Minute)
		cancel()
		require.NoError(t, <-ended)
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], "level=WARN")
		require.Contains(t, lines[1], "level=INFO")
		require.NotContains(t, lines[1], "error")
	})
}

func TestOneBrokenPlanDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	planned(t, func(way *front, stored *memory, n *notices) {
		way.plans.change("app_2", func(a *collect.Accepted) {
			*a = shop(t)
			a.Keys = []collect.Key{{ID: "key_9", Key: "wk_other", EnvironmentID: "env_test"}}
		})
		way.plans.set(func() { way.plans.broken = map[string]error{"app_1": errors.New("cannot be read")} })
		way.plans.change("app_1", func(a *collect.Accepted) { a.Keys = nil })
		n.notify(collect.PlanSubject + "app_2")
		synctest.Wait()
		require.Equal(t, http.StatusOK, way.send("wk_other"))
		require.Equal(t, http.StatusOK, way.send(testKey), "it keeps what it had")
		// So does one whose plan does not compile.
		way.plans.set(func() { way.plans.broken = nil })
		way.plans.change("app_1", func(a *collect.Accepted) {
			p := *a.Plans[0]
			p.Definitions = []plan.Definition{definition(t, `{"key":"a","wireName":"a",
				"properties":[{"name":"b","type":{"base":"STRING","pattern":"("},"presence":"REQUIRED"}]}`)}
			a.Plans = []*plan.Plan{&p}
		})
		later(2 * time.Second)
		stored.take()
		require.Equal(t, http.StatusOK, way.send(testKey))
		require.Equal(t, capture.Valid, stored.take()[0].Verdict, "judged by the plan that it had")
	})
}

// TestPlansAreSwappedUnderLoad changes the plan while requests run: each is judged by one plan or the other, as a whole.
func TestPlansAreSwappedUnderLoad(t *testing.T) {
	t.Parallel()
	stored, n := &memory{}, &notices{}
	way := newFront(t, stored)
	way.planner = collect.NewPlanner(way.plans, n, quiet)
	way.Planner = way.planner
	require.NoError(t, way.planner.Load(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	var running, sending sync.WaitGroup
	running.Go(func() { _ = way.planner.Run(ctx) })
	var done atomic.Bool
	for range 4 {
		sending.Go(func() {
			for !done.Load() {
				if way.send(testKey) != http.StatusOK {
					t.Error("a good key was refused")
					return
				}
			}
		})
	}
	for i := range 50 {
		key := fmt.Sprint("plan_", i)
		way.plans.change("app_1", func(a *collect.Accepted) {
			p := *a.Plans[0]
			d := p.Definitions[0]
			d.Key, d.EventID = key, "evt_"+key
			p.Definitions = []plan.Definition{d}
			a.Plans = []*plan.Plan{&p, a.Plans[1]}
		})
		n.notify(collect.PlanSubject + "app_1")
		require.Eventually(t, func() bool {
			_ = way.send(testKey)
			events := stored.take()
			return len(events) > 0 && events[len(events)-1].EventKey == key
		}, time.Minute, time.Millisecond)
	}
	done.Store(true)
	sending.Wait()
	for _, e := range stored.take() {
		require.Equal(t, "evt_"+e.EventKey, e.EventID)
	}
	cancel()
	running.Wait()
}
