package release_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

func dry(in *release.PublishInput) { in.DryRun = true }

func TestPublishPutsABatchInForce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		first := w.newBatch()
		pay, view := w.newEvent("pay"), w.newEvent("view")
		w.approve(w.newItem(first, pay), carries(pay, "amount"))
		w.newEvent("draft_only")
		second, _ := w.newChange(says(view, "a"))

		before := w.bus.count()
		out := w.publish(w.prod, first)
		require.Equal(t, 1, out.Release.Number)
		require.Equal(t, 0, out.BaseRelease)
		require.Equal(t, 2, out.DraftsLeft, "view and draft_only")
		require.Equal(t, []string{first.ID}, out.Release.BatchIds)
		require.Equal(t, w.user.ID, out.Release.CreatedByID)
		require.Len(t, out.Changes, 1)
		require.Equal(t, release.EventAdded, out.Changes[0].Kind)
		require.Equal(t, "pay", out.Changes[0].Key)
		require.ElementsMatch(t, []string{"pay ios : +amount", "pay android : +amount", "pay web : +amount"}, w.held(w.prod))
		require.Empty(t, w.held(w.test))
		require.Equal(t, before+1, w.bus.count(), "every node is told once")

		_, err := w.tryPublish(w.prod, first)
		requireFault(t, err, fault.FailedPrecondition, "nothing_to_publish")
		out = w.publish(w.prod, second)
		require.Equal(t, 2, out.Release.Number, "a refused publication takes no number")
		require.Zero(t, out.DraftsLeft)
		require.Equal(t, before+2, w.bus.count(), "nobody is told of a refused one")
	})
}

func TestStartingVersions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay := w.newEvent("pay")
		w.approve(w.newItem(b1, pay), carries(pay))
		w.publish(w.prod, b1)
		b2, _ := w.newChange(carries(pay, "amount"), func(c *ent.BatchCreate) { c.SetTargetVersions(map[string]string{"ios": "8.6.0"}) })
		w.publish(w.prod, b2, onlyOn("ios"))
		require.ElementsMatch(t, []string{"pay ios : ", "pay ios 8.6.0: +amount", "pay android : ", "pay web : "}, w.held(w.prod))

		out := w.publish(w.prod, b2, func(in *release.PublishInput) {
			in.Terminals = []string{"ios", "android"}
			in.FromVersions = []release.StartInput{{Terminal: "android", Version: "8.7"}}
		})
		require.ElementsMatch(t, []string{
			"pay ios : ", "pay ios 8.6.0: +amount", "pay android : ", "pay android 8.7: +amount", "pay web : ",
		}, w.held(w.prod), "what holds already is not written again")
		require.Len(t, out.Changes[0].Slots, 1)

		b3, _ := w.newChange(carries(pay, "amount", "currency"))
		w.publish(w.prod, b3) // from where the newest starts
		require.ElementsMatch(t, []string{
			"pay ios : ", "pay ios 8.6.0: +amount+currency", "pay android : ", "pay android 8.7: +amount+currency",
			"pay web : +amount+currency",
		}, w.held(w.prod))
		_, err := w.tryPublish(w.prod, b3, onlyOn("ios"), from("8.5"))
		e := requireFault(t, err, fault.FailedPrecondition, "ancestor_unpublished")
		require.Equal(t, b2.Number, e.Params["batch"], "it has what holds from 8.6.0 on only")
		w.publish(w.prod, nil, func(in *release.PublishInput) { in.Items = w.items(b2, b3) }, onlyOn("ios"), from("8.5"))
		require.Contains(t, w.held(w.prod), "pay ios 8.5: +amount+currency")
		require.NotContains(t, w.held(w.prod), "pay ios 8.6.0: +amount+currency", "later starting versions end")

		_, err = w.tryPublish(w.prod, b3, from("next"))
		requireFault(t, err, fault.InvalidInput, "invalid_input")
		_, err = w.tryPublish(w.prod, b3, onlyOn("tv"))
		requireFault(t, err, fault.InvalidInput, "invalid_input")
	})
}

