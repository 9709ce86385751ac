package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// makeApp saves an app in a transaction of its own.
func makeApp(t *testing.T, s *store.Store, key string) *ent.App {
	t.Helper()
	a, err := store.InTx(t.Context(), s, func(ctx context.Context, tx *ent.Tx) (*ent.App, error) {
		return tx.App.Create().SetKey(key).SetName("名 " + key).Save(ctx)
	})
	require.NoError(t, err)
	return a
}

func TestTxCommitsAndRollsBack(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		var calls []string
		err := s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			store.AfterCommit(ctx, func() { calls = append(calls, "first") })
			store.AfterCommit(ctx, func() { calls = append(calls, "second") })
			_, err := tx.App.Create().SetKey("shop").SetName("商城").Save(ctx)
			require.Zero(t, s.Read().App.Query().CountX(ctx), "a reader sees only what is committed, and does not wait")
			require.Empty(t, calls)
			return err
		})
		require.NoError(t, err)
		require.Equal(t, []string{"first", "second"}, calls)
		require.Equal(t, "商城", s.Read().App.Query().OnlyX(t.Context()).Name)

		boom := errors.New("boom")
		err = s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			store.AfterCommit(ctx, func() { calls = append(calls, "never") })
			tx.App.Update().SetName("changed").ExecX(ctx)
			return boom
		})
		require.ErrorIs(t, err, boom)
		require.Len(t, calls, 2)
		require.Equal(t, "商城", s.Read().App.Query().OnlyX(t.Context()).Name)

		require.PanicsWithValue(t, "oops", func() {
			_ = s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				tx.App.Update().SetName("changed").ExecX(ctx)
				panic("oops")
			})
		})
		require.Equal(t, "商城", s.Read().App.Query().OnlyX(t.Context()).Name)
		makeApp(t, s, "after-the-panic")
	})
}

func TestTxRefusesNesting(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		err := s.Tx(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
			return s.Tx(ctx, func(context.Context, *ent.Tx) error { return nil })
		})
		require.ErrorContains(t, err, "inside a transaction")
		require.Panics(t, func() { store.AfterCommit(t.Context(), func() {}) })
	})
}

// Transactions that read and then write the same row lose nothing, however many run at once.
func TestTxIsSerializable(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		a := makeApp(t, s, "shop")
		const workers, rounds = 8, 10
		var group errgroup.Group
		var mu sync.Mutex
		hooks := 0
		for range workers {
			group.Go(func() error {
				for range rounds {
					err := s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
						store.AfterCommit(ctx, func() { mu.Lock(); hooks++; mu.Unlock() })
						now, err := tx.App.Get(ctx, a.ID)
						if err != nil {
							return err
						}
						return tx.App.UpdateOneID(a.ID).SetLastBatch(now.LastBatch + 1).Exec(ctx)
					})
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
		require.Equal(t, workers*rounds, s.Read().App.GetX(t.Context(), a.ID).LastBatch)
		require.Equal(t, workers*rounds, hooks, "each commit has its hook called once, whatever ran again")
	})
}

// Two transactions that each decide by what the other writes cannot both succeed unseen (write skew).
func TestTxPreventsWriteSkew(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		var group errgroup.Group
		for i := range 8 {
			group.Go(func() error {
				return s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
					n, err := tx.App.Query().Where(app.NameEQ("only one")).Count(ctx)
					if err != nil || n > 0 {
						return err
					}
					return tx.App.Create().SetKey(fmt.Sprint("app-", i)).SetName("only one").Exec(ctx)
				})
			})
		}
		require.NoError(t, group.Wait())
		require.Equal(t, 1, s.Read().App.Query().Where(app.NameEQ("only one")).CountX(t.Context()))
	})
}

func TestReadRefusesToWrite(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		require.Error(t, s.Read().App.Create().SetKey("shop").SetName("Shop").Exec(t.Context()))
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a := makeApp(t, s, "shop")

		err := s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.Create().SetKey("shop").SetName("Another").Exec(ctx)
		})
		requireFault(t, err, fault.Conflict, "already_exists")
		var e *fault.Error
		require.ErrorAs(t, err, &e)
		require.Empty(t, e.Params, "names of tables are not for clients")
		require.Equal(t, "key", e.Fields[0].Path)

		err = s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			create := func() error {
				return tx.Terminal.Create().SetAppID(a.ID).SetKey("ios").SetName("iOS").SetKind(plan.TerminalKind("IOS")).Exec(ctx)
			}
			return errors.Join(create(), create())
		})
		requireFault(t, err, fault.Conflict, "already_exists")
		require.ErrorAs(t, err, &e)
		require.Empty(t, e.Params)

		err = s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			return tx.Environment.Create().SetAppID("app_none").SetKey("test").SetName("Test").Exec(ctx)
		})
		requireFault(t, err, fault.FailedPrecondition, "reference")

		err = s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			tx.Environment.Create().SetAppID(a.ID).SetKey("test").SetName("Test").ExecX(ctx)
			return tx.App.DeleteOneID(a.ID).Exec(ctx)
		})
		requireFault(t, err, fault.FailedPrecondition, "reference")

		own := fault.New(fault.Forbidden, "no", "no")
		err = s.Tx(ctx, func(context.Context, *ent.Tx) error { return fmt.Errorf("look: %w", own) })
		requireFault(t, err, fault.Forbidden, "no")

		gone, cancel := context.WithCancel(ctx)
		cancel()
		err = s.Tx(gone, func(context.Context, *ent.Tx) error { return nil })
		require.ErrorIs(t, err, context.Canceled)
	})
}

