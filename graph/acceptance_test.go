package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
)

const seenOf = `query($b: String!) { batch(number: $b) { coverage { required covered failed open complete unplanned { name count }
	cells { event { key } terminal state validCount invalidCount build failure { id verdict violations { code property } captured { name } url }
		properties { name required state } } } signOffs { id terminals } } }`

// sent has a phone report an event in a build of the app.
func (w *world) sent(device, terminal, build, name, properties string) {
	w.t.Helper()
	now := time.Now().UTC()
	w.captured("test", 1, func(_ int, c *capture.Captured) {
		c.DeviceID, c.AnonymousID, c.UserID, c.Name, c.TerminalKey = device, "", "", name, terminal
		c.ReceivedAt, c.ID, c.App = now, fmt.Sprint(now, device), capture.App{Version: "8.6.0", Build: build}
		c.Raw = fmt.Sprintf(`{"event":%q,"properties":%s}`, name, properties)
		c.PropertiesAt = capture.Span{Start: uint32(len(c.Raw) - 1 - len(properties)), End: uint32(len(c.Raw) - 1)}
	})
}

// Two testers accept a batch: one sees it wrong, the other sees the new build right; what was wrong outlives its sample.
func TestAcceptance(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		app := at(w.must(`{ app(key: "shop") { id } }`), "app", "id")
		w.must(`mutation($a: ID!) { a: transitionBatch(input: {batch: "SHOP-0001", to: "APPROVED"}) { batch { id } }
			b: transitionBatch(input: {batch: "SHOP-0001", to: "IN_TESTING"}) { batch { id } } updateApp(input: {id: $a, template: STRICT}) { app { id } } }`, "a", app)
		one, two := w.start(map[string]any{"batches": []string{"SHOP-0001"}}), w.start(map[string]any{"batches": []string{"SHOP-0001"}})
		w.must(bindDevice, "in", map[string]any{"sessionId": at(one, "id"), "value": "phone"})
		w.must(bindDevice, "in", map[string]any{"sessionId": at(two, "id"), "value": "pad"})
		look := func() any { return at(w.must(seenOf, "b", "SHOP-0001"), "batch", "coverage") }
		require.Equal(t, []any{2.0, 0.0, "NOT_SEEN"}, []any{at(look(), "required"), at(look(), "covered"), at(look(), "cells", 0, "state")})

		w.sent("phone", "ios", "801", "e_1_1", `{"p_1":"blue"}`)
		w.sent("phone", "ios", "801", "e_9", `{}`)
		got := look()
		require.Equal(t, []any{2.0, "INVALID", "801", 1.0}, []any{at(got, "failed"), at(got, "cells", 0, "state"), at(got, "cells", 0, "build"), at(got, "cells", 0, "invalidCount")})
		require.Equal(t, "p_1", at(got, "cells", 0, "failure", "violations", 0, "property"))
		require.Equal(t, []any{map[string]any{"name": "e_9", "count": 1.0}}, at(got, "unplanned"))
		sign := `mutation { signOff(input: {batch: "SHOP-0001", note: "ok"}) { signOff { id terminals builds { terminal builds } report sessions { id } jsonUrl xlsxUrl url } } }`
		require.Equal(t, "coverage_incomplete", w.refusal(sign))
		accept := `mutation { transitionBatch(input: {batch: "SHOP-0001", to: "ACCEPTED"}) { batch { state } } }`
		require.Equal(t, "sign_off_missing", w.refusal(accept))

		mark := `mutation($in: MarkInput!) { mark(input: $in) { mark { id kind build note property by { name } } } }`
		waive := map[string]any{"sessionId": at(one, "id"), "eventKey": "e_1_1", "terminal": "ios", "property": "p_1", "kind": "WAIVED"}
		require.NotEmpty(t, w.as(w.token, mark, map[string]any{"in": waive}).Errors, "a waiver says why")
		waive["note"] = "next version"
		require.Equal(t, "8.6.0 (801)", at(w.must(mark, "in", waive), "mark", "mark", "build"))
		require.Equal(t, []any{true, "VALID"}, []any{at(look(), "complete"), at(look(), "cells", 0, "state")})
		waive["kind"], waive["note"] = "NONE", ""
		w.must(mark, "in", waive)
		require.Equal(t, "INVALID", at(look(), "cells", 0, "state"))
		evidence := at(look(), "cells", 0, "failure", "id")

		w.must(`mutation($i: ID!) { endCaptureSession(input: {id: $i}) { captureSession { open } } }`, "i", at(one, "id"))
		w.sent("pad", "ios", "802", "other", `{}`)
		require.Equal(t, "SEE_AGAIN", at(look(), "cells", 0, "state"), "a new build is there")
		w.sent("pad", "ios", "802", "e_1_1", `{"p_1":"red"}`)
		require.Equal(t, []any{true, "VALID", "802"}, []any{at(look(), "complete"), at(look(), "cells", 0, "state"), at(look(), "cells", 0, "build")})
		frozen := at(w.must(`query($c: String!) { captureSession(code: $c) { coverage { failed cells { state } } } }`, "c", at(one, "code")), "captureSession", "coverage")
		require.Equal(t, []any{2.0, "INVALID"}, []any{at(frozen, "failed"), at(frozen, "cells", 0, "state")}, "as it was when it ended")

		signed := at(w.must(sign), "signOff", "signOff")
		require.Equal(t, []any{"ios"}, at(signed, "terminals"))
		require.Equal(t, []any{map[string]any{"terminal": "ios", "builds": []any{"8.6.0 (801)", "8.6.0 (802)"}}}, at(signed, "builds"))
		require.Equal(t, []any{2, 2.0, "VALID", "SHOP-0001"}, []any{
			len(at(signed, "report", "sessions").([]any)), at(signed, "report", "totals", "covered"),
			at(signed, "report", "cells", 0, "state"), at(signed, "report", "batch", "number"),
		})
		require.Equal(t, "ACCEPTED", at(w.must(accept), "transitionBatch", "batch", "state"))

		gone := `mutation($dry: Boolean!) { deletePerson(input: {app: "shop", deviceIds: ["phone"], dryRun: $dry}) { evidence } }`
		require.Equal(t, 1.0, at(w.must(gone, "dry", true), "deletePerson", "evidence"))
		byID := `query($i: ID!) { node(id: $i) { ... on CoverageEvidence { captured { name } session { code } verdict } } }`
		require.Equal(t, "INVALID", at(w.must(byID, "i", evidence), "node", "verdict"))
		w.must(gone, "dry", false)
		require.Nil(t, w.must(byID, "i", evidence)["node"])
	})
}