func TestAncestorsOfOtherBatches(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay := w.newEvent("pay")
		w.approve(w.newItem(b1, pay), says(pay, "1"))
		b2, i2 := w.newChange(says(pay, "12"))
		b3, _ := w.newChange(says(pay, "123"))
		b4, _ := w.newChange(says(pay, "1234"))
		w.publish(w.prod, b1)

		_, err := w.tryPublish(w.prod, b3)
		e := requireFault(t, err, fault.FailedPrecondition, "ancestor_unpublished")
		require.Equal(t, b2.Number, e.Params["batch"])
		require.Equal(t, b2.ID, e.Params["batchId"])
		require.Equal(t, "pay", e.Params["eventKey"])
		out := w.publish(w.prod, b3, dry)
		require.Len(t, out.Refusals, 1)
		require.Equal(t, "ancestor_unpublished", out.Refusals[0].Reason)

		// Taken back on the line, the change stands in nobody's way, and what is published is the newest without it.
		w.approve(i2, says(pay, "134"), cause(plan.CauseRevert))
		_, err = w.tryPublish(w.prod, b3)
		e = requireFault(t, err, fault.FailedPrecondition, "ancestor_unpublished")
		require.Equal(t, b4.Number, e.Params["batch"], "b3's own entry has what was taken back, the newest b4's change")
		w.publish(w.prod, b3, func(in *release.PublishInput) { in.Batch = nil; in.Items = w.items(b3, b4) })
		require.Contains(t, w.held(w.prod), "pay ios : 134")

		// What production has stands in nobody's way elsewhere, which has had nothing of it.
		w.publish(w.test, b4)
		require.Contains(t, w.held(w.test), "pay ios : 134")
		b5, _ := w.newChange(says(pay, "1345"))
		b6, _ := w.newChange(says(pay, "13456"))
		_, err = w.tryPublish(w.test, b6)
		require.Equal(t, b5.Number, requireFault(t, err, fault.FailedPrecondition, "ancestor_unpublished").Params["batch"])
	})
}

// Three batches change an event, each from a version on. What one of them publishes is its own change, wherever it comes to.
func TestWhatIsPublishedOnATerminalBringsNothingElseThere(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newBatch()
		pay := w.newEvent("pay")
		meant := func(version string) func(*ent.BatchCreate) {
			return func(c *ent.BatchCreate) {
				c.SetTargetVersions(map[string]string{"ios": version, "android": version, "web": version})
			}
		}
		b1, i1 := w.newChange(says(pay, "1"), meant("8.6"))
		b2, _ := w.newChange(says(pay, "12"), meant("8.7"))
		b3, _ := w.newChange(says(pay, "123"), meant("8.8"))
		for _, b := range []*ent.Batch{b1, b2, b3} {
			w.publish(w.prod, b, onlyOn("ios"))
		}
		ios := []string{"pay ios 8.6: 1", "pay ios 8.7: 12", "pay ios 8.8: 123"}
		require.ElementsMatch(t, ios, w.held(w.prod))
		w.publish(w.prod, b1, onlyOn("android"))
		require.ElementsMatch(t, append(ios, "pay android 8.6: 1"), w.held(w.prod), "nobody has put the others online there")
		for _, again := range []*ent.Batch{b1, b2} {
			_, err := w.tryPublish(w.prod, again, onlyOn("ios"))
			requireFault(t, err, fault.FailedPrecondition, "nothing_to_publish")
		}
		w.publish(w.prod, b1, onlyOn("ios"), from("8.5"))
		require.ElementsMatch(t, []string{"pay ios 8.5: 1", "pay ios 8.7: 12", "pay ios 8.8: 123", "pay android 8.6: 1"}, w.held(w.prod))

		// All at once: each from its own version on, unless one is said.
		w.publish(w.test, nil, func(in *release.PublishInput) { in.Items = w.items(b1, b2, b3) }, onlyOn("web"))
		require.ElementsMatch(t, []string{"pay web 8.6: 1", "pay web 8.7: 12", "pay web 8.8: 123"}, w.held(w.test))
		w.publish(w.test, nil, func(in *release.PublishInput) { in.Items = w.items(b1, b2, b3) }, onlyOn("ios"), from("8.6"))
		require.Contains(t, w.held(w.test), "pay ios 8.6: 123")

		// The first goes on after the others: its newest has their changes in it, which older versions do not know.
		w.approve(i1, says(pay, "1234"))
		_, err := w.tryPublish(w.prod, b1, onlyOn("ios"))
		e := requireFault(t, err, fault.FailedPrecondition, "ancestor_unpublished")
		require.Equal(t, b2.Number, e.Params["batch"])
		w.publish(w.prod, b1, onlyOn("ios"), from("8.8"))
		require.Subset(t, w.held(w.prod), []string{"pay ios 8.5: 1", "pay ios 8.7: 12", "pay ios 8.8: 1234"})

		// What was rolled back is not brought back by what was built on it.
		first := 1
		_, err = w.releases.Rollback(w.ctx, release.RollbackInput{App: w.app.Key, Environment: w.prod.Key, Release: &first, Reason: "back"})
		require.NoError(t, err)
		_, err = w.tryPublish(w.prod, b3, onlyOn("ios"))
		e = requireFault(t, err, fault.FailedPrecondition, "ancestor_unpublished")
		require.Equal(t, b2.Number, e.Params["batch"])
	})
}

