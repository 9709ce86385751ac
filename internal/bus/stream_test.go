package bus_test

import (
	"context"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/fault"
)

// follow reads from sequence number from on in the background; the result comes when Read ends.
func follow(t *testing.T, b *bus.Bus, from uint64) <-chan error {
	t.Helper()
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	go func() { ended <- b.Read(ctx, from, func(bus.Group) error { return nil }) }()
	return ended
}

// ensured calls EnsureStream as its callers do, until it works: a server that is still deleting the stream of that name
// refuses to make another.
func ensured(t *testing.T, b *bus.Bus, known bus.Position) (info bus.StreamInfo) {
	t.Helper()
	eventually(t, "the stream is there", func() bool {
		var err error
		info, err = b.EnsureStream(t.Context(), known)
		return err == nil
	})
	return info
}

func TestNewStreamBeginsBehindThePosition(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Options{Dir: t.TempDir()})
	known := bus.Position{StreamID: "the one before", Seq: 41}
	info, err := b.EnsureStream(t.Context(), known)
	require.NoError(t, err)
	require.Equal(t, bus.StreamInfo{
		ID: info.ID, FirstSeq: 42, LastSeq: 41, Created: true, Resume: 42, Gap: true,
	}, info)
	ended := follow(t, b, info.Resume)
	publish(t, b, "a")
	items, groups := readAll(t, b, info.Resume)
	require.Equal(t, []item{{42, "a"}}, items)
	require.Zero(t, groups[0].Gap)
	closeBus(t, b)
	requireReason(t, <-ended, bus.ReasonDown)
}

func TestStreamDeletedUnderneath(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := open(t, bus.Options{URL: s.url()})
	first, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	publish(t, b, "a", "b", "c")
	ended := follow(t, b, 1)

	require.NoError(t, s.raw().DeleteStream(t.Context(), bus.StreamName))
	requireReason(t, b.Publish(t.Context(), 1, nil), bus.ReasonDown)
	require.ErrorIs(t, <-ended, bus.ErrStreamLost)
	requireReason(t, b.Healthy(), bus.ReasonDown)
	require.ErrorIs(t, b.Read(t.Context(), 1, nil), bus.ErrStreamLost)

	again := ensured(t, b, bus.Position{StreamID: first.ID, Seq: 2})
	require.NotEqual(t, first.ID, again.ID)
	require.True(t, again.Created)
	require.True(t, again.Gap, "the third group was never processed")
	require.EqualValues(t, 3, again.Resume)
	require.NoError(t, b.Healthy())
	publish(t, b, "d")
	items, _ := readAll(t, b, again.Resume)
	require.Equal(t, []item{{3, "d"}}, items)
}

// TestReadersBelongToOneStream: EnsureStream may meet another stream before anybody has noticed.
func TestReadersBelongToOneStream(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := opened(t, bus.Options{URL: s.url()})
	publish(t, b, "a")
	ended := follow(t, b, 1)
	require.NoError(t, s.raw().DeleteStream(t.Context(), bus.StreamName))
	_, err := b.StreamStats(t.Context())
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	ensured(t, b, bus.Position{})
	require.ErrorIs(t, <-ended, bus.ErrStreamLost)
	publish(t, b, "b")
	require.NoError(t, b.Healthy())
}

// TestStreamDeletedWithoutReaders: publishing alone finds out.
func TestStreamDeletedWithoutReaders(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := opened(t, bus.Options{URL: s.url()})
	require.NoError(t, s.raw().DeleteStream(t.Context(), bus.StreamName))
	require.NoError(t, b.Healthy(), "nobody has noticed")
	requireReason(t, b.Publish(t.Context(), 1, nil), bus.ReasonDown)
	eventually(t, "noticed", func() bool { return b.Healthy() != nil })
	ensured(t, b, bus.Position{})
	publish(t, b, "a")
}

// TestStreamReplacedUnderneath: another node was faster to make the new stream.
func TestStreamReplacedUnderneath(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := open(t, bus.Options{URL: s.url()})
	first, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	publish(t, b, "a", "b", "c")
	ended := follow(t, b, 1)
	known := bus.Position{StreamID: first.ID, Seq: 1}

	require.NoError(t, s.raw().DeleteStream(t.Context(), bus.StreamName))
	other := open(t, bus.Options{URL: s.url()})
	ensured(t, other, known)
	publish(t, other, "d", "e", "f") // no shorter than the one before
	require.ErrorIs(t, <-ended, bus.ErrStreamLost)

	again, err := b.EnsureStream(t.Context(), known)
	require.NoError(t, err)
	require.False(t, again.Created)
	require.True(t, again.Gap)
	require.EqualValues(t, 2, again.Resume)
	publish(t, b, "g")
	items, _ := readAll(t, b, again.Resume)
	require.Equal(t, []item{{2, "d"}, {3, "e"}, {4, "f"}, {5, "g"}}, items)
}

