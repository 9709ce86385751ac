package collect_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/store"
)

// paced is a ledger that sweeps when it is told to, and tells what it has done.
type paced struct {
	collect.Ledger
	sweep, learned chan struct{}
	swept          chan store.Swept
	at             chan store.CapturePosition
}

func (p *paced) SweepCapture(ctx context.Context, policy store.SweepPolicy) (store.Swept, error) {
	swept, err := p.Ledger.SweepCapture(ctx, policy)
	p.swept <- swept
	return swept, err
}

func (p *paced) CaptureLabels(ctx context.Context) ([]store.Label, error) {
	labels, err := p.Ledger.CaptureLabels(ctx)
	p.learned <- struct{}{}
	return labels, err
}

func (p *paced) CommitCapture(ctx context.Context, b *store.CaptureBatch) error {
	err := p.Ledger.CommitCapture(ctx, b)
	if err == nil {
		p.at <- b.To
	}
	return err
}

// Retention keeps what env_1 captures for 30 days.
func (p *paced) Retention(ctx context.Context) (map[string]collect.Keep, error) {
	select {
	case <-p.sweep:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return map[string]collect.Keep{"env_1": {Days: 30, Samples: 1_000_000}}, nil
}

// TestHostileNamesDoNotBlockOthersForEver: an environment is full of names that somebody made up. When they have not come for
// the retention, they give up their place, also in the memory of the process that writes; nothing is lost of what was counted.
func TestHostileNamesDoNotBlockOthersForEver(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		l := &paced{
			Ledger: db, sweep: make(chan struct{}), learned: make(chan struct{}, 10), swept: make(chan store.Swept, 10),
			at: make(chan store.CapturePosition, 1000),
		}
		w := collect.NewWriter(collect.WriterOptions{
			Stream: s, Ledger: l, Now: s.now, Logger: quiet, Owner: "writer", Metrics: metrics(), Window: window, Retention: l,
		})
		pace := hurry
		pace.Sweep = time.Millisecond
		w.SetPace(pace)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		defer func() {
			cancel()
			require.NoError(t, <-ended)
		}()
		settled := func() {
			for last := s.last(t); (<-l.at).Figures < last; {
				continue
			}
		}
		<-l.learned

		hostile := make([]capture.Captured, 0, 3000)
		for i := range cap(hostile) {
			e := carrying(s.event("env_1", "", fmt.Sprint("name ", i)), fmt.Sprintf(`{"p%d":1}`, i))
			e.App.Version = fmt.Sprint("1.", i)
			hostile = append(hostile, e)
		}
		s.put(t, hostile...)
		paid := func(version string) capture.Captured {
			e := carrying(s.event("env_1", "", "order_paid"), `{"price":5}`)
			e.App.Version = version
			return e
		}
		s.put(t, paid("8.6"))
		settled()
		places := func() (own, events, properties int64) {
			for k, f := range db.counted(t, "env_1").Figures {
				switch {
				case k.Property != "":
					properties += f.Count
				case k.Name == "order_paid" && k.AppVersion == "8.7":
					own += f.Count
					fallthrough
				default:
					events += f.Count
				}
			}
			return own, events, properties
		}
		check := func(own, events, properties int64) {
			t.Helper()
			a, b, c := places()
			require.Equal(t, []int64{own, events, properties}, []int64{a, b, c})
		}
		check(0, 3001, 3001)

		sweep := func() store.Swept {
			l.sweep <- struct{}{}
			return <-l.swept
		}
		require.Zero(t, sweep().Labels, "what came within the retention stays")
		s.pass(t, 20*24*time.Hour)
		again := s.event("env_1", "", "name 7")
		again.App.Version = "1.7"
		s.put(t, again, paid("8.7"))
		settled()
		check(0, 3003, 3002)
		s.pass(t, 20*24*time.Hour)
		require.EqualValues(t, collect.MaxNames/5+collect.MaxVersions/5+collect.MaxProperties/5, sweep().Labels)
		check(0, 3003, 3002)
		<-l.learned
		s.put(t, paid("8.7"))
		settled()
		check(1, 3004, 3003)
		labels := db.counted(t, "env_1").Labels
		require.Subset(t, labels, []string{"name order_paid", "version 8.7", "property price", "name name 7", "version 1.7"})
		require.Zero(t, sweep().Labels, "there is room")
	})
}