// A light change is published wherever its item is in force, from the very versions.
func TestRenewingInPlace(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newBatch()
		pay := w.newEvent("pay")
		b1, i1 := w.newChange(says(pay, "1"))
		w.publish(w.prod, b1, from("8.6"))
		b2, i2 := w.newChange(says(pay, "12"))
		renew := func(i *ent.BatchItem) error {
			return w.store.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error {
				_, err := w.releases.PublishIn(ctx, tx, release.Actor{}, &release.Request{
					EnvironmentID: w.prod.ID, ItemIDs: []string{i.ID}, InPlace: true,
				})
				return err
			})
		}
		w.approve(i1, says(pay, "12a"), cause(plan.CauseLight))
		requireFault(t, renew(i1), fault.FailedPrecondition, "nothing_to_publish")
		w.publish(w.prod, b2, from("8.7"), onlyOn("ios"))
		off := w.newBatch(func(c *ent.BatchCreate) { c.SetType("OFFLINE") })
		w.newItem(off, pay, func(c *ent.BatchItemCreate) { c.SetAction(plan.ActionRemove) })
		w.publish(w.prod, off, from("9.0"))
		require.NoError(t, renew(i1))
		require.ElementsMatch(t, []string{
			"pay ios 8.6: 1", "pay ios 8.7: 12a", "pay ios 9.0: offline", "pay android 8.6: 1", "pay android 9.0: offline",
			"pay web 8.6: 1", "pay web 9.0: offline",
		}, w.held(w.prod), "where the second batch is not, its change would come along")
		w.approve(i2, says(pay, "12b"))
		w.approve(i2, says(pay, "12c"), cause(plan.CauseLight))
		requireFault(t, renew(i2), fault.FailedPrecondition, "nothing_to_publish")
	})
}

