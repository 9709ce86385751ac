package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

type doctorCommand struct{}

// errUnwell makes the exit code say what the lines have said.
var errUnwell = errors.New("something needs attention: see the lines that begin with FAIL")

// finding is what one examination of the doctor found.
type finding struct {
	grade grade
	text  string
}

type grade string

const (
	good grade = "ok  "
	poor grade = "warn"
	bad  grade = "FAIL"
)

func found(g grade, format string, v ...any) finding { return finding{g, fmt.Sprintf(format, v...)} }

// Run examines what the server depends on and prints a line for each. It changes nothing but for a file that it writes
// into the data directory and removes, and can be run beside a server.
func (doctorCommand) Run(c *command) error {
	d := doctor{cfg: c.config, now: time.Now}
	unwell := false
	for _, e := range []struct {
		name    string
		examine func(context.Context) []finding
	}{
		{"data directory", d.dataDir}, {"disk", d.disk}, {"fsync", d.fsync}, {"database", d.database}, {"bus", d.bus}, {"single sign-on", d.issuer}, {"clock", d.clock},
	} {
		for _, f := range e.examine(c.ctx) {
			unwell = unwell || f.grade == bad
			c.printf("%s  %-15s %s\n", f.grade, e.name, f.text)
		}
	}
	if unwell {
		return errUnwell
	}
	return nil
}

// doctor examines the surroundings of a server with this configuration.
type doctor struct {
	cfg config.Config
	now func() time.Time
}

// usesDir reports whether the server would keep anything in the data directory.
func (d doctor) usesDir() bool { return d.cfg.DatabaseURL == "" || d.cfg.NATSURL == "" }

func (d doctor) dataDir(context.Context) []finding {
	if !d.usesDir() {
		return []finding{found(good, "not needed: PostgreSQL and NATS hold everything")}
	}
	info, err := os.Stat(d.cfg.DataDir)
	if errors.Is(err, os.ErrNotExist) {
		return []finding{found(good, "%s does not exist yet; the first start makes it", d.cfg.DataDir)}
	}
	if err != nil || !info.IsDir() {
		return []finding{found(bad, "%s is not a directory that can be read: give another with --data-dir (%v)", d.cfg.DataDir, err)}
	}
	out := []finding{found(good, "%s", d.cfg.DataDir)}
	if info.Mode().Perm()&0o077 != 0 {
		out = append(out, found(poor, "others on this machine can read %s (mode %o): chmod 700", d.cfg.DataDir, info.Mode().Perm()))
	}
	return out
}