// lostTail makes a server that acknowledged ten groups and then comes back with the first five.
func lostTail(t *testing.T) (b *bus.Bus, id string, reader <-chan error) {
	t.Helper()
	s := startServer(t)
	b = open(t, bus.Options{URL: s.url()})
	info, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	publish(t, b, "1", "2", "3", "4", "5")
	backup := s.save()
	for _, text := range []string{"6", "7", "8", "9", "10"} {
		_, err := insist(t.Context(), b, text)
		require.NoError(t, err)
	}
	reader = follow(t, b, 1)
	s.stop()
	s.dir = backup
	s.start()
	return b, info.ID, reader
}

func TestLostTail(t *testing.T) {
	t.Parallel()
	b, id, reader := lostTail(t)
	require.ErrorIs(t, <-reader, bus.ErrStreamLost)
	requireReason(t, b.Publish(t.Context(), 1, nil), bus.ReasonDown)

	info, err := b.EnsureStream(t.Context(), bus.Position{StreamID: id, Seq: 10})
	require.NoError(t, err)
	require.Equal(t, bus.StreamInfo{ID: id, FirstSeq: 1, LastSeq: 10, Resume: 11, Regressed: 5}, info)
	publish(t, b, "11")
	items, groups := readAll(t, b, 4)
	require.Equal(t, []item{{4, "4"}, {5, "5"}, {11, "11"}}, items, "what is left stays for replay")
	require.Len(t, groups, 8, "fillers are groups without records")
}

// TestLostTailThatNobodyProcessed: the numbers of groups that this process saw acknowledged are not used again either.
func TestLostTailThatNobodyProcessed(t *testing.T) {
	t.Parallel()
	b, id, reader := lostTail(t)
	require.ErrorIs(t, <-reader, bus.ErrStreamLost)
	info, err := b.EnsureStream(t.Context(), bus.Position{StreamID: id, Seq: 3})
	require.NoError(t, err)
	require.Equal(t, bus.StreamInfo{ID: id, FirstSeq: 1, LastSeq: 10, Resume: 4, Regressed: 5}, info)
	publish(t, b, "11")
	items, _ := readAll(t, b, info.Resume)
	require.Equal(t, []item{{4, "4"}, {5, "5"}, {11, "11"}}, items)
}

// TestShortStream: a server that was restored from an old backup while this program was down.
func TestShortStream(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, bus.Options{Dir: dir})
	info, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	publish(t, b, "a", "b")
	closeBus(t, b)

	far := bus.Position{StreamID: info.ID, Seq: bus.MaxFill + 100}
	b = open(t, bus.Options{Dir: dir})
	_, err = b.EnsureStream(t.Context(), bus.Position{StreamID: "another", Seq: far.Seq})
	require.True(t, fault.Is(err, fault.FailedPrecondition), "%v", err)
	requireReason(t, b.Publish(t.Context(), 1, nil), bus.ReasonDown)

	got, err := b.EnsureStream(t.Context(), far)
	require.NoError(t, err)
	require.Equal(t, bus.StreamInfo{
		ID: info.ID, FirstSeq: far.Seq + 1, LastSeq: far.Seq, Resume: far.Seq + 1, Regressed: far.Seq - 2,
	}, got)
	publish(t, b, "c")
	closeBus(t, b)
	b = opened(t, bus.Options{Dir: dir})
	items, _ := readAll(t, b, got.Resume)
	require.Equal(t, []item{{far.Seq + 1, "c"}}, items)
}

// TestShortAndFullStream: there is no room for fillers.
// The cap follows the free disk space, so a stream may have been made with a larger one.
func TestAStreamThatWasLargerOpens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, bus.Options{Dir: dir, MaxBytes: 8 << 30})
	require.NoError(t, b.Close(t.Context()))
	b = open(t, bus.Options{Dir: dir, MaxBytes: 1 << 20})
	require.NoError(t, b.Close(t.Context()))
}

func TestShortAndFullStream(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, bus.Options{Dir: dir, MaxBytes: 1 << 20})
	info, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	n := uint64(0)
	for size := 100_000; size > 0; size /= 2 {
		for b.Publish(t.Context(), 1, noise(size)) == nil {
			n++
		}
	}
	got, err := b.EnsureStream(t.Context(), bus.Position{StreamID: info.ID, Seq: n + 50})
	require.NoError(t, err)
	require.Equal(t, n+51, got.FirstSeq)
	publish(t, b, "room again")
}

