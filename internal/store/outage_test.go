package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// While the database is away everything is UNAVAILABLE; when it is back the same Store works again.
func TestOutage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := testkit.Postgres(t)
	s := testkit.OpenStore(t, store.Options{DatabaseURL: url})
	makeApp(t, s, "shop")
	commit(ctx, t, s, sampled(1, "env_a", "evt_1", nil))
	at, err := s.CapturePosition(ctx)
	require.NoError(t, err)
	next := &store.CaptureBatch{
		From: at, To: store.CapturePosition{StreamID: at.StreamID, Seq: at.Seq + 1},
		Samples: []*capture.Captured{sampled(2, "env_a", "evt_1", nil)},
	}

	restore := testkit.Outage(t, url)
	for range 2 { // on connections that broke, and on new ones
		_, err = s.CapturePosition(ctx)
		requireFault(t, err, fault.Unavailable, "database_unavailable")
		requireFault(t, s.CommitCapture(ctx, next), fault.Unavailable, "database_unavailable")
		err = s.Tx(ctx, func(context.Context, *ent.Tx) error { return nil })
		requireFault(t, err, fault.Unavailable, "database_unavailable")
		_, _, err = s.Search(ctx, store.Search{Text: "a", Limit: 1})
		requireFault(t, err, fault.Unavailable, "database_unavailable")
		_, err = s.Read().App.Query().Count(ctx)
		requireFault(t, store.Fault(err), fault.Unavailable, "database_unavailable")
		require.Error(t, s.Ping(ctx))
	}
	_, err = store.Open(ctx, store.Options{DatabaseURL: url})
	requireFault(t, err, fault.Unavailable, "database_unavailable")

	restore()
	require.NoError(t, s.Ping(ctx))
	require.Equal(t, 1, s.Read().App.Query().CountX(ctx))
	require.NoError(t, s.CommitCapture(ctx, next))
}

// When the connection breaks during the commit, nobody is told that nothing happened, and hooks are not called.
func TestCommitOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	s := testkit.OpenStore(t, store.Options{DatabaseURL: url})
	err := s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		store.AfterCommit(ctx, func() { t.Error("hook of a transaction that was not committed") })
		testkit.Outage(t, url)() //nolint:contextcheck // it outlives the test
		return nil
	})
	requireFault(t, err, fault.Unavailable, "outcome_unknown")
}

// A transaction that fails at its very commit leaves nothing.
func TestCommitCaptureThatFails(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	opts := store.Options{DatabaseURL: testkit.Postgres(t)}
	s := testkit.OpenStore(t, opts)
	db, _, err := store.OpenRaw(ctx, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.ExecContext(ctx, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not now''; END';
		CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON capture_sample DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)
	require.NoError(t, err)
	b := &store.CaptureBatch{
		To: store.CapturePosition{StreamID: "s", Seq: 1}, Samples: []*capture.Captured{sampled(1, "env_a", "evt_1", nil)},
	}
	require.ErrorContains(t, s.CommitCapture(ctx, b), "not now")
	at, err := s.CapturePosition(ctx)
	require.NoError(t, err)
	require.Zero(t, at)
}

// The URL's own settings go before Waymark's.
func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	s := testkit.OpenStore(t, store.Options{DatabaseURL: testkit.Postgres(t) + "&statement_timeout=50ms"})
	err := s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		_, err := tx.ExecContext(ctx, "SELECT pg_sleep(60)")
		return err
	})
	requireFault(t, err, fault.Unavailable, "timeout")
}
