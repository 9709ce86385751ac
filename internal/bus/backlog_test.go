package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/bus/bustest"
	"github.com/waymarkhq/waymark/internal/fault"
)

// work runs WorkBacklog until stop is called, or the test ends.
func work(t *testing.T, b *bus.Bus, atOnce int, fn func(*bus.Parcel)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.WorkBacklog(ctx, "env_1", atOnce, func() {}, fn)
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func backlog(t *testing.T, b *bus.Bus) bus.BacklogInfo {
	t.Helper()
	list, err := b.Backlogs(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0]
}

func addParcels(t *testing.T, b *bus.Bus, texts ...string) {
	t.Helper()
	for _, text := range texts {
		require.NoError(t, b.AddParcel(t.Context(), "env_1", []byte(text)))
	}
}

func TestABacklogHandsOutInOrderAndForgetsWhatIsDone(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Options{Dir: t.TempDir()})
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 1<<20))
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 2<<20))
	require.Equal(t, bus.BacklogInfo{ID: "env_1"}, backlog(t, b))
	addParcels(t, b, "a", "b", "c")
	info := backlog(t, b)
	require.EqualValues(t, 3, info.Parcels)
	require.Positive(t, info.Bytes)
	require.WithinDuration(t, time.Now(), info.Oldest, time.Minute)

	got := make(chan string, 10)
	stop := work(t, b, 1, func(p *bus.Parcel) {
		require.Equal(t, 1, p.Deliveries)
		got <- string(p.Data)
		require.NoError(t, p.Done(t.Context()))
	})
	require.Equal(t, []string{"a", "b", "c"}, []string{<-got, <-got, <-got})
	addParcels(t, b, "d")
	require.Equal(t, "d", <-got)
	stop()
	require.Zero(t, backlog(t, b).Parcels)

	gone, err := b.RemoveBacklog(t.Context(), "env_1")
	require.NoError(t, err)
	require.Zero(t, gone.Parcels)
	_, err = b.RemoveBacklog(t.Context(), "env_1")
	require.NoError(t, err)
	f, ok := errors.AsType[*fault.Error](b.AddParcel(t.Context(), "env_1", nil))
	require.True(t, ok)
	require.Equal(t, "bus_no_stream", f.Reason)
}

func TestWhatIsGivenBackOrPutOffComesAgain(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Options{Dir: t.TempDir()})
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 1<<20))
	addParcels(t, b, "a", "b", "c")
	got := make(chan string, 10)
	work(t, b, 1, func(p *bus.Parcel) {
		text := string(p.Data)
		got <- fmt.Sprint(text, p.Deliveries)
		switch {
		case text == "a" && p.Deliveries == 1:
			p.Later(100 * time.Millisecond)
		case text == "b" && p.Deliveries == 1:
			p.Back()
		case text == "c" && p.Deliveries == 1: // says nothing
		default:
			_ = p.Done(t.Context())
		}
	})
	var all []string
	for range 6 {
		all = append(all, <-got)
	}
	slices.Sort(all)
	require.Equal(t, []string{"a1", "a2", "b1", "b2", "c1", "c2"}, all)
}

func TestAFullBacklogRefuses(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Options{Dir: t.TempDir()})
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 64<<10))
	var err error
	stored := 0
	for ; err == nil && stored < 1000; stored++ {
		err = b.AddParcel(t.Context(), "env_1", make([]byte, 8<<10))
	}
	requireReason(t, err, bus.ReasonFull)
	require.Greater(t, stored, 4)
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 1<<20))
	addParcels(t, b, "there is room again")
	f, ok := errors.AsType[*fault.Error](b.AddParcel(t.Context(), "env_1", make([]byte, bus.MaxRecordBytes+1)))
	require.True(t, ok)
	require.Equal(t, fault.InvalidInput, f.Code)
}

func TestABacklogLeavesTheGroupsTheirDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	free, err := bus.DiskFree(dir)
	require.NoError(t, err)
	b := opened(t, bus.Options{Dir: dir, MinFree: free * 3 / 4})
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 1<<20))
	requireReason(t, b.AddParcel(t.Context(), "env_1", nil), bus.ReasonFull)
	publish(t, b, "a group")
}

