package app_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// model plays random edits, reviews, merges, publications, rollbacks, drops and cancellations by several people on the real
// services (model_moves_test.go), and holds what comes of them to what has to be so whatever happens: of releases
// (model_check_test.go), of the lines of events and of merges (model_line_test.go), of what is in force
// (model_delivery_test.go).
type model struct {
	store    *store.Store
	plans    *catalog.Service
	releases *release.Service
	ctx      context.Context            // an administrator's, who looks on
	people   map[string]*auth.Principal // those who play
	app      *ent.App
	envs     []*ent.Environment

	events     []*ent.Event
	batches    []string // numbers of those that are played with
	properties map[string]*ent.Property
	values     *ent.ValueSet // what property b may draw on
	// chosen are the sides that conflicts were settled with, by the revision that had them and the field.
	chosen map[string]map[string]diff.Side
	// after is what each release of an environment left, times when it was made.
	after map[string][]held
	times map[string][]time.Time
	// lines are the approvals of events that were looked at already.
	lines map[string][]*ent.Approval
	seen  map[string]string // what is never to change says, by id
}

// held is what an environment goes by: the hash, or that it is offline, by event, terminal and starting version.
type held map[[3]string]string

// The versions that batches are meant for, and published from.
var versions = []string{"8.0", "8.1", "9"}

// Those who play, and who of them does what.
var (
	people = map[string]auth.RoleSet{
		"ann": auth.SetOf(auth.Editor, auth.Reviewer), "bob": auth.SetOf(auth.Editor), "ray": auth.SetOf(auth.Reviewer),
		"dan": auth.SetOf(auth.Developer, auth.Tester), "tim": auth.SetOf(auth.Tester),
	}
	everybody  = []string{"ann", "bob", "ray", "dan", "tim"}
	editors    = []string{"ann", "bob"}
	reviewers  = []string{"ann", "ray"}
	developers = []string{"dan"}
	testers    = []string{"dan", "tim"}
)

func newModel(t *rapid.T, s *store.Store, number int) *model {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	m := &model{
		store: s, people: map[string]*auth.Principal{}, properties: map[string]*ent.Property{},
		chosen: map[string]map[string]diff.Side{}, after: map[string][]held{}, times: map[string][]time.Time{},
		lines: map[string][]*ent.Approval{}, seen: map[string]string{},
	}
	m.plans, m.releases = app.Governance(s, silent{}, func() time.Time { now = now.Add(time.Second); return now }, slog.New(slog.DiscardHandler))
	m.ctx = auth.With(context.Background(), auth.NewPrincipal(auth.Identity{UserID: "usr_adm", Name: "Adm", Organisation: auth.SetOf(auth.Admin)}))
	key := fmt.Sprintf("app%d", number)
	var err error
	m.app, err = m.plans.CreateApp(m.ctx, catalog.CreateAppInput{Key: key, Name: "App", Terminals: []catalog.NewTerminalInput{
		{Key: "ios", Name: "iOS", Kind: plan.TerminalIOS}, {Key: "web", Name: "Web", Kind: plan.TerminalWeb},
	}})
	require.NoError(t, err)
	template := rapid.SampledFrom([]plan.Template{plan.TemplateLight, plan.TemplateStandard, plan.TemplateStrict}).Draw(t, "template")
	m.app, err = m.plans.UpdateApp(m.ctx, catalog.UpdateAppInput{ID: m.app.ID, Template: &template})
	require.NoError(t, err)
	for name, roles := range people {
		m.people[name] = auth.NewPrincipal(auth.Identity{UserID: "usr_" + name, Name: name, Apps: map[string]auth.RoleSet{m.app.ID: roles}})
	}
	m.share(t, number)
	m.envs = s.Read().Environment.Query().Where(environment.AppID(m.app.ID)).Order(environment.ByPosition()).AllX(m.ctx)
	return m
}

