package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	reconnectWait = 250 * time.Millisecond
	// watchEvery is how often the bus looks whether it can be put right again.
	watchEvery = time.Second
	// restartWait is the least time between two restarts of the embedded server.
	restartWait = 10 * time.Second
)

// connect makes the client and its one subscription for acknowledgements.
func (b *Bus) connect(ctx context.Context) error {
	conn, err := nats.Connect(b.opts.URL, b.clientOptions()...)
	if err != nil {
		return err
	}
	b.conn = conn
	if b.js, err = jetstream.New(conn); err != nil {
		conn.Close()
		return err
	}
	b.ackPrefix = conn.NewInbox() + "."
	if _, err := conn.Subscribe(b.ackPrefix+"*", b.onAck); err != nil {
		conn.Close()
		return fmt.Errorf("subscribe to acknowledgements: %w", err)
	}
	return ctx.Err()
}

func (b *Bus) clientOptions() []nats.Option {
	opts := []nats.Option{
		nats.Name("waymark"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.RetryOnFailedConnect(true),
		nats.IgnoreAuthErrorAbort(),
		// Without a connection a group is refused at once: buffering it would store it after its callers heard 503.
		nats.ReconnectBufSize(-1),
		nats.PingInterval(20 * time.Second),
		nats.DisconnectErrHandler(b.onDisconnect),
		nats.ReconnectHandler(func(*nats.Conn) { b.wake() }),
		nats.ConnectHandler(func(*nats.Conn) { b.wake() }),
		nats.ErrorHandler(b.onClientError),
	}
	if b.engine != nil {
		opts = append(opts, nats.InProcessServer(b.engine))
	}
	return opts
}

// onDisconnect tells every waiting caller at once; whether their groups were stored nobody knows.
func (b *Bus) onDisconnect(_ *nats.Conn, err error) {
	if b.closed.Load() {
		return
	}
	b.stream.disconnect(func() { b.commit.shut(errDown) })
	b.log.Warn("event stream: connection lost", slog.Any("error", err))
}

func (b *Bus) onClientError(_ *nats.Conn, sub *nats.Subscription, err error) {
	attrs := []any{slog.Any("error", err)}
	if sub != nil {
		attrs = append(attrs, slog.String("subject", sub.Subject))
	}
	b.log.Warn("event stream: client error", attrs...)
}

// doubt lets watch look at the stream again. It takes no lock and does not wait.
func (b *Bus) doubt() {
	b.doubtful.Store(true)
	b.wake()
}

// wake lets watch look now.
func (b *Bus) wake() {
	select {
	case b.nudge <- struct{}{}:
	default:
	}
}

// watch puts the bus right after something broke: it restarts an embedded server that gave up, and lets records in
// again once the stream is seen to be the one that EnsureStream saw.
func (b *Bus) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.nudge:
		case <-tick.C:
			b.healEngine()
		}
		if b.doubtful.Swap(false) {
			b.stream.doubt()
		}
		if b.conn.IsConnected() && b.stream.needsCheck() {
			b.verify()
		}
	}
}

// healEngine replaces an embedded server that was broken at two looks in a row, once its disk has room again.
func (b *Bus) healEngine() {
	e := b.engine
	if e == nil {
		return
	}
	if !e.broken() {
		e.strikes = 0
		return
	}
	if e.strikes++; e.strikes < 2 || e.diskLow(1) || time.Since(e.restarted) < restartWait {
		return
	}
	b.log.Warn("event stream: restarting the embedded server, its store does not write any more")
	if err := e.restart(b.ctx); err != nil {
		b.log.Error("event stream: restart the embedded server", slog.Any("error", err))
	}
}

// refusalLog logs why groups are refused, when the reason changes and at most each minute.
type refusalLog struct {
	mu     sync.Mutex
	reason string
	at     time.Time
}

func (r *refusalLog) note(log *slog.Logger, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reason := reasonOf(err)
	if reason == r.reason && time.Since(r.at) < time.Minute {
		return
	}
	r.reason, r.at = reason, time.Now()
	log.Warn("event stream: a group was refused", slog.String("reason", reason), slog.Any("error", errors.Unwrap(err)))
}

// isUnreachable reports whether a request failed because nobody answered it, now.
func isUnreachable(err error) bool {
	for _, e := range []error{
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrConnectionClosed, nats.ErrDisconnected,
		nats.ErrReconnectBufExceeded, nats.ErrConnectionReconnecting, nats.ErrNoServers,
		jetstream.ErrJetStreamNotEnabled, jetstream.ErrNoStreamResponse,
		context.DeadlineExceeded,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