// Text that PostgreSQL cannot hold is the client's mistake, not an internal error.
func TestUnstorableText(t *testing.T) {
	t.Parallel()
	s := testkit.OpenStore(t, store.Options{DatabaseURL: testkit.Postgres(t)})
	for _, name := range []string{"nul \x00", "broken \xff"} {
		err := s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.Create().SetKey("k").SetName(name).Exec(ctx)
		})
		requireFault(t, err, fault.InvalidInput, "unstorable_text")
	}
}

func requireFault(t *testing.T, err error, code fault.Code, reason string) {
	t.Helper()
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
	require.Equal(t, reason, e.Reason)
	require.NotEmpty(t, e.Message)
}

// Both databases give back the time that was stored, in UTC, and compare and sort times exactly.
func TestTimesAreExact(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		shanghai := time.FixedZone("CST", 8*3600)
		base := time.Date(2026, 11, 23, 23, 59, 59, 0, shanghai)
		times := []time.Time{
			base, base.Add(time.Microsecond), base.Add(100 * time.Millisecond), base.Add(120 * time.Millisecond).UTC(),
			base.Add(time.Second), time.Date(1969, 1, 2, 3, 4, 5, 6000, time.UTC),
		}
		require.NoError(t, s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			for i, at := range times {
				tx.App.Create().SetKey(fmt.Sprint("app-", i)).SetName("A").SetCreatedAt(at).ExecX(ctx)
			}
			return nil
		}))
		for i, at := range times {
			got := s.Read().App.Query().Where(app.CreatedAtEQ(at)).OnlyX(ctx)
			require.Equal(t, fmt.Sprint("app-", i), got.Key)
			require.True(t, got.CreatedAt.Equal(at))
			_, offset := got.CreatedAt.Zone()
			require.Zero(t, offset)
		}
		require.Equal(t, []string{"app-5", "app-0", "app-1", "app-2", "app-3", "app-4"},
			s.Read().App.Query().Order(app.ByCreatedAt()).Select(app.FieldKey).StringsX(ctx))
		require.Equal(t, 3, s.Read().App.Query().Where(app.CreatedAtGT(times[1])).CountX(ctx))
	})
}

// Lists have the same order on both databases: that of the bytes.
func TestTextSortsByBytes(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		want := []string{"B", "Z", "_a", "a", "a-b", "ab", "é", "支付", "😀"}
		for _, key := range slices.Backward(want) {
			makeApp(t, s, key)
		}
		require.Equal(t, want, s.Read().App.Query().Order(app.ByKey()).Select(app.FieldKey).StringsX(t.Context()))
	})
}

func TestOpenCreatesAndReopensSQLite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b", "数据 #1?%41")
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	require.Equal(t, dialect.SQLite, s.Dialect())
	require.NoError(t, s.Ping(t.Context()))
	makeApp(t, s, "shop")
	require.NoError(t, s.Close())
	for _, name := range []string{"plan.db", "capture.db"} {
		_, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
	}
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "the data directory is nobody else's business")

	again := testkit.OpenStore(t, store.Options{Dir: dir})
	require.Equal(t, 1, again.Read().App.Query().CountX(t.Context()))
	require.Len(t, again.Stats(), 4)
}

// The files of a directory that others may read are still for nobody else, those that SQLite makes beside them included.
func TestSQLiteFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	s := testkit.OpenStore(t, store.Options{Dir: dir})
	makeApp(t, s, "shop")
	now := time.Now()
	_, err := s.LeaseCapture(t.Context(), "node", now, now.Add(time.Second))
	require.NoError(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
		names = append(names, e.Name())
	}
	require.Subset(t, names, []string{"plan.db", "plan.db-wal", "plan.db-shm", "capture.db", "capture.db-wal", "capture.db-shm"})
}