// share registers what events share: a value set, properties of the app, and one that is global.
func (m *model) share(t *rapid.T, number int) {
	var err error
	m.values, err = m.plans.CreateValueSet(m.ctx, catalog.CreateValueSetInput{
		App: &m.app.Key, Key: "v", Name: "v", Values: []catalog.EnumValueInput{{Value: "1"}, {Value: "2"}},
	})
	require.NoError(t, err)
	for _, k := range []string{"a", "b", "c"} {
		in := catalog.CreatePropertyInput{
			App: &m.app.Key, Key: k, Name: k, Type: catalog.PropertyTypeInput{Base: plan.TypeString}, Sensitivity: plan.SensitivityNone,
		}
		switch k {
		case "b":
			in.Type.Constraints = &catalog.ConstraintsInput{ValueSetKey: &m.values.Key}
		case "c":
			in.App, in.Key = nil, fmt.Sprintf("c%d", number) // the rounds share a database
		}
		m.properties[k], err = m.plans.CreateProperty(m.ctx, in)
		require.NoError(t, err)
	}
}

// last is what an environment's newest release left, as far as it is known.
func (m *model) last(env *ent.Environment) held {
	if n := len(m.after[env.Key]); n > 0 {
		return m.after[env.Key][n-1]
	}
	return held{}
}

// now is what an environment goes by.
func (m *model) now(t *rapid.T, env *ent.Environment) held {
	rows, err := m.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID), releaseslot.EndedIsNil()).All(m.ctx)
	require.NoError(t, err)
	return heldBy(t, rows)
}

func heldBy(t *rapid.T, rows []*ent.ReleaseSlot) held {
	s := held{}
	for _, r := range rows {
		at := [3]string{r.EventID, r.Terminal, r.FromVersion}
		require.NotContains(t, s, at, "one thing holds at a time: %s", at)
		s[at] = fmt.Sprint(r.Hash, r.Offline)
	}
	return s
}

// apply does to what holds what a comparison says.
func apply(s held, changes []*release.EventChange) held {
	out := maps.Clone(s)
	for _, c := range changes {
		for _, slot := range c.Slots {
			at := [3]string{c.EventID, slot.Terminal, slot.From}
			delete(out, at)
			if slot.After != nil {
				out[at] = fmt.Sprint(slot.After.Hash, slot.After.Offline)
			}
		}
	}
	return out
}

// play is the property: whatever happens, what has to be so is so.
func play(s *store.Store, number *int) func(*rapid.T) {
	return func(t *rapid.T) {
		*number++
		m := newModel(t, s, *number)
		t.Repeat(map[string]func(*rapid.T){
			"": m.Check, "plan": m.Plan, "import": m.Import, "raise": m.Raise, "edit": m.Edit, "share": m.Share, "values": m.Values,
			"approve": m.Approve, "approve on": m.Approve, "review": m.Review, "deliver": m.Deliver, "deliver on": m.Deliver,
			"hand over": m.HandOver, "take offline": m.TakeOffline, "publish": m.Publish, "roll back": m.RollBack,
		})
	}
}

// TestWhateverHappens plays a few rounds; FuzzWhateverHappens plays as many as there is time for.
func TestWhateverHappens(t *testing.T) {
	// Not beside other tests, for what rapid is told by a flag.
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	for _, on := range []struct{ rounds, database string }{{"12", "sqlite"}, {"3", "postgres"}} {
		t.Run(on.database, func(t *testing.T) {
			if !given {
				require.NoError(t, flag.Set("rapid.checks", on.rounds))
			}
			number := 0
			rapid.Check(t, play(playground(t, on.database), &number))
		})
	}
}

// playground is an empty database of a kind.
func playground(t *testing.T, database string) *store.Store {
	t.Helper()
	if database == "postgres" {
		return testkit.OpenStore(t, store.Options{DatabaseURL: testkit.Postgres(t)})
	}
	return testkit.SQLite(t)
}

func FuzzWhateverHappens(f *testing.F) {
	s, number := testkit.SQLite(f), 0
	f.Fuzz(rapid.MakeFuzz(play(s, &number)))
}