func TestHotfixes(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay := w.newEvent("pay")
		live := w.approve(w.newItem(b1, pay), says(pay, "1"))
		w.publish(w.prod, b1)
		b2, _ := w.newChange(says(pay, "12")) // in development

		hot := w.newBatch(func(c *ent.BatchCreate) { c.SetType("HOTFIX").SetReview("IN_REVIEW").SetReviewDueAt(w.clock.tick()) })
		item := w.newItem(hot, pay)
		w.approve(item, says(pay, "1!"), beside(live))
		w.publish(w.prod, hot)
		require.Contains(t, w.held(w.prod), "pay ios : 1!")

		_, err := w.tryPublish(w.prod, b2)
		e := requireFault(t, err, fault.FailedPrecondition, "behind_production")
		require.Equal(t, hot.Number, e.Params["batch"])

		w.approve(item, says(pay, "12!"), cause(plan.CauseMerge))
		_, err = w.tryPublish(w.prod, hot, from("9.0"))
		requireFault(t, err, fault.FailedPrecondition, "nothing_to_publish")
		require.Contains(t, w.held(w.prod), "pay ios : 1!", "what it was merged with is not published: the hotfix alone is")
		w.publish(w.prod, b2)
		require.Contains(t, w.held(w.prod), "pay ios : 12!")
		_, err = w.tryPublish(w.prod, hot)
		requireFault(t, err, fault.FailedPrecondition, "nothing_to_publish")
	})
}

func TestAHotfixOfWhatIsNotThereAnyMoreIsRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay := w.newEvent("pay")
		live := w.approve(w.newItem(b1, pay), says(pay, "1"))
		w.publish(w.prod, b1)
		hot := w.newBatch(func(c *ent.BatchCreate) { c.SetType("HOTFIX").SetReviewDueAt(w.clock.tick()) })
		w.approve(w.newItem(hot, pay), says(pay, "1!"), beside(live))
		b2, _ := w.newChange(says(pay, "12"))
		w.publish(w.prod, b2)
		_, err := w.tryPublish(w.prod, hot)
		require.Equal(t, b2.Number, requireFault(t, err, fault.FailedPrecondition, "behind_production").Params["batch"])
	})
}

func TestTakingOffline(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay, view := w.newEvent("pay"), w.newEvent("view")
		w.approve(w.newItem(b1, pay), says(pay, "1"))
		w.approve(w.newItem(b1, view), says(view, "1"))
		w.publish(w.prod, b1)
		off := w.newBatch(func(c *ent.BatchCreate) { c.SetType("OFFLINE") })
		w.newItem(off, pay, func(c *ent.BatchItemCreate) { c.SetAction(plan.ActionRemove) })
		out := w.publish(w.prod, off, onlyOn("ios"), from("9.0"))
		require.Subset(t, w.held(w.prod), []string{"pay ios : 1", "pay ios 9.0: offline"})
		require.Equal(t, release.EventChanged, out.Changes[0].Kind)
		require.True(t, out.Changes[0].Definitions[0].Offline)
		out = w.publish(w.prod, off, from(""))
		require.ElementsMatch(t, []string{
			"pay ios : offline", "pay android : offline", "pay web : offline", "view ios : 1", "view android : 1", "view web : 1",
		}, w.held(w.prod))
		require.Equal(t, release.EventRemoved, out.Changes[0].Kind)
		_, err := w.tryPublish(w.prod, off, from(""))
		requireFault(t, err, fault.FailedPrecondition, "nothing_to_publish")

		// A definition that leaves a terminal goes offline there.
		only := says(view, "2")
		only.Terminals = []string{"ios"}
		b2, _ := w.newChange(only)
		w.publish(w.prod, b2, from("9.1"))
		require.Subset(t, w.held(w.prod), []string{"view ios 9.1: 2", "view android : 1", "view android 9.1: offline", "view web 9.1: offline"})
	})
}

