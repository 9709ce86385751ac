package release_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// world is an app "shop" on ios, android and web, with the environments test and production, on one database. What
// reviews approve is written by hand: catalog's part.
type world struct {
	t        testing.TB
	store    *store.Store
	releases *release.Service
	bus      *bus
	clock    *clock
	ctx      context.Context // an administrator's
	user     *ent.User
	app      *ent.App
	test     *ent.Environment
	prod     *ent.Environment
	batches  int
	// positions are those of the newest approvals, for approvals in bulk.
	positions map[string]int
}

func eachStore(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Stores(t, func(t *testing.T, s *store.Store) { f(t, newWorld(t, s)) })
}

func newWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	w := &world{t: t, store: s, bus: &bus{}, positions: map[string]int{}, clock: &clock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}}
	w.releases = release.New(release.Options{Store: s, Notifier: w.bus, Deliveries: nowhere{}, Now: w.clock.tick})
	w.write(func(ctx context.Context, tx *ent.Tx) (err error) {
		w.user, err = tx.User.Create().SetEmail("ann@shop.test").SetEmailKey("ann@shop.test").SetName("Ann").SetPasswordHash("-").Save(ctx)
		return err
	})
	w.ctx = auth.With(t.Context(), auth.NewPrincipal(auth.Identity{UserID: w.user.ID, Name: "Ann", Organisation: auth.SetOf(auth.Admin)}))
	w.app, w.test, w.prod = w.newApp("shop")
	return w
}

// nowhere are deliveries that nothing bars, and that nobody asks for.
type nowhere struct{}

func (nowhere) Admit(context.Context, *ent.Tx, *release.Passage) ([]*fault.Error, error) {
	return nil, nil
}

func (nowhere) Published(context.Context, *ent.Tx, *release.Passage, string) error { return nil }

func (nowhere) RolledBack(context.Context, *ent.Tx, string, int, string) error {
	return nil
}

// write changes the database as other services would.
func (w *world) write(fn func(ctx context.Context, tx *ent.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.store.Tx(context.WithoutCancel(w.t.Context()), fn))
}

func (w *world) newApp(key string) (a *ent.App, test, prod *ent.Environment) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *ent.Tx) (err error) {
		if a, err = tx.App.Create().SetKey(key).SetName("Shop").Save(ctx); err != nil {
			return err
		}
		for i, k := range []string{"ios", "android", "web"} {
			err = errors.Join(err, tx.Terminal.Create().SetAppID(a.ID).SetKey(k).SetName(k).SetKind(plan.TerminalIOS).SetPosition(i).Exec(ctx))
		}
		var err1, err2 error
		test, err1 = tx.Environment.Create().SetAppID(a.ID).SetKey("test").SetName("Test").Save(ctx)
		prod, err2 = tx.Environment.Create().SetAppID(a.ID).SetKey("production").SetName("Production").SetPosition(1).Save(ctx)
		return errors.Join(err, err1, err2)
	})
	return a, test, prod
}

// newBatch makes a batch in a state of review.
func (w *world) newBatch(change ...func(*ent.BatchCreate)) (b *ent.Batch) {
	w.t.Helper()
	w.batches++
	w.write(func(ctx context.Context, tx *ent.Tx) (err error) {
		c := tx.Batch.Create().SetAppID(w.app.ID).SetSeq(w.batches).SetNumber(fmt.Sprintf("SHOP-%04d", w.batches)).SetTitle("需求").
			SetState("APPROVED").SetReview("APPROVED").SetCreatedByID(w.user.ID)
		for _, f := range change {
			f(c)
		}
		b, err = c.Save(ctx)
		return err
	})
	return b
}

// newEvent makes an event that a batch introduces, and nothing on its line.
func (w *world) newEvent(key string) (e *ent.Event) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *ent.Tx) (err error) {
		first, err := tx.Batch.Query().Order(batch.ByID()).FirstID(ctx)
		if err != nil {
			return err
		}
		e, err = tx.Event.Create().SetAppID(w.app.ID).SetBatchID(first).SetKey(key).SetKind(plan.KindTrack).SetName(key).SetWireName(key).Save(ctx)
		return err
	})
	return e
}

// newItem takes an event into a batch.
func (w *world) newItem(b *ent.Batch, e *ent.Event, change ...func(*ent.BatchItemCreate)) (i *ent.BatchItem) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *ent.Tx) (err error) {
		c := tx.BatchItem.Create().SetBatchID(b.ID).SetKind(plan.ItemEvent).SetEventID(e.ID)
		for _, f := range change {
			f(c)
		}
		i, err = c.Save(ctx)
		return err
	})
	return i
}

// says returns a definition of an event that says something.
func says(e *ent.Event, text string) *plan.Frozen {
	return &plan.Frozen{
		EventID: e.ID, Key: e.Key, Kind: plan.KindTrack, Name: e.Name, WireName: e.WireName, Level: plan.LevelP1, Description: text,
	}
}

// carries returns a definition with required properties.
func carries(e *ent.Event, properties ...string) *plan.Frozen {
	f := says(e, "")
	for _, p := range properties {
		f.Properties = append(f.Properties, plan.FrozenProperty{
			PropertyID: "prp_" + p, Key: p, Name: p, Type: plan.Type{Base: plan.TypeString}, Sensitivity: plan.SensitivityNone,
			Presence: plan.PresenceRequired,
		})
	}
	return f
}