func TestGapInfo(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Options{Dir: t.TempDir(), Window: time.Nanosecond})
	info, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	publish(t, b, "1", "2", "3", "4", "5", "6", "7", "8")
	kept, err := b.Trim(t.Context(), 6)
	require.NoError(t, err)
	require.EqualValues(t, 6, kept)

	got, err := b.EnsureStream(t.Context(), bus.Position{StreamID: info.ID, Seq: 2})
	require.NoError(t, err)
	require.Equal(t, bus.StreamInfo{ID: info.ID, FirstSeq: 6, LastSeq: 8, Resume: 6, Gap: true, GapGroups: 3}, got)
	_, groups := readAll(t, b, 3)
	require.EqualValues(t, 6, groups[0].Seq)
	require.EqualValues(t, 3, groups[0].Gap)
	require.Zero(t, groups[1].Gap)
	require.NoError(t, b.ReadTo(t.Context(), 1, 4, func(bus.Group) error { t.Error("called"); return nil }))

	fresh, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	require.Equal(t, bus.StreamInfo{ID: info.ID, FirstSeq: 6, LastSeq: 8, Resume: 6}, fresh, "a new database misses nothing")
}

// TestReaderSeesATrim: what is trimmed away before a slow reader came to it is a gap, not a wait.
func TestReaderSeesATrim(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir(), Window: time.Nanosecond, Ack: bus.AckProcess})
	for range 40 {
		require.NoError(t, b.Publish(t.Context(), 1, noise(1<<20)))
	}
	var seqs []uint64
	gap := uint64(0)
	require.NoError(t, b.ReadTo(t.Context(), 1, 40, func(g bus.Group) error {
		if len(seqs) == 0 {
			_, err := b.Trim(t.Context(), 39)
			require.NoError(t, err)
		}
		seqs = append(seqs, g.Seq)
		gap += g.Gap
		return nil
	}))
	require.EqualValues(t, 40, seqs[len(seqs)-1])
	require.EqualValues(t, 40, uint64(len(seqs))+gap)
	require.Positive(t, gap, "more was in the stream than a reader keeps in memory")
	require.True(t, sort.SliceIsSorted(seqs, func(i, j int) bool { return seqs[i] < seqs[j] }))
}

func TestTrimKeepsTheWindow(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := opened(t, bus.Options{
		Dir: t.TempDir(), Window: 10 * time.Minute,
		Clock: func() time.Time { return now },
	})
	publish(t, b, "1", "2", "3")
	kept, err := b.Trim(t.Context(), 3)
	require.NoError(t, err)
	require.EqualValues(t, 1, kept)
	_, groups := readAll(t, b, 1)
	now = groups[1].Time.Add(10 * time.Minute)
	kept, err = b.Trim(t.Context(), 100)
	require.NoError(t, err)
	require.EqualValues(t, 2, kept)
}

func TestFirstSeqSince(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir(), Window: time.Nanosecond})
	at := func(when time.Time) uint64 {
		t.Helper()
		seq, err := b.FirstSeqSince(t.Context(), when)
		require.NoError(t, err)
		return seq
	}
	require.EqualValues(t, 1, at(time.Now()))
	for range 200 {
		publish(t, b, "x")
	}
	_, err := b.Trim(t.Context(), 20)
	require.NoError(t, err)
	_, groups := readAll(t, b, 20)
	for i, g := range groups {
		require.Equal(t, g.Seq, at(g.Time))
		if i > 0 {
			require.Equal(t, g.Seq, at(groups[i-1].Time.Add(1)), "between two groups")
		}
	}
	require.EqualValues(t, 20, at(time.Time{}))
	require.EqualValues(t, 201, at(time.Now().Add(time.Hour)))
}

// TestForeignMessage: somebody else wrote into our subject.
func TestForeignMessage(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := opened(t, bus.Options{URL: s.url()})
	publish(t, b, "a")
	_, err := s.raw().Publish(t.Context(), bus.StreamSubject, []byte(`{"not":"ours"}`))
	require.NoError(t, err)
	publish(t, b, "b")
	var damaged []bool
	require.NoError(t, b.ReadTo(t.Context(), 1, 3, func(g bus.Group) error {
		damaged = append(damaged, g.Damaged != nil)
		return nil
	}))
	require.Equal(t, []bool{false, true, false}, damaged)
}

// TestStreamOfAnOperator: a stream that was made by hand gets an identity and keeps its settings.
func TestStreamOfAnOperator(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := open(t, bus.Options{URL: s.url()})
	_, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	js := s.raw()
	stream, err := js.Stream(t.Context(), bus.StreamName)
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	delete(cfg.Metadata, bus.StreamIDKey)
	cfg.MaxBytes = 5 << 20
	_, err = js.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)

	info, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	require.NotEmpty(t, info.ID)
	require.False(t, info.Created)
	stats, err := b.StreamStats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 5<<20, stats.MaxBytes)
}