func TestWhatIsNotFitToBePublished(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(func(c *ent.BatchCreate) { c.SetReview("DRAFT") })
		pay := w.newEvent("pay")
		item := w.newItem(b, pay)
		_, err := w.tryPublish(w.prod, b)
		require.Equal(t, b.Number, requireFault(t, err, fault.FailedPrecondition, "not_approved").Params["batch"])
		cancelled := w.newBatch(func(c *ent.BatchCreate) { c.SetReview("CANCELLED") })
		w.newItem(cancelled, pay)
		_, err = w.tryPublish(w.prod, cancelled)
		requireFault(t, err, fault.FailedPrecondition, "batch_cancelled")
		good := w.newBatch()
		dropped := w.newItem(good, pay, func(c *ent.BatchItemCreate) { c.SetDroppedReason("not now") })
		_, err = w.tryPublish(w.prod, nil, func(in *release.PublishInput) { in.Items = []string{dropped.ID} })
		requireFault(t, err, fault.FailedPrecondition, "item_dropped")
		_, err = w.tryPublish(w.prod, good)
		requireFault(t, err, fault.FailedPrecondition, "nothing_to_publish")
		_, err = w.tryPublish(w.prod, nil)
		requireFault(t, err, fault.InvalidInput, "invalid_input")
		_, err = w.tryPublish(w.prod, good, func(in *release.PublishInput) { in.Items = []string{item.ID} })
		requireFault(t, err, fault.InvalidInput, "invalid_input")
		_, err = w.tryPublish(w.prod, nil, func(in *release.PublishInput) { in.Items = []string{"itm_0"} })
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.tryPublish(&ent.Environment{Key: "gray"}, good)
		requireFault(t, err, fault.NotFound, "not_found")
	})
}

func TestTheTargetMayHaveMoved(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay, view := w.newEvent("pay"), w.newEvent("view")
		w.approve(w.newItem(b1, pay), says(pay, "1"))
		b2, _ := w.newChange(says(view, "1"))
		base := func(n int) func(*release.PublishInput) {
			return func(in *release.PublishInput) { in.BaseRelease = &n }
		}
		w.publish(w.prod, b1, base(0))
		_, err := w.tryPublish(w.prod, b2, base(0))
		e := requireFault(t, err, fault.Conflict, "target_moved")
		require.Equal(t, []release.Since{{Number: 1, Kind: plan.ReleasePublish, Batches: []string{b1.Number}}}, e.Params["since"])
		require.Equal(t, "target_moved", w.publish(w.prod, b2, base(0), dry).Refusals[0].Reason)
		w.publish(w.prod, b2, base(1))
	})
}

func TestTwoEventsThatNothingTellsApart(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay, buy := w.newEvent("pay"), w.newEvent("buy")
		w.approve(w.newItem(b1, pay), says(pay, "1"))
		same := says(buy, "1")
		same.WireName = "pay"
		b2, i2 := w.newChange(same)
		w.publish(w.prod, b1, from("8.0"))
		_, err := w.tryPublish(w.prod, b2, from("9.0"))
		e := requireFault(t, err, fault.Conflict, "same_match")
		require.ElementsMatch(t, []string{"pay", "buy"}, e.Params["eventKeys"])
		_, err = w.tryPublish(w.prod, nil, func(in *release.PublishInput) { in.Items = append(w.items(b1), i2.ID) }, from("8.0"))
		requireFault(t, err, fault.Conflict, "same_match")

		// Told by a match, or in versions that the other does not have, both may be.
		differs := *same
		differs.Match = []plan.Condition{{Property: "spm", Value: "a1"}}
		w.approve(i2, &differs)
		w.publish(w.test, b1)
		w.publish(w.test, b2)
		off := w.newBatch(func(c *ent.BatchCreate) { c.SetType("OFFLINE") })
		w.newItem(off, pay, func(c *ent.BatchItemCreate) { c.SetAction(plan.ActionRemove) })
		w.publish(w.prod, off, from("9.0"))
		w.approve(i2, same)
		_, err = w.tryPublish(w.prod, b2, from("8.9"))
		requireFault(t, err, fault.Conflict, "same_match")
		w.publish(w.prod, b2, from("9.0"))
	})
}

