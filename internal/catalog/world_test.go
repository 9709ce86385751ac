package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// world is a catalog on one database, with an app, and who works on it.
type world struct {
	t         testing.TB
	store     *store.Store
	catalog   *catalog.Service
	bus       *bus
	captured  *captured
	clock     *clock
	publisher *publisher

	// ctx is asked in by an administrator of everything.
	ctx  context.Context
	user *ent.User
	app  *ent.App
}

// eachStore runs f on each kind of database, in a world with the app "shop" on ios, android and web.
func eachStore(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Stores(t, func(t *testing.T, s *store.Store) { f(t, newWorld(t, s)) })
}

func newWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	w := &world{t: t, store: s, bus: &bus{}, captured: &captured{Store: s, reported: map[string]bool{}}, publisher: &publisher{}}
	w.clock = &clock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	w.catalog = catalog.New(catalog.Options{Store: s, Notifier: w.bus, Captured: w.captured, Publisher: w.publisher, Now: w.clock.tick})
	require.NoError(t, s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) (err error) {
		w.user, err = tx.User.Create().SetEmail("ann@shop.test").SetEmailKey("ann@shop.test").SetName("Ann").
			SetPasswordHash("-").Save(ctx)
		return err
	}))
	w.ctx = w.as(auth.Identity{UserID: w.user.ID, Name: "Ann", Organisation: auth.SetOf(auth.Admin)})
	w.app = w.newApp("shop")
	return w
}

// as returns a context in which somebody is asking.
func (w *world) as(who auth.Identity) context.Context {
	return auth.With(w.t.Context(), auth.NewPrincipal(who))
}

// in returns a context in which somebody with a role in an app is asking.
func (w *world) in(app *ent.App, roles ...auth.Role) context.Context {
	return w.as(auth.Identity{UserID: w.user.ID, Apps: map[string]auth.RoleSet{app.ID: auth.SetOf(roles...)}})
}

func (w *world) newApp(key string) *ent.App {
	w.t.Helper()
	app, err := w.catalog.CreateApp(w.ctx, catalog.CreateAppInput{
		Key: key, Name: "Shop", Terminals: []catalog.NewTerminalInput{
			{Key: "ios", Name: "iPhone", Kind: plan.TerminalIOS, Systems: []string{"iOS"}},
			{Key: "android", Name: "Android", Kind: plan.TerminalAndroid},
			{Key: "web", Name: "Web", Kind: plan.TerminalWeb},
		},
	})
	require.NoError(w.t, err)
	return app
}

func (w *world) newBatch(app *ent.App) *ent.Batch {
	w.t.Helper()
	b, err := w.catalog.CreateBatch(w.ctx, catalog.CreateBatchInput{App: app.Key, Title: "支付改版"})
	require.NoError(w.t, err)
	return b
}

// newProperty registers a property, in an app or (nil) globally.
func (w *world) newProperty(app *ent.App, key string, of catalog.PropertyTypeInput) *ent.Property {
	w.t.Helper()
	p, err := w.catalog.CreateProperty(w.ctx, catalog.CreatePropertyInput{
		App: keyOf(app), Key: key, Name: key, Type: of, Sensitivity: plan.SensitivityNone,
	})
	require.NoError(w.t, err)
	return p
}

// newValueSet registers a value set, in an app or (nil) globally.
func (w *world) newValueSet(app *ent.App, key string, values ...string) *ent.ValueSet {
	w.t.Helper()
	in := catalog.CreateValueSetInput{App: keyOf(app), Key: key, Name: key}
	for _, v := range values {
		in.Values = append(in.Values, plan.Value{Value: v, Label: "值 " + v})
	}
	v, err := w.catalog.CreateValueSet(w.ctx, in)
	require.NoError(w.t, err)
	return v
}

// newEvent plans an event with required properties, given by key.
func (w *world) newEvent(b *ent.Batch, key string, properties ...string) *ent.Event {
	w.t.Helper()
	in := tracked(b, key)
	for _, p := range properties {
		in.Properties = append(in.Properties, use(p))
	}
	e, err := w.catalog.CreateEvent(w.ctx, in)
	require.NoError(w.t, err)
	return e
}