// TestABacklogOutlivesItsServer: what was in hand when a process ended is handed out by the next one, at once.
func TestABacklogOutlivesItsServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := bus.Open(t.Context(), bus.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 1<<20))
	addParcels(t, b, "a", "b")
	held, release := make(chan struct{}, 2), make(chan struct{})
	stop := work(t, b, 2, func(*bus.Parcel) { held <- struct{}{}; <-release })
	<-held
	<-held
	closeBus(t, b) // the parcels are in hand, and nobody can give them back any more
	close(release)
	stop()

	b = open(t, bus.Options{Dir: dir})
	got := make(chan string, 2)
	begun := time.Now()
	work(t, b, 1, func(p *bus.Parcel) { got <- string(p.Data); _ = p.Done(context.WithoutCancel(t.Context())) })
	require.Equal(t, []string{"a", "b"}, []string{<-got, <-got})
	require.Less(t, time.Since(begun), 10*time.Second)
}

// TestTwoNodesShareABacklog: each parcel is worked on by one of them; what one has in hand when it is gone, the other gets.
func TestTwoNodesShareABacklog(t *testing.T) {
	t.Parallel()
	nats := bustest.New(t.TempDir())
	require.NoError(t, nats.Start())
	t.Cleanup(nats.Stop)
	one, other := open(t, bus.Options{URL: nats.URL()}), open(t, bus.Options{URL: nats.URL()})
	require.NoError(t, one.EnsureBacklog(t.Context(), "env_1", 8<<20))
	require.NoError(t, other.EnsureBacklog(t.Context(), "env_1", 8<<20))
	var mu sync.Mutex
	got := map[string]int{}
	all := make(chan struct{})
	take := func(p *bus.Parcel) {
		if err := p.Done(t.Context()); err != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if got[string(p.Data)]++; len(got) == 500 {
			close(all)
		}
	}
	work(t, one, 4, take)
	work(t, other, 4, take)
	for i := range 500 {
		addParcels(t, []*bus.Bus{one, other}[i%2], fmt.Sprint(i))
		if i == 250 { // a server that restarts is outlived
			nats.Stop()
			require.NoError(t, nats.Start())
			require.Eventually(t, func() bool { return other.AddParcel(t.Context(), "env_1", []byte("0")) == nil }, 20*time.Second, 10*time.Millisecond)
			require.Eventually(t, func() bool { return one.AddParcel(t.Context(), "env_1", []byte("0")) == nil }, 20*time.Second, 10*time.Millisecond)
		}
	}
	<-all
	mu.Lock()
	defer mu.Unlock()
	for text, n := range got {
		if text != "0" { // sent until somebody took it
			require.Equal(t, 1, n, text)
		}
	}
}

// TestWhatIsDoneIsNotHandedOutAgain where the confirmation was lost with the connection.
func TestWhatIsDoneIsNotHandedOutAgain(t *testing.T) {
	t.Parallel()
	nats := bustest.New(t.TempDir())
	require.NoError(t, nats.Start())
	t.Cleanup(nats.Stop)
	b := open(t, bus.Options{URL: nats.URL()})
	require.NoError(t, b.EnsureBacklog(t.Context(), "env_1", 1<<20))
	addParcels(t, b, "a")
	got := make(chan string, 10)
	work(t, b, 1, func(p *bus.Parcel) {
		got <- string(p.Data)
		if string(p.Data) == "a" && p.Deliveries == 1 {
			nats.Stop()
			require.Error(t, p.Done(t.Context()))
			require.NoError(t, nats.Start())
		} else {
			_ = p.Done(t.Context())
		}
	})
	require.Equal(t, "a", <-got)
	require.Eventually(t, func() bool { list, err := b.Backlogs(t.Context()); return err == nil && list[0].Parcels == 0 },
		40*time.Second, 100*time.Millisecond)
	addParcels(t, b, "b")
	require.Equal(t, "b", <-got, "a was not handed out again")
}
