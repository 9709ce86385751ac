package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// diary notes what happened, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) part(name string, end error) func(context.Context) error {
	return func(ctx context.Context) error {
		d.note("start " + name)
		<-ctx.Done()
		d.note("stop " + name)
		return end
	}
}

func (d *diary) resource(name string, end error) func(context.Context) error {
	return func(context.Context) error { d.note("close " + name); return end }
}

func newLifecycle() *lifecycle { return &lifecycle{log: slog.New(slog.DiscardHandler)} }

// TestLastInFirstOut: parts and resources end in the reverse of the order in which they came.
func TestLastInFirstOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, l := &diary{}, newLifecycle()
		l.onStop("database", d.resource("database", nil))
		l.onRun("writer", d.part("writer", nil))
		l.onStop("listener", d.resource("listener", nil))
		l.onRun("http", d.part("http", nil))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.run(ctx) }()
		synctest.Wait()
		cancel()
		require.NoError(t, <-done)
		slices.Sort(d.lines[:2]) // both start at once
		require.Equal(t, []string{"start http", "start writer", "stop http", "close listener", "stop writer", "close database"}, d.lines)
	})
}

// TestPartThatEnds: a part that fails, or ends by itself, stops the program with its error.
func TestPartThatEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, l := &diary{}, newLifecycle()
		l.onStop("database", d.resource("database", errors.New("was closed badly")))
		l.onRun("writer", d.part("writer", errors.New("lost a page")))
		l.onRun("feed", func(context.Context) error { return errors.New("broke") })
		err := l.run(t.Context())
		require.ErrorContains(t, err, "feed: broke")
		require.ErrorContains(t, err, "stop writer: lost a page")
		require.ErrorContains(t, err, "close database: was closed badly")

		l = newLifecycle()
		l.onRun("feed", func(context.Context) error { return nil })
		require.ErrorContains(t, l.run(t.Context()), "feed ended by itself")
	})
}

// TestStopIsBounded: a part that does not stop is given up, and the rest is still closed.
func TestStopIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, l := &diary{}, newLifecycle()
		release := make(chan struct{})
		l.onStop("database", d.resource("database", nil))
		l.onRun("stubborn", func(context.Context) error { <-release; return nil })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.run(ctx) }()
		synctest.Wait()
		cancel()
		require.ErrorContains(t, <-done, "stop stubborn")
		require.Equal(t, []string{"close database"}, d.lines)
		close(release)
	})
}

// TestHalt: one part may be ended before its turn, by somebody else, as often as one likes.
func TestHalt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, l := &diary{}, newLifecycle()
		streams := l.onRun("streams", d.part("streams", nil))
		l.onRun("http", func(ctx context.Context) error {
			<-ctx.Done()
			require.NoError(t, streams.halt(context.WithoutCancel(ctx)))
			require.NoError(t, streams.halt(context.WithoutCancel(ctx)))
			d.note("http")
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.run(ctx) }()
		synctest.Wait()
		cancel()
		require.NoError(t, <-done)
		require.Equal(t, []string{"start streams", "stop streams", "http"}, d.lines)
	})
}

// TestUnwindBeforeRun: what was pushed is undone when the start fails; parts that never started have nothing to end.
func TestUnwindBeforeRun(t *testing.T) {
	t.Parallel()
	d, l := &diary{}, newLifecycle()
	l.onStop("database", d.resource("database", nil))
	l.onRun("writer", d.part("writer", errors.New("never")))
	require.NoError(t, l.stop(t.Context()))
	require.Equal(t, []string{"close database"}, d.lines)
}
