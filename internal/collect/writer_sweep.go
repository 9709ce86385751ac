package collect

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/waymarkhq/waymark/internal/store"
)

// Keep says how much of what an environment captured is kept.
type Keep struct {
	Days    int
	Samples int // the newest
}

// Retention knows what is to be kept.
type Retention interface {
	// Retention returns every environment there is, by id. What others have captured is removed.
	Retention(ctx context.Context) (map[string]Keep, error)
}

// sweepUntil removes what is not kept any longer, now and then, until ctx ends, and calls freed when labels gave up their
// place.
func (w *Writer) sweepUntil(ctx context.Context, freed func()) {
	for wait := w.pace.sweepFirst; pause(ctx, wait) == nil; wait = w.pace.sweep {
		swept, err := w.sweep(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.Logger.WarnContext(ctx, "old captured events stay for now", "error", err)
		default:
			w.Metrics.swept.Add(float64(swept.Samples))
			w.Logger.DebugContext(ctx, "old captured events are removed", slog.Int64("samples", swept.Samples),
				slog.Int64("minutes", swept.Minutes), slog.Int("environments", swept.Environments),
				slog.Int64("labels", swept.Labels), slog.Int64("figures", swept.Figures))
		}
		if swept.Labels > 0 { // also where the rest failed
			freed()
		}
	}
}

func (w *Writer) sweep(ctx context.Context) (store.Swept, error) {
	keep, err := w.Retention.Retention(ctx)
	if err != nil {
		return store.Swept{}, fmt.Errorf("read how long captured events are kept: %w", err)
	}
	now := w.Now()
	policy := store.SweepPolicy{
		Now: now, Environments: make(map[string]store.Retention, len(keep)), Labels: mostLabels, Secret: map[string][]string{},
	}
	for id, k := range keep {
		policy.Environments[id] = store.Retention{
			Before: now.Add(-time.Duration(k.Days) * 24 * time.Hour), MaxSamples: int64(k.Samples),
		}
		if w.Planned == nil {
			continue
		}
		for name, secret := range w.Planned(id) {
			if secret {
				policy.Secret[id] = append(policy.Secret[id], name)
			}
		}
	}
	return w.Ledger.SweepCapture(ctx, policy)
}
