package app

import (
	"context"
	"log/slog"
	"time"
)

// reindexAgain is how long to wait before indexing is tried again.
const reindexAgain = 30 * time.Second

// reindex brings the search index up to what this program makes of the plan, beside all other work: what an earlier
// program indexed is found meanwhile, but not in every way.
func (a *App) reindex(ctx context.Context) error {
	for {
		var again <-chan time.Time // never, when all is done
		if done, err := a.plans.Reindex(ctx); err == nil {
			a.log.LogAttrs(ctx, slog.LevelInfo, "the search index is up to date", slog.Int("indexed", done))
		} else if ctx.Err() == nil {
			a.log.LogAttrs(ctx, slog.LevelWarn, "the search index is not up to date yet", slog.Any("error", err))
			again = time.After(reindexAgain)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again:
		}
	}
}
