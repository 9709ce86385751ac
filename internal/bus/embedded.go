package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	// serverPayload is the embedded server's message limit: a record of MaxRecordBytes and its headers.
	serverPayload = 8 << 20
	// storeLimit is no limit. The stream has its cap, and the disk is watched; a limit of the server's own would keep a
	// stream from opening whose cap was set when the disk had more room.
	storeLimit = 1 << 60
	// diskCheckEvery is how long one look at the free disk space holds.
	diskCheckEvery = 100 * time.Millisecond
	// startTimeout is for the server's last step, after it has recovered what is stored.
	startTimeout = 10 * time.Second
	// lockName is the file in Dir whose lock says who uses it.
	lockName = "waymark.lock"
)

// engine is the embedded server and its directory. The server is replaced when JetStream gave up on its disk
// (a write error is final for a running server); the client then reconnects as to any restarted server.
type engine struct {
	opts Options
	lock *dirLock
	cap  int64 // of the stream, in bytes

	mu     sync.Mutex
	server *server.Server

	// What watch alone uses: how often in a row the server was found broken, and when it was replaced last.
	strikes   int
	restarted time.Time

	free     atomic.Int64 // bytes, as last looked
	lookedAt atomic.Int64 // unix nanoseconds
}

// startEngine locks the directory and starts the server in it.
func startEngine(ctx context.Context, opts Options) (*engine, error) {
	if err := os.MkdirAll(opts.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the directory: %w", err)
	}
	lock, err := lockDir(opts.Dir)
	if err != nil {
		return nil, err
	}
	e := &engine{opts: opts, lock: lock, cap: capacity(opts)}
	e.lookAtDisk()
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, lock.release())
	}
	return e, nil
}

// start runs a new server. It returns when all that is stored is recovered, which after a crash reads the whole stream.
func (e *engine) start(ctx context.Context) error {
	srv, err := server.NewServer(e.serverOptions())
	if err != nil {
		return fmt.Errorf("configure the server: %w", err)
	}
	log := &serverLog{log: e.opts.Logger}
	srv.SetLoggerV2(log, e.opts.Logger.Enabled(ctx, slog.LevelDebug), false, false)
	srv.Start()
	if why := log.fatalText(); why != "" || !srv.ReadyForConnections(startTimeout) {
		srv.Shutdown()
		srv.WaitForShutdown()
		return fmt.Errorf("start the server in %s: %s", e.opts.Dir, cmp.Or(why, "not ready in time"))
	}
	e.mu.Lock()
	e.server = srv
	e.mu.Unlock()
	return nil
}

func (e *engine) serverOptions() *server.Options {
	o := &server.Options{
		ServerName:             "waymark",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		DisableJetStreamBanner: true,
		StoreDir:               e.opts.Dir,
		JetStreamMaxStore:      storeLimit,
		JetStreamMaxMemory:     64 << 20,
		MaxPayload:             serverPayload,
		SyncAlways:             e.opts.Ack == AckFsync,
		SyncInterval:           time.Minute, // of what is not synced with each write
	}
	if e.opts.Ack == AckProcess {
		o.SyncInterval = time.Second
	}
	return o
}

// InProcessConn implements nats.InProcessConnProvider with the server that runs now.
func (e *engine) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	srv := e.server
	e.mu.Unlock()
	if srv == nil {
		return nil, errors.New("the embedded server is being restarted")
	}
	return srv.InProcessConn()
}

// broken reports whether the server has to be replaced: JetStream has switched itself off (disk full), or the stream's
// store has failed to write, after which it refuses everything and does not even answer.
func (e *engine) broken() bool {
	e.mu.Lock()
	srv := e.server
	e.mu.Unlock()
	if srv == nil || !srv.JetStreamEnabled() {
		return true
	}
	health := srv.Healthz(&server.HealthzOptions{Account: server.DEFAULT_GLOBAL_ACCOUNT, Stream: streamName})
	return strings.Contains(health.Error, "write error") // other complaints are not cured by a restart
}

// restart replaces the server.
func (e *engine) restart(ctx context.Context) error {
	e.strikes, e.restarted = 0, time.Now()
	e.shutdown()
	return e.start(ctx)
}

func (e *engine) shutdown() {
	e.mu.Lock()
	srv := e.server
	e.server = nil
	e.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

// stop ends the server and gives the directory free.
func (e *engine) stop() error {
	e.shutdown()
	return e.lock.release()
}

// diskLow reports whether the disk has less than so many times MinFree left. It looks at most each diskCheckEvery.
func (e *engine) diskLow(times int64) bool {
	now := time.Now().UnixNano()
	last := e.lookedAt.Load()
	if now-last > int64(diskCheckEvery) && e.lookedAt.CompareAndSwap(last, now) {
		e.lookAtDisk()
	}
	return e.free.Load() < times*e.opts.MinFree
}

func (e *engine) lookAtDisk() {
	free, err := diskFree(e.opts.Dir)
	if err != nil {
		free = math.MaxInt64 // unknown: let the write itself find out
	}
	e.free.Store(free)
}

// capacity is the stream's cap: what was asked for, else half of what the disk could give it.
func capacity(opts Options) int64 {
	if opts.MaxBytes > 0 {
		return opts.MaxBytes
	}
	free, err := diskFree(opts.Dir)
	if err != nil {
		return defaultMaxBytes
	}
	return min(defaultMaxBytes, (free+dirSize(opts.Dir))/2)
}

// dirSize adds up the files below dir; what cannot be read counts nothing.
func dirSize(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			total += fileSize(d)
		}
		return nil
	})
	return total
}

func fileSize(d fs.DirEntry) int64 {
	info, err := d.Info()
	if err != nil {
		return 0
	}
	return info.Size()
}

// serverLog passes the server's log on and remembers why the server gave up; its notices are details to us.
type serverLog struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal string
}

func (l *serverLog) Noticef(format string, v ...any) { l.log.Debug(serverSays, text(format, v)) }
func (l *serverLog) Warnf(format string, v ...any)   { l.log.Warn(serverSays, text(format, v)) }
func (l *serverLog) Errorf(format string, v ...any)  { l.log.Error(serverSays, text(format, v)) }
func (l *serverLog) Debugf(string, ...any)           {}
func (l *serverLog) Tracef(string, ...any)           {}

const serverSays = "event stream: the embedded server says"

func text(format string, v []any) slog.Attr { return slog.String("text", fmt.Sprintf(format, v...)) }

func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = text
}

// fatalText is why the server gave up; empty if it did not.
func (l *serverLog) fatalText() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}