// nearest is the data directory, or the directory above it that exists.
func (d doctor) nearest() string {
	dir, err := filepath.Abs(d.cfg.DataDir)
	if err != nil {
		return d.cfg.DataDir
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// Free disk space in bytes below which the doctor warns, and below which the embedded bus refuses events.
const (
	littleDisk = 5 << 30
	noDisk     = bus.DefaultMinFree
)

func (d doctor) disk(context.Context) []finding {
	if !d.usesDir() {
		return nil
	}
	free, err := bus.DiskFree(d.nearest())
	switch {
	case err != nil:
		return []finding{found(poor, "free space cannot be read: %v", err)}
	case free < noDisk:
		return []finding{found(bad, "%d MB free: below %d MB the bus refuses events", free>>20, noDisk>>20)}
	case free < littleDisk:
		return []finding{found(poor, "%d MB free: collecting stops when %d MB are left", free>>20, noDisk>>20)}
	default:
		return []finding{found(good, "%.1f GB free", float64(free)/1e9)}
	}
}

// fsyncRounds is how many writes are timed; the median counts.
const fsyncRounds = 31

func (d doctor) fsync(ctx context.Context) []finding {
	if !d.usesDir() {
		return nil
	}
	took, err := timeFsync(ctx, d.nearest())
	if err != nil {
		return []finding{found(bad, "cannot write to %s: %v", d.nearest(), err)}
	}
	text := fmt.Sprintf("%.2f ms for 4 KiB (median of %d)", float64(took.Microseconds())/1000, fsyncRounds)
	switch {
	case took < 20*time.Microsecond:
		return []finding{found(poor, "%s: too fast to be true; this disk (or a layer above) may lose what it confirmed at a power cut", text)}
	case took < 5*time.Millisecond:
		return []finding{found(good, "%s: an SDK waits about that long for its answer, however many report at once", text)}
	case took < 30*time.Millisecond:
		return []finding{found(good, "%s: fine, as all that arrives meanwhile shares the next one", text)}
	default:
		return []finding{found(poor, "%s: slow; a faster disk, or --ack process if losing a second at a power cut is bearable", text)}
	}
}

// timeFsync returns the median time of writing 4 KiB and bringing them onto the disk.
func timeFsync(ctx context.Context, dir string) (took time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".waymark-doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block, times := make([]byte, 4096), make([]time.Duration, 0, fsyncRounds)
	for range fsyncRounds {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func (d doctor) database(ctx context.Context) []finding {
	if d.cfg.DatabaseURL == "" {
		if _, err := os.Stat(filepath.Join(d.cfg.DataDir, "plan.db")); errors.Is(err, os.ErrNotExist) {
			return []finding{found(good, "SQLite; the first start makes it")}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	start := time.Now()
	s, err := store.Open(ctx, store.Options{DatabaseURL: d.cfg.DatabaseURL, Dir: d.cfg.DataDir})
	if err == nil {
		err = errors.Join(s.Ping(ctx), s.Close())
	}
	if err != nil {
		return []finding{found(bad, "%s", explain(err))}
	}
	kind := "SQLite"
	if d.cfg.DatabaseURL != "" {
		kind = "PostgreSQL"
	}
	return []finding{found(good, "%s, up to date, answers (%d ms to open)", kind, time.Since(start).Milliseconds())}
}

func (d doctor) bus(ctx context.Context) []finding {
	if d.cfg.NATSURL == "" {
		if d.cfg.DatabaseURL != "" {
			return []finding{found(good, "embedded: one node only; several on this database need NATS_URL")}
		}
		return []finding{found(good, "embedded, in the data directory")}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	b, err := bus.Open(ctx, bus.Options{URL: d.cfg.NATSURL})
	if err != nil {
		return []finding{found(bad, "%s", explain(err))}
	}
	defer func() { _ = b.Close(ctx) }()
	stats, err := b.StreamStats(ctx)
	switch {
	case fault.Is(err, fault.NotFound):
		return []finding{found(good, "NATS answers; the first start makes the stream")}
	case err != nil:
		return []finding{found(bad, "%s", explain(err))}
	default:
		return []finding{found(good, "NATS answers; the stream holds %d groups, %d MB", stats.Groups, stats.Bytes>>20)}
	}
}

// released is a moment before which no clock can be right.
var released = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// clock compares the machine's clock with what the disk's own says, which differs on network drives, and with common sense.
func (d doctor) clock(context.Context) []finding {
	now := d.now()
	if now.Before(released) {
		return []finding{found(bad, "it is not %s: set the clock, best by NTP", now.UTC().Format(time.RFC3339))}
	}
	f, err := os.CreateTemp(d.nearest(), ".waymark-doctor-*")
	if err != nil {
		return []finding{found(good, "%s", now.UTC().Format(time.RFC3339))}
	}
	info, statErr := f.Stat()
	_ = errors.Join(f.Close(), os.Remove(f.Name()))
	if statErr == nil {
		if off := info.ModTime().Sub(now).Abs(); off > 5*time.Second {
			return []finding{found(poor, "the data directory's clock differs by %s", off.Round(time.Second))}
		}
	}
	return []finding{found(good, "%s", now.UTC().Format(time.RFC3339))}
}

// explain is an error with its cause, for the operator's eyes.
func explain(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		if cause := errors.Unwrap(f); cause != nil {
			return f.Message + " (" + cause.Error() + ")"
		}
	}
	return err.Error()
}
