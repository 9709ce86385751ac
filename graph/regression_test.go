package graph_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
)

// saveRegression saves captured events as a case and returns its id.
func (w *world) saveRegression(app, name string, captured ...any) any {
	w.t.Helper()
	made := w.must(`mutation($a: String!, $n: String!, $c: [ID!]!) { saveRegressionCase(input: {app: $a, name: $n, capturedEventIds: $c}) { regressionCase { id } } }`,
		"a", app, "n", name, "c", captured)
	return at(made, "saveRegressionCase", "regressionCase", "id")
}

const runRegression = `query($id: ID!, $against: RegressionAgainstInput!) { runRegressionCase(id: $id, against: $against) { held broken gone passed
	regressionCase { name gone } results { holds verdict eventKey violations { code property } event { position name expectedVerdict expectedCodes } } } }`

func TestRegressionCases(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 2)
		names, bodies := []string{"e_1_1", "e_1_1", "gone"}, []string{`{"p_1":"red","p_2":"x"}`, `{"p_1":"blue"}`, `{}`}
		w.captured("test", 3, func(i int, c *capture.Captured) {
			start := fmt.Sprintf(`{"event":%q,"properties":`, names[i])
			c.Name, c.Raw, c.UserID = names[i], start+bodies[i]+"}", fmt.Sprint("user ", i)
			c.PropertiesAt = capture.Span{Start: uint32(len(start)), End: uint32(len(start) + len(bodies[i]))}
			if i == 2 {
				c.Verdict, c.Violations = capture.Unplanned, []capture.Violation{{Code: "event_unplanned", Severity: capture.Error}}
			}
		})
		var ids []any
		for _, n := range at(w.must(`{ capturedEvents(app: "shop", environment: "test") { nodes { id } } }`), "capturedEvents", "nodes").([]any) {
			ids = append([]any{at(n, "id")}, ids...)
		}
		id := w.saveRegression("shop", "购买", ids...)
		run := func(against map[string]any) any {
			return w.must(runRegression, "id", id, "against", against)["runRegressionCase"]
		}
		test := map[string]any{"environment": "test"}

		// The second one was taken for valid when it was captured; the plan knows no blue.
		first := run(test)
		require.Equal(t, []any{2.0, 1.0, 0.0, false}, []any{at(first, "held"), at(first, "broken"), at(first, "gone"), at(first, "passed")})
		require.Equal(t, map[string]any{
			"holds": false, "verdict": "INVALID", "eventKey": "e_1_1", "violations": at(first, "results", 1, "violations"),
			"event": map[string]any{"position": 1.0, "name": "e_1_1", "expectedVerdict": "VALID", "expectedCodes": []any{}},
		}, at(first, "results", 1))

		const update = `mutation($in: UpdateRegressionCaseInput!) { updateRegressionCase(input: $in) { regressionCase { name } } }`
		w.must(update, "in", map[string]any{"id": id, "name": "付款", "expectations": []any{
			map[string]any{"position": 1, "verdict": "INVALID", "violationCodes": []any{"property_missing", "enum_unknown", "property_missing"}},
		}})
		require.Equal(t, []any{3.0, 0.0, "付款", true}, []any{at(run(test), "held"), at(run(test), "broken"), at(run(test), "regressionCase", "name"), at(run(test), "passed")})
		entry := w.must(`{ auditEntries(app: "shop", first: 1) { nodes { action after } } }`)
		require.Equal(t, map[string]any{"1": map[string]any{"verdict": "INVALID", "violationCodes": []any{"enum_unknown", "property_missing"}}},
			at(entry, "auditEntries", "nodes", 0, "after", "expectations"))

		// An environment with releases: before the event is in it, with the batch that brings it, and after.
		w.must(`mutation { a: createBatch(input: {app: "shop", title: "另一个"}) { batch { id } }
			createEvent(input: {batch: "SHOP-0002", key: "other", name: "其他", wireName: "gone"}) { event { id } }
			b: transitionBatch(input: {batch: "SHOP-0002", to: "APPROVED"}) { batch { id } }
			c: transitionBatch(input: {batch: "SHOP-0001", to: "APPROVED"}) { batch { id } }
			d: publish(input: {app: "shop", environment: "test", batch: "SHOP-0001"}) { release { id } } }`)
		require.Equal(t, 3.0, at(run(test), "held"))
		with := run(map[string]any{"environment": "test", "batch": "shop-0002"})
		require.Equal(t, []any{2.0, "VALID", "other"}, []any{at(with, "held"), at(with, "results", 2, "verdict"), at(with, "results", 2, "eventKey")})
		require.Equal(t, 3.0, at(run(test), "held"), "what would be leaves no traces")
		w.must(`mutation { publish(input: {app: "shop", environment: "test", batch: "SHOP-0002"}) { release { id } } }`)
		require.Equal(t, 2.0, at(run(test), "held"))
		require.Equal(t, 3.0, at(run(map[string]any{"environment": "test", "release": 1}), "held"))

		// Copies outlive samples, not the person.
		require.NoError(t, w.store.ForgetEnvironment(t.Context(), w.captured("test", 0, nil)))
		require.Equal(t, 2.0, at(run(test), "held"))
		gone := w.must(deletePerson, "in", map[string]any{"app": "shop", "userIds": []string{"user 2"}})
		require.Equal(t, map[string]any{"capturedEvents": 0.0, "refusedRequests": 0.0}, gone["deletePerson"])
		now := run(test)
		require.Equal(t, []any{2.0, 0.0, 1.0, 1.0}, []any{at(now, "held"), at(now, "broken"), at(now, "gone"), at(now, "regressionCase", "gone")})
		w.must(deletePerson, "in", map[string]any{"app": "shop", "userIds": []string{"user 0", "user 1"}})
		now = run(test)
		require.Equal(t, []any{0.0, 0.0, 3.0, false}, []any{at(now, "held"), at(now, "broken"), at(now, "gone"), at(now, "passed")}, "nothing is judged, which is no pass")
	})
}

func TestRegressionCaseRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		w.captured("test", 2, func(i int, c *capture.Captured) {
			if i == 1 {
				c.Verdict, c.Violations = capture.Invalid, []capture.Violation{{Code: "record_unreadable", Severity: capture.Error}}
			}
		})
		nodes := at(w.must(`{ capturedEvents(app: "shop", environment: "test") { nodes { id } } }`), "capturedEvents", "nodes")
		unreadable, good := at(nodes, 0, "id"), at(nodes, 1, "id")
		id := w.saveRegression("shop", "one", good)
		w.must(`mutation { createApp(input: {key: "other", name: "Other"}) { app { id } } }`)
		const save = `mutation($in: SaveRegressionCaseInput!) { saveRegressionCase(input: $in) { regressionCase { id } } }`
		const update = `mutation($in: UpdateRegressionCaseInput!) { updateRegressionCase(input: $in) { regressionCase { id } } }`
		second := w.saveRegression("shop", "zwei", good)
		w.must(`mutation($id: ID!) { updateRegressionCase(input: {id: $id, name: "ZWEI"}) { regressionCase { id } } }`, "id", second)
		many := make([]any, 501)
		for i := range many {
			many[i] = good
		}
		for name, c := range map[string]struct {
			document         string
			in               map[string]any
			code, path, what string
		}{
			"taken":              {save, map[string]any{"app": "shop", "name": "one", "capturedEventIds": []any{good}}, "CONFLICT", "input.name", "already_exists"},
			"taken but for case": {save, map[string]any{"app": "shop", "name": "ONE", "capturedEventIds": []any{good}}, "CONFLICT", "input.name", "already_exists"},
			"taken by another":   {update, map[string]any{"id": second, "name": "One"}, "CONFLICT", "input.name", "already_exists"},
			"none":               {save, map[string]any{"app": "shop", "name": "x", "capturedEventIds": []any{}}, "INVALID_INPUT", "input.capturedEventIds", "out_of_range"},
			"many":               {save, map[string]any{"app": "shop", "name": "x", "capturedEventIds": many}, "INVALID_INPUT", "input.capturedEventIds", "out_of_range"},
			"unreadable":         {save, map[string]any{"app": "shop", "name": "x", "capturedEventIds": []any{good, unreadable}}, "INVALID_INPUT", "input.capturedEventIds[1]", "unreadable"},
			"of another app":     {save, map[string]any{"app": "other", "name": "x", "capturedEventIds": []any{good}}, "INVALID_INPUT", "input.capturedEventIds[0]", "not_found"},
			"no id":              {save, map[string]any{"app": "shop", "name": "x", "capturedEventIds": []any{"evt_1"}}, "INVALID_INPUT", "input.capturedEventIds[0]", "not_found"},
			"no such position":   {update, map[string]any{"id": id, "expectations": []any{map[string]any{"position": 7, "verdict": "VALID"}}}, "INVALID_INPUT", "input.expectations[0].position", "not_found"},
			"no such code":       {update, map[string]any{"id": id, "expectations": []any{map[string]any{"position": 0, "verdict": "VALID", "violationCodes": []any{"x"}}}}, "INVALID_INPUT", "input.expectations[0].violationCodes[0]", "unknown"},
			"event twice":        {save, map[string]any{"app": "shop", "name": "x", "capturedEventIds": []any{good, good}}, "INVALID_INPUT", "input.capturedEventIds[1]", "duplicate"},
			"position twice":     {update, map[string]any{"id": id, "expectations": []any{map[string]any{"position": 0, "verdict": "VALID"}, map[string]any{"position": 0, "verdict": "VALID"}}}, "INVALID_INPUT", "input.expectations[1].position", "duplicate"},
			"valid with error":   {update, map[string]any{"id": id, "expectations": []any{map[string]any{"position": 0, "verdict": "VALID", "violationCodes": []any{"type_mismatch"}}}}, "INVALID_INPUT", "input.expectations[0].violationCodes", "impossible"},
			"invalid with none":  {update, map[string]any{"id": id, "expectations": []any{map[string]any{"position": 0, "verdict": "INVALID"}}}, "INVALID_INPUT", "input.expectations[0].violationCodes", "impossible"},
		} {
			got := w.as(w.token, c.document, map[string]any{"in": c.in})
			require.Equal(t, c.code, got.code(), name)
			require.Equal(t, c.path, got.Errors[0].Extensions.Fields[0].Path, name)
			require.Equal(t, c.what, got.Errors[0].Extensions.Fields[0].Reason, name)
		}
		w.must(`mutation { createBatch(input: {app: "other", title: "x"}) { batch { id } } }`)
		for _, c := range []struct {
			code, path string
			against    map[string]any
		}{
			{"NOT_FOUND", "against.environment", map[string]any{"environment": "none"}},
			{"NOT_FOUND", "against.release", map[string]any{"environment": "test", "release": 1}},
			{"NOT_FOUND", "against.batch", map[string]any{"environment": "test", "batch": "NONSENSE"}},
			{"NOT_FOUND", "against.batch", map[string]any{"environment": "test", "batch": "OTHER-0001"}},
			{"INVALID_INPUT", "against", map[string]any{"environment": "test", "release": 1, "batch": "SHOP-0001"}},
		} {
			got := w.as(w.token, runRegression, map[string]any{"id": id, "against": c.against})
			require.Equal(t, c.code, got.code(), c.against)
			require.Equal(t, c.path, got.Errors[0].Extensions.Fields[0].Path)
		}
		w.must(runRegression, "id", id, "against", map[string]any{"environment": "test", "batch": "shop-0001"})
	})
}

// Lists of cases take as many statements for many cases of many events as for one.
func TestRegressionCasesTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		w.captured("test", 5, nil)
		var ids []any
		for _, n := range at(w.must(`{ capturedEvents(app: "shop", environment: "test") { nodes { id } } }`), "capturedEvents", "nodes").([]any) {
			ids = append(ids, at(n, "id"))
		}
		count := func() uint64 {
			before := w.store.Reads()
			w.must(`{ app(key: "shop") { regressionCases { name app { key } createdBy { name } events { raw properties } } } }`)
			return w.store.Reads() - before
		}
		w.saveRegression("shop", "one", ids[0])
		count()
		few := count()
		for i := range 4 {
			w.saveRegression("shop", fmt.Sprint("more ", i), ids...)
		}
		require.Equal(t, few, count())
	})
}