// TestAliasesAreNamesToo: an event answers to its aliases until they end.
func TestAliasesAreNamesToo(t *testing.T) {
	t.Parallel()
	when := func(at time.Time) *time.Time { return &at }
	soon, past := when(time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)), when(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	one, two := plan.Condition{Property: "spm", Value: "a1"}, plan.Condition{Property: "tab", Value: "2"}
	type names struct {
		wire    string
		aliases []plan.Alias
		match   []plan.Condition
	}
	known := func(wire string, aliases ...plan.Alias) names { return names{wire: wire, aliases: aliases} }
	cases := map[string]struct {
		there, comes names
		clash        bool
	}{
		"only aliases":         {known("pay", plan.Alias{Name: "old"}), known("buy", plan.Alias{Name: "old"}), true},
		"alias, wire name":     {known("pay", plan.Alias{Name: "old"}), known("old"), true},
		"wire name, alias":     {known("old"), known("pay", plan.Alias{Name: "old"}), true},
		"one of several":       {known("pay", plan.Alias{Name: "a"}, plan.Alias{Name: "b"}), known("x", plan.Alias{Name: "b"}, plan.Alias{Name: "c"}), true},
		"part of a name":       {known("pay", plan.Alias{Name: "old_pay"}), known("old"), false},
		"has not ended":        {known("pay", plan.Alias{Name: "old", Until: soon}), known("old"), true},
		"has ended":            {known("pay", plan.Alias{Name: "old", Until: past}), known("old"), false},
		"has ended, the other": {known("old"), known("pay", plan.Alias{Name: "old", Until: past}), false},
		"told by a match":      {known("pay", plan.Alias{Name: "old"}), names{wire: "old", match: []plan.Condition{one}}, false},
		"with the same match": {
			names{"pay", []plan.Alias{{Name: "old"}}, []plan.Condition{one, two}}, names{wire: "old", match: []plan.Condition{two, one}}, true,
		},
	}
	eachStore(t, func(t *testing.T, w *world) {
		for i, name := range slices.Sorted(maps.Keys(cases)) {
			c := cases[name]
			w.app, w.test, w.prod = w.newApp(fmt.Sprint("app", i))
			b1 := w.newBatch()
			there, comes := w.newEvent("there"), w.newEvent("comes")
			def := func(e *ent.Event, n names) *plan.Frozen {
				f := says(e, "1")
				f.WireName, f.Aliases, f.Match = n.wire, n.aliases, n.match
				return f
			}
			w.approve(w.newItem(b1, there), def(there, c.there))
			b2, _ := w.newChange(def(comes, c.comes))
			w.publish(w.prod, b1)
			_, err := w.tryPublish(w.prod, b2)
			if !c.clash {
				require.NoError(t, err, name)
				continue
			}
			requireFault(t, err, fault.Conflict, "same_match")
			// Who gives the name up makes room for the other.
			b3, _ := w.newChange(def(there, names{wire: "renamed"}))
			w.publish(w.prod, b3)
			w.publish(w.prod, b2)
		}
	})
}

func TestBreakingChangesIntoProductionNeedAReason(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b1 := w.newBatch()
		pay := w.newEvent("pay")
		w.approve(w.newItem(b1, pay), carries(pay))
		b2, _ := w.newChange(carries(pay, "amount"))
		silent := func(in *release.PublishInput) { in.Reason = " " }
		w.publish(w.prod, b1, silent)
		w.publish(w.test, b1, silent)
		w.publish(w.test, b2, silent)
		_, err := w.tryPublish(w.prod, b2, silent)
		e := requireFault(t, err, fault.FailedPrecondition, "breaking_unexplained")
		require.NotZero(t, e.Params["total"])
		out := w.publish(w.prod, b2, silent, dry)
		require.Equal(t, "breaking_unexplained", out.Refusals[0].Reason)
		require.Nil(t, out.Release)
		require.Len(t, out.Changes, 1, "a preview tells all the same")
		out = w.publish(w.prod, b2)
		require.Equal(t, "it was decided", out.Release.Reason)
	})
}

// items returns the ids of the items of batches.
func (w *world) items(batches ...*ent.Batch) []string {
	w.t.Helper()
	var ids []string
	for _, b := range batches {
		rows, err := w.store.Read().BatchItem.Query().Where(batchitem.BatchID(b.ID)).IDs(w.t.Context())
		require.NoError(w.t, err)
		ids = append(ids, rows...)
	}
	return ids
}
