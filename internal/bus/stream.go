package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	streamName    = "CAPTURE_0"
	streamSubject = "capture.0.groups"
	// streamIDKey is where the stream's identity is kept in its metadata.
	streamIDKey = "waymark_stream_id"
	// maxFill is up to how many lost sequence numbers are made up for by fillers.
	maxFill = 1 << 16
	// lookTimeout and changeTimeout bound one request to the server, whose answer may have been lost with a connection. A
	// change may have to wait for a slow disk or for a cluster.
	lookTimeout   = 2 * time.Second
	changeTimeout = 15 * time.Second
)

// Position is how far a reader has processed the stream, as it keeps it in its database.
type Position struct {
	// StreamID is the identity of the stream; empty if no stream was ever processed.
	StreamID string
	// Seq is the sequence number of the last processed group; 0 if none was.
	Seq uint64
}

// StreamInfo is what EnsureStream found or made.
type StreamInfo struct {
	// ID is the identity of the stream. It changes when the stream is created anew.
	ID string
	// FirstSeq and LastSeq are the sequence numbers of the oldest and the newest group. An empty stream has
	// FirstSeq = LastSeq+1.
	FirstSeq, LastSeq uint64
	// Created says that the stream did not exist.
	Created bool
	// Resume is where to read on: the sequence number after the position, or the oldest that is there.
	Resume uint64
	// Gap says that groups which were never processed are gone, or may be: the stream is another one than the position
	// knows, or it no longer holds the groups right after the position. GapGroups is how many, as far as the numbers
	// tell; 0 with Gap set means unknown.
	Gap       bool
	GapGroups uint64
	// Regressed is how many groups, all processed before, the stream had lost at its end; their numbers are not used
	// again. It is no gap, but a sign that the server acknowledges what it has not synced.
	Regressed uint64
}

// EnsureStream makes sure that the stream exists and that its sequence numbers continue behind known, then lets Publish
// and Read work. Call it at the start and whenever Read ends with ErrStreamLost, each time with the position as it is in
// the database. It may be called while others publish and read.
//
//   - No stream: one is created with a new identity whose first number is known.Seq+1.
//   - The stream ends before known (its server lost the newest groups): it is moved on behind known, see
//     StreamInfo.Regressed.
//   - The stream begins behind known, or is another one: see StreamInfo.Gap.
//
// Errors: Unavailable bus_down while the server cannot be reached; FailedPrecondition bus_foreign_stream if a stream
// with another identity ends so far before known that it cannot be a successor; others are internal (the server's
// limits do not allow the stream).
func (b *Bus) EnsureStream(ctx context.Context, known Position) (StreamInfo, error) {
	b.ensuring.Lock()
	defer b.ensuring.Unlock()
	if b.closed.Load() {
		return StreamInfo{}, errClosed
	}
	connection := b.stream.connection()
	info, created, err := b.openStream(ctx, known.Seq)
	if err != nil {
		return StreamInfo{}, b.apiError("open the event stream", err)
	}
	out := StreamInfo{ID: info.Config.Metadata[streamIDKey], Created: created}
	if out.Regressed, err = b.advance(ctx, info, known, out.ID); err != nil {
		return StreamInfo{}, b.apiError("move the event stream on", err)
	}
	if info, err = b.streamInfo(ctx); err != nil {
		return StreamInfo{}, b.apiError("look at the event stream", err)
	}
	out.FirstSeq, out.LastSeq = info.State.FirstSeq, info.State.LastSeq
	if info.State.Msgs == 0 {
		out.FirstSeq = out.LastSeq + 1
	}
	out.locate(known)
	if out.ID != b.stream.current() {
		b.commit.restart(out.LastSeq)
	}
	b.commit.saw(out.LastSeq)
	b.stream.begin(b.ctx, out.ID, connection, b.admit) //nolint:contextcheck // an era outlives the call
	b.wake()
	return out, nil
}

// locate fills in where to read on from known, and what is missing.
func (s *StreamInfo) locate(known Position) {
	s.Resume = max(known.Seq+1, s.FirstSeq)
	if known == (Position{}) {
		return // nothing was ever processed: what was trimmed belonged to nobody
	}
	s.GapGroups = s.Resume - known.Seq - 1
	s.Gap = s.GapGroups > 0 || s.ID != known.StreamID
}

// openStream returns the stream, created if there was none.
func (b *Bus) openStream(ctx context.Context, known uint64) (info *jetstream.StreamInfo, created bool, err error) {
	info, err = b.streamInfo(ctx)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		ctx, cancel := context.WithTimeout(ctx, changeTimeout)
		defer cancel()
		stream, err := b.js.CreateStream(ctx, b.streamConfig(known+1))
		if err == nil {
			return stream.CachedInfo(), true, nil
		}
		if !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return nil, false, err
		}
		if info, err = b.streamInfo(ctx); err != nil { // another node was faster
			return nil, false, err
		}
	} else if err != nil {
		return nil, false, err
	}
	info, err = b.adoptStream(ctx, info)
	return info, false, err
}

