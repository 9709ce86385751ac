package audit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/auditentry"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// world is a database in which Lin changes things.
type world struct {
	*store.Store
	t   *testing.T
	ctx context.Context
}

type lin struct{}

func (lin) Actor() (audit.Actor, bool) {
	return audit.Actor{Kind: audit.Person, UserID: "usr_lin", Name: "Lin"}, true
}

func eachStore(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := audit.WithRequest(audit.WithActor(t.Context(), lin{}), "req-1")
		f(t, &world{Store: s, t: t, ctx: ctx})
	})
}

// change runs a command and returns its entries.
func (w *world) change(f func(ctx context.Context, tx *ent.Tx) error) []*ent.AuditEntry {
	w.t.Helper()
	before := w.Read().AuditEntry.Query().CountX(w.t.Context())
	require.NoError(w.t, w.Tx(w.ctx, f))
	return w.Read().AuditEntry.Query().Order(ent.Asc(auditentry.FieldCreatedAt, auditentry.FieldID)).Offset(before).AllX(w.t.Context())
}

// short is an entry in one line.
func short(e *ent.AuditEntry) string {
	return fmt.Sprintf("%s %s %s %s → %s", e.Action, e.ObjectType, e.ObjectName, e.Before, e.After)
}

func shorts(list []*ent.AuditEntry) (out []string) {
	for _, e := range list {
		out = append(out, short(e))
	}
	return out
}

func newApp(key string) func(ctx context.Context, tx *ent.Tx) error {
	return func(ctx context.Context, tx *ent.Tx) error {
		return tx.App.Create().SetID("app_" + key).SetKey(key).SetName("App").Exec(ctx)
	}
}

func TestEachWayOfChangingIsSeen(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		made := w.change(newApp("shop"))
		require.Len(t, made, 1)
		require.Equal(t, `createApp App shop  → {"key":"shop","name":"App","template":"LIGHT"}`, short(made[0]))
		require.Equal(t, "app_shop", made[0].AppID)
		require.Equal(t, "CREATED", made[0].Operation)
		require.Equal(t, "PERSON", made[0].ActorKind)
		require.Equal(t, "usr_lin", made[0].ActorID)
		require.Equal(t, "Lin", made[0].ActorName)
		require.Equal(t, "req-1", made[0].RequestID)

		w.change(func(ctx context.Context, tx *ent.Tx) error {
			return tx.Terminal.CreateBulk(
				tx.Terminal.Create().SetID("trm_a").SetAppID("app_shop").SetKey("ios").SetName("A").SetKind("IOS"),
				tx.Terminal.Create().SetID("trm_b").SetAppID("app_shop").SetKey("web").SetName("B").SetKind("WEB"),
			).Exec(ctx)
		})
		many := w.change(func(ctx context.Context, tx *ent.Tx) error {
			return tx.Terminal.Update().Where(terminal.AppID("app_shop")).SetName("New").Exec(ctx)
		})
		require.Equal(t, []string{
			`updateTerminal Terminal ios {"key":"ios","kind":"IOS","name":"A","position":0} → {"key":"ios","kind":"IOS","name":"New","position":0}`,
			`updateTerminal Terminal web {"key":"web","kind":"WEB","name":"B","position":0} → {"key":"web","kind":"WEB","name":"New","position":0}`,
		}, shorts(many))
		byRow := w.change(func(ctx context.Context, tx *ent.Tx) error {
			return tx.Terminal.GetX(ctx, "trm_a").Update().SetPosition(7).Exec(ctx)
		})
		require.Equal(t, []string{
			`updateTerminal Terminal ios {"key":"ios","kind":"IOS","name":"New","position":0} → {"key":"ios","kind":"IOS","name":"New","position":7}`,
		}, shorts(byRow))
		gone := w.change(func(ctx context.Context, tx *ent.Tx) error {
			if err := tx.Terminal.DeleteOneID("trm_a").Exec(ctx); err != nil {
				return err
			}
			_, err := tx.Terminal.Delete().Where(terminal.Key("web")).Exec(ctx)
			return err
		})
		require.Equal(t, []string{
			`deleteTerminal Terminal ios {"key":"ios","kind":"IOS","name":"New","position":7} → `,
			`deleteTerminal Terminal web {"key":"web","kind":"WEB","name":"New","position":0} → `,
		}, shorts(gone))
		for _, e := range gone {
			require.Equal(t, "app_shop", e.AppID)
			require.Equal(t, "DELETED", e.Operation)
		}
	})
}

// TestOneEntryForEachObjectAndCommand: what happens to an object within one command is one change.
func TestOneEntryForEachObjectAndCommand(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.change(newApp("shop"))
		w.ctx = audit.WithAction(w.ctx, "rename")
		entries := w.change(func(ctx context.Context, tx *ent.Tx) error {
			tx.App.UpdateOneID("app_shop").SetName("One").ExecX(ctx)
			tx.App.Update().Where(app.Key("shop")).SetName("Two").ExecX(ctx)
			tx.App.UpdateOneID("app_shop").SetDescription("Three").ExecX(ctx)
			tx.Batch.Create().SetID("bat_1").SetAppID("app_shop").SetSeq(1).SetNumber("SHOP-0001").SetTitle("x").ExecX(ctx)
			tx.Batch.Update().Where(batch.ID("bat_1")).SetTitle("y").ExecX(ctx)
			tx.Batch.Create().SetID("bat_2").SetAppID("app_shop").SetSeq(2).SetNumber("SHOP-0002").SetTitle("x").ExecX(ctx)
			return tx.Batch.DeleteOneID("bat_2").Exec(ctx)
		})
		require.Equal(t, []string{
			`rename App shop {"key":"shop","name":"App","template":"LIGHT"} → {"description":"Three","key":"shop","name":"Two","template":"LIGHT"}`,
			`rename Batch SHOP-0001  → {"number":"SHOP-0001","review":"DRAFT","seq":1,"state":"DRAFT","title":"y","type":"NORMAL"}`,
		}, shorts(entries))
		require.Equal(t, "bat_1", entries[1].BatchID)
	})
}