func tracked(b *ent.Batch, key string) catalog.CreateEventInput {
	return catalog.CreateEventInput{
		Batch: b.Number, Kind: plan.KindTrack, Name: "事件 " + key, WireName: &key, Level: plan.LevelP1,
	}
}

func use(key string) catalog.EventPropertyInput {
	return catalog.EventPropertyInput{Key: &key, Presence: plan.PresenceRequired}
}

func text() catalog.PropertyTypeInput { return catalog.PropertyTypeInput{Base: plan.TypeString} }

func keyOf(app *ent.App) *string {
	if app == nil {
		return nil
	}
	return &app.Key
}

// version returns an app's plan version.
func (w *world) version(app *ent.App) int64 {
	w.t.Helper()
	versions, err := w.catalog.Versions(w.t.Context())
	require.NoError(w.t, err)
	return versions[app.ID]
}

// raises requires that f makes the app's version grow, by exactly one, and a notice go out; or neither.
func (w *world) raises(app *ent.App, grows bool, f func()) {
	w.t.Helper()
	before, notices := w.version(app), w.bus.count("plan."+app.ID)
	f()
	n := int64(0)
	if grows {
		n = 1
	}
	require.Equal(w.t, before+n, w.version(app), "plan version")
	require.Equal(w.t, notices+int(n), w.bus.count("plan."+app.ID), "notices")
}

// bus remembers notices.
type bus struct {
	mu       sync.Mutex
	subjects []string
}

func (b *bus) Notify(subject string, _ []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subjects = append(b.subjects, subject)
	return errors.New("nobody listens") // which commands survive
}

func (b *bus) count(subject string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.subjects {
		if s == subject {
			n++
		}
	}
	return n
}

// captured is what devices reported.
type captured struct {
	*store.Store

	mu        sync.Mutex
	reported  map[string]bool
	forgotten []string
}

func (c *captured) Reported(_ context.Context, eventID string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reported[eventID], nil
}

func (c *captured) CapturedIn(_ context.Context, environmentIDs []string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(environmentIDs, func(id string) bool { return c.reported[id] }), nil
}

func (*captured) CapturedEventsBySeq(context.Context, []int64) (map[int64]*capture.Captured, error) {
	return map[int64]*capture.Captured{}, nil
}

func (*captured) NewestKept(_ context.Context, things []store.UnplannedThing) ([]int64, error) {
	return make([]int64, len(things)), nil
}

func (*captured) CountPerson(context.Context, *store.Person) (store.PersonRows, error) {
	return store.PersonRows{}, nil
}

func (*captured) DeletePerson(context.Context, *store.Person) (store.PersonRows, error) {
	return store.PersonRows{}, nil
}

func (c *captured) ForgetEnvironment(ctx context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten = append(c.forgotten, id)
	return ctx.Err()
}

// clock goes on by a second whenever it is looked at, so that no two changes happen at one time.
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

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// details are what else a fault says.
type details struct {
	Params map[string]any
	Fields []fault.Field
}

// requireFault requires an error with a code and a reason, and returns what else it says.
func requireFault(t testing.TB, err error, code fault.Code, reason string) details {
	t.Helper()
	require.Error(t, err)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, string(code)+" "+reason, string(e.Code)+" "+e.Reason, e.Message)
	return details{e.Params, e.Fields}
}

// requireFields requires an INVALID_INPUT error with exactly these refused fields, as "path reason".
func requireFields(t testing.TB, err error, want ...string) {
	t.Helper()
	require.Error(t, err)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, fault.InvalidInput, e.Code, e.Message)
	got := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		got[i] = fmt.Sprintf("%s %s", f.Path, f.Reason)
	}
	require.ElementsMatch(t, want, got)
}

// requireUses requires that something is in use by exactly these, as "type name".
func requireUses(t testing.TB, err error, want ...string) {
	t.Helper()
	e := requireFault(t, err, fault.FailedPrecondition, "in_use")
	uses, ok := e.Params["uses"].([]catalog.Use)
	require.True(t, ok)
	got := make([]string, len(uses))
	for i, u := range uses {
		require.NotEmpty(t, u.ID)
		got[i] = u.Type + " " + u.Name
	}
	require.ElementsMatch(t, want, got)
	require.Equal(t, len(want), e.Params["total"])
}