func (b *Bus) streamConfig(firstSeq uint64) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        streamName,
		Description: "Waymark: groups of captured events",
		Subjects:    []string{streamSubject},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		MaxBytes:    b.maxBytes(),
		Replicas:    b.replicas(),
		FirstSeq:    firstSeq,
		AllowDirect: true,
		Metadata:    map[string]string{streamIDKey: uuid.NewString()},
	}
}

func (b *Bus) maxBytes() int64 {
	if b.engine != nil {
		return b.engine.cap
	}
	if b.opts.MaxBytes > 0 {
		return b.opts.MaxBytes
	}
	return defaultMaxBytes
}

func (b *Bus) replicas() int {
	if b.engine != nil {
		return 1
	}
	return b.opts.Replicas
}

// adoptStream brings the settings of an existing stream in line: its identity if it has none yet, its cap where that is
// ours to say. What an operator has set on an external cluster stays unless Options say otherwise.
func (b *Bus) adoptStream(ctx context.Context, info *jetstream.StreamInfo) (*jetstream.StreamInfo, error) {
	cfg := info.Config
	changed := false
	if cfg.Metadata[streamIDKey] == "" {
		if cfg.Metadata == nil {
			cfg.Metadata = map[string]string{}
		}
		cfg.Metadata[streamIDKey] = uuid.NewString()
		changed = true
	}
	if ours := b.engine != nil || b.opts.MaxBytes > 0; ours && cfg.MaxBytes != b.maxBytes() {
		cfg.MaxBytes = b.maxBytes()
		changed = true
	}
	if !changed {
		return info, nil
	}
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	stream, err := b.js.UpdateStream(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return stream.CachedInfo(), nil
}

// advance moves the stream's next sequence number behind everything that is known to be taken: the position, and what
// this process has seen. It returns how many numbers the stream had fallen back behind.
//
// Few numbers are filled with empty groups, which keeps what is in the stream for replay. Many are skipped by a purge;
// that is only done when all that is still there has been processed.
func (b *Bus) advance(ctx context.Context, info *jetstream.StreamInfo, known Position, id string) (uint64, error) {
	last, target := info.State.LastSeq, known.Seq
	if b.stream.current() == id {
		target = max(target, b.commit.highest.Load())
	}
	if last >= target {
		return 0, nil
	}
	behind := target - last
	b.log.WarnContext(ctx, "event stream: the newest groups are lost, moving on",
		slog.Uint64("last", last), slog.Uint64("known", target))
	processed := last <= known.Seq
	if behind <= maxFill || !processed {
		if err := b.fill(ctx, target); err == nil || !processed {
			return behind, err
		} // no room for fillers: make it
	}
	if known.StreamID != "" && known.StreamID != id {
		return 0, errForeign
	}
	return behind, b.purge(ctx, target+1)
}

// fill stores empty groups until target is taken.
func (b *Bus) fill(ctx context.Context, target uint64) error {
	filler := appendGroupHeader(nil)
	for seq := uint64(0); seq < target; {
		ack, err := b.publishFiller(ctx, filler)
		if err != nil {
			return fmt.Errorf("publish a filler: %w", err)
		}
		seq = ack.Sequence
	}
	return nil
}

func (b *Bus) publishFiller(ctx context.Context, filler []byte) (*jetstream.PubAck, error) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	return b.js.Publish(ctx, streamSubject, filler)
}

// verify looks whether the stream is still the one that EnsureStream saw, and lets records in if so.
func (b *Bus) verify() {
	b.ensuring.Lock()
	defer b.ensuring.Unlock()
	if !b.stream.needsCheck() {
		return // EnsureStream came first
	}
	connection := b.stream.connection()
	info, err := b.streamInfo(b.ctx)
	switch id := b.stream.current(); {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		b.lose("deleted")
	case err != nil:
		b.log.Debug("event stream: look at it after a reconnect", slog.Any("error", err))
	case info.Config.Metadata[streamIDKey] != id:
		b.lose("replaced")
	case info.State.LastSeq < b.commit.highest.Load():
		b.lose("shortened")
	default:
		b.stream.begin(b.ctx, id, connection, b.admit)
	}
}

// admit lets records in.
func (b *Bus) admit() {
	if !b.closed.Load() {
		b.commit.block(nil)
	}
}

// lose stops publishing and reading until EnsureStream is called.
func (b *Bus) lose(how string) {
	b.stream.lose(func() { b.commit.shut(errDown) })
	b.log.Error("event stream: lost", slog.String("how", how))
}

// purge deletes everything below before, which becomes the next sequence number if that leaves nothing.
func (b *Bus) purge(ctx context.Context, before uint64) error {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	stream, err := b.js.Stream(ctx, streamName)
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSequence(before))
}

func (b *Bus) streamInfo(ctx context.Context) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	stream, err := b.js.Stream(ctx, streamName)
	if err != nil {
		return nil, err
	}
	return stream.CachedInfo(), nil
}

// apiError turns an error of a JetStream request into the fault of a bus that cannot be reached, where it is that.
func (b *Bus) apiError(doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	switch {
	case errors.Is(err, errForeign):
		return err
	case b.closed.Load():
		return errClosed.Because(err)
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return errNoStream.Because(err)
	case isUnreachable(err):
		return errDown.Because(err)
	}
	return err
}
