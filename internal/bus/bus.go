// Package bus carries groups of captured events from the collectors to whoever reads them, on NATS JetStream: a server
// inside this process by default, an external cluster when Options.URL says so. It is the only importer of NATS.
//
// What is durable goes through one stream per partition (there is one partition, 0): Publish returns only after the
// record is stored as the acknowledgement mode promises, Read gives the groups back gapless and in order. What is only a
// hint (“the plan of this app changed”) goes through Notify and Listen, at most once.
//
// Delivery into the stream is at least once: a Publish whose answer was lost, timed out or was not waited for may still
// have stored its record, so that an SDK's retry stores it twice. The bus does not fold repeats; whoever reads does, by
// event id (design §4), because a JetStream message id could only name a group and a retry never makes the same group.
//
// Sequence numbers are positions in other people's databases, so they never go back: EnsureStream creates, recreates and
// repairs the stream such that every later group gets a number above each one that was ever acknowledged or processed.
//
// A Bus is safe for concurrent use. Open starts its goroutines (and the embedded server), Close ends them all.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// AckMode says what an acknowledged record survives on the embedded bus. An external cluster's own settings
// (sync_interval, replicas) decide instead.
type AckMode string

const (
	// AckFsync promises that the group is written and fsynced before Publish returns. Survives kill -9 and a power cut.
	AckFsync AckMode = "fsync"
	// AckProcess promises that the group is handed to the operating system before Publish returns and fsynced each
	// second. Survives kill -9; a power cut or a crash of the operating system loses up to the last second.
	AckProcess AckMode = "process"
)

// Defaults of Options.
const (
	DefaultWindow     = 11 * time.Minute
	DefaultAckTimeout = 10 * time.Second
	DefaultMinFree    = 256 << 20
	defaultMaxBytes   = 20 << 30
)

// Options configure a Bus. The zero value is not usable: either Dir or URL is needed.
type Options struct {
	// URL is a NATS URL or a comma-separated list of them (nats://user:password@host:4222). Empty means embedded.
	URL string
	// Dir is where the embedded server stores the stream. One process at a time may use it.
	Dir string
	// Ack is what an acknowledgement survives on the embedded bus; default AckFsync.
	Ack AckMode
	// MaxBytes caps the stream; a full stream refuses (bus_full). Default: 20 GiB, on the embedded bus at most half of
	// what the disk can still give to it.
	MaxBytes int64
	// MinFree is how many bytes the embedded bus leaves free on its disk: below that it refuses (bus_full), because a
	// disk that is really full would stop JetStream altogether. Default 256 MiB.
	MinFree int64
	// Replicas of the stream on an external cluster; default 1. Ignored on the embedded bus.
	Replicas int
	// Window is how much of the newest part of the stream Trim always keeps, for those who rebuild their state by
	// replay; default 11 minutes.
	Window time.Duration
	// AckTimeout is how long a group may wait for its acknowledgement before its callers hear bus_slow; default 10 s.
	AckTimeout time.Duration
	// Logger gets the messages of the bus and of the embedded server; default: none.
	Logger *slog.Logger
	// Clock is the wall clock; default time.Now.
	Clock func() time.Time
}

// Bus is one connection to the stream, with the embedded server behind it unless an external one was configured.
type Bus struct {
	opts    Options
	log     *slog.Logger
	now     func() time.Time
	engine  *engine // the embedded server; nil on an external one
	conn    *nats.Conn
	js      jetstream.JetStream
	commit  *committer
	metrics *metrics

	ctx    context.Context //nolint:containedctx // ends when Close begins; parent of everything that the bus does by itself
	cancel context.CancelFunc
	wg     sync.WaitGroup
	closed atomic.Bool

	stream   streamState
	ensuring sync.Mutex  // one look at the stream's state at a time
	doubtful atomic.Bool // asks watch to look at the stream again
	nudge    chan struct{}
	refusals refusalLog

	sending sync.Mutex // held while a group is packed and handed to the client
	packed  []byte     // scratch of send

	ackPrefix string // subject prefix of acknowledgements, the group's token follows
}

// Open starts the embedded server in opts.Dir, or connects to opts.URL. An external server that cannot be reached right
// now is no error: the bus keeps trying for ever and says bus_down meanwhile (see Healthy). Call EnsureStream before
// Publish and Read.
//
// Errors: FailedPrecondition bus_dir_in_use when another process has opened opts.Dir; InvalidInput for bad options;
// others are internal (the directory cannot be written, the stored stream cannot be read).
//
// ctx bounds the start only; values in it are kept for the life of the bus, its cancellation is not.
func Open(ctx context.Context, opts Options) (*Bus, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Bus{opts: opts, log: opts.Logger, now: opts.Clock, metrics: newMetrics(), nudge: make(chan struct{}, 1)}
	b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	b.commit = newCommitter(b.send, opts.AckTimeout, b.metrics)
	b.commit.fellBack = b.doubt
	b.commit.hold.enabled = opts.URL == "" && opts.Ack == AckFsync
	b.commit.block(errNotReady)
	if opts.URL == "" {
		if b.engine, err = startEngine(ctx, opts); err != nil {
			b.cancel()
			return nil, fmt.Errorf("start the embedded bus: %w", err)
		}
	}
	if err := b.connect(ctx); err != nil {
		b.cancel()
		return nil, errors.Join(fmt.Errorf("connect to the bus: %w", err), b.stopEngine())
	}
	b.wg.Go(b.watch)
	return b, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.URL == "" && o.Dir == "" {
		return o, errNoPlace
	}
	switch o.Ack {
	case "":
		o.Ack = AckFsync
	case AckFsync, AckProcess:
	default:
		return o, errAckMode.With("value", string(o.Ack))
	}
	setDefault(&o.Window, DefaultWindow)
	setDefault(&o.AckTimeout, DefaultAckTimeout)
	setDefault(&o.MinFree, DefaultMinFree)
	setDefault(&o.Replicas, 1)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Close refuses new records, waits until the accepted ones are durable or ctx ends, and stops the embedded server.
// Readers end with an error. Closing twice is harmless.
func (b *Bus) Close(ctx context.Context) error {
	if b.closed.Swap(true) {
		return nil
	}
	b.commit.block(errClosed)
	drainErr := b.commit.drain(ctx)
	b.commit.shut(errClosed)
	b.cancel()
	b.conn.Close()
	b.wg.Wait()
	return errors.Join(drainErr, b.stopEngine())
}

func (b *Bus) stopEngine() error {
	if b.engine == nil {
		return nil
	}
	return b.engine.stop()
}

// Healthy returns nil when Publish can be expected to succeed, else an Unavailable fault with the reason: bus_down (not
// connected, closed, stream missing, EnsureStream still to be called), or why the last group was refused a moment ago:
// bus_full, bus_slow, or bus_down where a cluster without quorum does not answer.
func (b *Bus) Healthy() error {
	if err := b.commit.blocked(); err != nil {
		return err
	}
	if !b.conn.IsConnected() {
		return errDown // and onDisconnect is about to say so
	}
	if b.engine != nil && b.engine.diskLow(1) {
		return errDiskLow
	}
	return b.commit.recentRefusal()
}