func TestWhatNobodyDecidedLeavesNoEntry(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.change(newApp("shop"))
		require.Empty(t, w.change(func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.UpdateOneID("app_shop").SetName("App").AddPlanVersion(1).SetUpdatedByID("usr_2").Exec(ctx)
		}))
		w.ctx = audit.Quietly(w.ctx)
		require.Empty(t, w.change(func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.UpdateOneID("app_shop").SetName("Quiet").Exec(ctx)
		}))
	})
}

func TestSecretsAreNotTold(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		made := w.change(func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.Create().SetID("usr_1").SetEmail("A@b.test").SetEmailKey("a@b.test").SetName("A").SetPasswordHash("h1").Exec(ctx)
		})
		require.Equal(t, []string{`createUser User A  → {"email":"A@b.test","name":"A"}`}, shorts(made))
		require.Empty(t, made[0].AppID)
		changed := w.change(func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.UpdateOneID("usr_1").SetPasswordHash("h2").Exec(ctx)
		})
		require.Equal(t, []string{
			`updateUser User A {"email":"A@b.test","name":"A"} → {"email":"A@b.test","name":"A","passwordChanged":true}`,
		}, shorts(changed))
		granted := w.change(func(ctx context.Context, tx *ent.Tx) error {
			if err := newApp("shop")(ctx, tx); err != nil {
				return err
			}
			return tx.Membership.Create().SetUserID("usr_1").SetAppID("app_shop").SetRole("EDITOR").Exec(ctx)
		})
		require.Equal(t, `createMembership Membership A EDITOR  → {"mapped":false,"role":"EDITOR","userId":"usr_1"}`, short(granted[1]))
		require.Equal(t, "app_shop", granted[1].AppID)
	})
}

func TestTheServerItselfIsNamed(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.ctx = t.Context()
		e := w.change(newApp("shop"))[0]
		require.Equal(t, "SYSTEM", e.ActorKind)
		require.Empty(t, e.ActorID)
	})
}

// TestNobodyChangesAnEntry: neither through ent nor past it.
func TestNobodyChangesAnEntry(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		id := w.change(newApp("shop"))[0].ID
		const stays = "entries of the audit log are neither changed nor deleted"
		for _, statement := range []string{
			"UPDATE audit_entries SET actor_name = 'Nobody'", "DELETE FROM audit_entries", "DELETE FROM audit_entries WHERE id = '" + id + "'",
		} {
			err := w.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			require.ErrorContains(t, err, stays, statement)
		}
		if w.Dialect() == "postgres" {
			require.Error(t, w.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
				_, err := tx.ExecContext(ctx, "TRUNCATE audit_entries")
				return err
			}))
		} else {
			require.Error(t, w.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries")
				return err
			}))
		}
		require.ErrorContains(t, w.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
			_, err := tx.AuditEntry.Delete().Exec(ctx)
			return errors.Join(errors.New("refused"), err)
		}), "refused")
		require.Error(t, w.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
			return tx.AuditEntry.Create().SetActorKind("PERSON").SetActorName("x").SetAction("x").SetOperation("CREATED").
				SetObjectType("App").SetObjectID("x").SetObjectName("x").Exec(ctx)
		}), "nobody writes an entry of their own")
		require.Equal(t, id, w.Read().AuditEntry.Query().OnlyX(t.Context()).ID)
	})
}

// TestAChangeBesideTheRecorderIsRefused: a context from elsewhere does not get around the audit log.
func TestAChangeBesideTheRecorderIsRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		elsewhere := t.Context()
		require.Error(t, w.Tx(w.ctx, func(_ context.Context, tx *ent.Tx) error {
			return tx.App.Create().SetKey("shop").SetName("x").Exec(elsewhere)
		}))
		require.Zero(t, w.Read().App.Query().CountX(t.Context()))
	})
}

// TestManyAtOnce: one command may change more than what fits into one statement.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.change(newApp("shop"))
		entries := w.change(func(ctx context.Context, tx *ent.Tx) error {
			rows := make([]*ent.BatchCreate, 1201)
			for i := range rows {
				rows[i] = tx.Batch.Create().SetAppID("app_shop").SetSeq(i).SetNumber(fmt.Sprintf("SHOP-%d", i)).SetTitle("x")
			}
			if err := tx.Batch.CreateBulk(rows...).Exec(ctx); err != nil {
				return err
			}
			return tx.Batch.Update().SetTitle("y").Exec(ctx)
		})
		require.Len(t, entries, 1201)
		for i, e := range entries {
			require.Equal(t, fmt.Sprintf("SHOP-%d", i), e.ObjectName, "in the order in which they were touched")
			require.Contains(t, string(e.After), `"title":"y"`)
		}
	})
}