func TestOpenExisting(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mistyped")
	_, err := store.Open(t.Context(), store.Options{Dir: dir, Existing: true})
	requireFault(t, err, fault.FailedPrecondition, "no_data")
	require.ErrorContains(t, err, "there is no Waymark database in "+dir)
	require.NoDirExists(t, dir)
	_, err = store.Migrate(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	testkit.OpenStore(t, store.Options{Dir: dir, Existing: true})
}

// A directory that may not be written is said to be so: root, who may write everywhere, meets it in files that are none.
func TestUnwritableDataDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "capture.db"), 0o700))
	_, err := store.Open(t.Context(), store.Options{Dir: dir})
	requireFault(t, err, fault.Unavailable, "data_dir")
	require.ErrorContains(t, err, dir)

	if os.Getuid() == 0 {
		return
	}
	dir = t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err = store.Open(t.Context(), store.Options{Dir: dir})
	requireFault(t, err, fault.Unavailable, "data_dir")
	require.ErrorContains(t, err, "cannot be written by the user")
}

// Several processes may start on the same new directory or database: each migration is applied by one of them.
func TestMigrateConcurrently(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]store.Options{
		"sqlite":   {Dir: t.TempDir()},
		"postgres": {DatabaseURL: testkit.EmptyPostgres(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var group errgroup.Group
			var mu sync.Mutex
			var all []string
			for range 4 {
				group.Go(func() error {
					applied, err := store.Migrate(t.Context(), opts)
					mu.Lock()
					defer mu.Unlock()
					all = append(all, applied...)
					return err
				})
			}
			require.NoError(t, group.Wait())
			require.NotEmpty(t, all)
			seen := make(map[string]bool)
			for _, name := range all {
				require.False(t, seen[name], "%s was applied twice", name)
				seen[name] = true
			}
			testkit.OpenStore(t, opts)
		})
	}
}

func TestOpenRefusesUnmigratedPostgres(t *testing.T) {
	t.Parallel()
	opts := store.Options{DatabaseURL: testkit.EmptyPostgres(t)}
	_, err := store.Open(t.Context(), opts)
	requireFault(t, err, fault.FailedPrecondition, "not_migrated")
	require.ErrorContains(t, err, "waymark migrate")
	applied, err := store.Migrate(t.Context(), opts)
	require.NoError(t, err)
	require.NotEmpty(t, applied)
	testkit.OpenStore(t, opts)
}

// A database that a newer program has migrated is left alone.
func TestOpenRefusesNewerDatabase(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, _ *store.Store) {
		opts := store.Options{Dir: t.TempDir()}
		if strings.Contains(t.Name(), "postgres") {
			opts = store.Options{DatabaseURL: testkit.Postgres(t)}
		} else {
			_, err := store.Migrate(t.Context(), opts)
			require.NoError(t, err)
		}
		db, _, err := store.OpenRaw(t.Context(), opts)
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99990101000000, true)")
		require.NoError(t, errors.Join(err, db.Close()))
		_, err = store.Open(t.Context(), opts)
		requireFault(t, err, fault.FailedPrecondition, "database_too_new")
		_, err = store.Migrate(t.Context(), opts)
		requireFault(t, err, fault.FailedPrecondition, "database_too_new")
	})
}

// Errors of the first connection say what to do, and never show the password.
func TestOpenAdvises(t *testing.T) {
	t.Parallel()
	good := testkit.EmptyPostgres(t)
	for _, c := range []struct{ url, reason, advice string }{
		{"postgres://u:s3cret@127.0.0.1:1/waymark", "database_unavailable", "is PostgreSQL running"},
		{"postgres://u:s3cret@127.0.0.1:port/waymark", "database_url", "not a usable"},
		{"postgres://u:s3cret@127.0.0.1/waymark?sslmode=perhaps", "database_url", "not a usable"},
		{"mysql://u:s3cret@127.0.0.1/waymark", "database_url", "not a usable"},
		{strings.Replace(good, "waymark_scratch_", "waymark_missing_", 1), "database_unavailable", "create the database"},
	} {
		_, err := store.Open(t.Context(), store.Options{DatabaseURL: c.url})
		var e *fault.Error
		require.ErrorAs(t, err, &e, c.url)
		require.Equal(t, c.reason, e.Reason)
		require.Contains(t, e.Message, c.advice)
		require.NotContains(t, fmt.Sprintf("%v %v", e, errors.Unwrap(e)), "s3cret")
		require.NotContains(t, e.Message, errors.Unwrap(e).Error(), "who prints both says it once")
	}
	_, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(os.DevNull, "no")})
	requireFault(t, err, fault.Unavailable, "data_dir")
}