// approve puts a definition on an event's line, because of an item.
func (w *world) approve(i *ent.BatchItem, f *plan.Frozen, change ...func(*ent.ApprovalCreate)) (a *ent.Approval) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *ent.Tx) (err error) {
		a, err = approveIn(ctx, tx, i, f, change...)
		return err
	})
	return a
}

func approveIn(ctx context.Context, tx *ent.Tx, i *ent.BatchItem, f *plan.Frozen, change ...func(*ent.ApprovalCreate)) (*ent.Approval, error) {
	e, err := tx.Event.Get(ctx, f.EventID)
	if err != nil {
		return nil, err
	}
	if there, err := tx.Frozen.Get(ctx, f.Hash()); ent.IsNotFound(err) {
		err = tx.Frozen.Create().SetID(f.Hash()).SetBody(f.Canonical()).Exec(ctx)
		if err != nil {
			return nil, err
		}
	} else if err != nil || there == nil {
		return nil, err
	}
	c := tx.Approval.Create().SetID(schema.NewID("apv")).SetEventID(e.ID).SetRevisionID("rev_" + f.Hash()[:8]).SetHash(f.Hash()).
		SetCause(plan.CauseEvent).SetBatchID(i.BatchID).SetItemID(i.ID).SetPosition(e.LastApproval + 1)
	if e.ApprovalID != "" {
		c.SetPreviousID(e.ApprovalID)
	}
	for _, f := range change {
		f(c)
	}
	a, err := c.Save(ctx)
	if err != nil || a.Position == nil {
		return a, err
	}
	return a, e.Update().SetLastApproval(*a.Position).SetApprovalID(a.ID).Exec(ctx)
}

// newChange is a batch with one item that puts a definition on an event's line.
func (w *world) newChange(f *plan.Frozen, change ...func(*ent.BatchCreate)) (*ent.Batch, *ent.BatchItem) {
	w.t.Helper()
	b := w.newBatch(change...)
	i := w.newItem(b, &ent.Event{ID: f.EventID})
	w.approve(i, f)
	return b, i
}

// beside makes an approval a hotfix, made from another.
func beside(from *ent.Approval) func(*ent.ApprovalCreate) {
	return func(c *ent.ApprovalCreate) { c.Mutation().ResetPosition(); c.SetPreviousID(from.ID) }
}

func cause(of plan.ApprovalCause) func(*ent.ApprovalCreate) {
	return func(c *ent.ApprovalCreate) { c.SetCause(of) }
}

// publish publishes a batch.
func (w *world) publish(env *ent.Environment, b *ent.Batch, change ...func(*release.PublishInput)) *release.Outcome {
	w.t.Helper()
	out, err := w.tryPublish(env, b, change...)
	require.NoError(w.t, err)
	return out
}

func (w *world) tryPublish(env *ent.Environment, b *ent.Batch, change ...func(*release.PublishInput)) (*release.Outcome, error) {
	in := release.PublishInput{App: w.app.Key, Environment: env.Key, Reason: "it was decided"}
	if b != nil {
		in.Batch = &b.Number
	}
	for _, f := range change {
		f(&in)
	}
	return w.releases.Publish(w.ctx, in)
}

func from(version string) func(*release.PublishInput) {
	return func(in *release.PublishInput) { in.FromVersion = &version }
}

func onlyOn(terminals ...string) func(*release.PublishInput) {
	return func(in *release.PublishInput) { in.Terminals = terminals }
}

// held returns what an environment goes by now, as "key terminal from: text", where text is the definition's description
// and properties, or "offline".
func (w *world) held(env *ent.Environment) []string {
	w.t.Helper()
	slots, err := w.store.Read().ReleaseSlot.Query().All(w.t.Context())
	require.NoError(w.t, err)
	list := []string{}
	for _, s := range slots {
		if s.EnvironmentID == env.ID && s.Ended == nil {
			list = append(list, w.text(s))
		}
	}
	return list
}

func (w *world) text(s *ent.ReleaseSlot) string {
	w.t.Helper()
	row, err := w.store.Read().Frozen.Get(w.t.Context(), s.Hash)
	require.NoError(w.t, err)
	f, err := plan.ParseFrozen(row.Body)
	require.NoError(w.t, err)
	text := f.Description
	for _, p := range f.Properties {
		text += "+" + p.Key
	}
	if s.Offline {
		text = "offline"
	}
	return fmt.Sprintf("%s %s %s: %s", f.Key, s.Terminal, s.FromVersion, text)
}

// tester is a test, or one of rapid's.
type tester interface {
	require.TestingT
	Helper()
}

// details are what else a fault says.
type details struct{ Params map[string]any }

// requireFault requires an error with a code and a reason, and returns what else it says.
func requireFault(t tester, err error, code fault.Code, reason string) details {
	t.Helper()
	require.Error(t, err)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, string(code)+" "+reason, string(e.Code)+" "+e.Reason, e.Message)
	require.NotEmpty(t, e.Message)
	return details{e.Params}
}

type bus struct {
	mu       sync.Mutex
	subjects []string
}

func (b *bus) Notify(subject string, _ []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subjects = append(b.subjects, subject)
	return errors.New("nobody listens") // which a release survives
}

func (b *bus) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.subjects)
}

// clock goes on by a second whenever it is looked at.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) tick() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}
