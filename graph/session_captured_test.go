package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
)

// reported has devices report to the environment test: each line is device, visitor, user and name; a second apart, from now on.
func (w *world) reported(lines ...[4]string) {
	w.t.Helper()
	now := time.Now().UTC()
	w.captured("test", len(lines), func(i int, c *capture.Captured) {
		c.DeviceID, c.AnonymousID, c.UserID, c.Name = lines[i][0], lines[i][1], lines[i][2], lines[i][3]
		c.ReceivedAt, c.ID, c.Device.Model = now.Add(time.Duration(i)*time.Second), fmt.Sprint(now, i), "M-"+lines[i][0]
		c.Raw = fmt.Sprintf(`{"event":%q,"properties":{"p_1":"red"}}`, c.Name)
		c.PropertiesAt = capture.Span{Start: uint32(len(c.Raw) - 14), End: uint32(len(c.Raw) - 1)}
		if c.Name == "e_1_1" {
			c.Verdict = capture.Unplanned
		}
	})
}

const sessionCaptured = `query($c: String!, $f: SessionFilter, $first: Int, $after: Cursor, $last: Int, $before: Cursor) { captureSession(code: $c) {
	devices { number deviceIds userIds model validCount invalidCount unplannedCount }
	captured(filter: $f, first: $first, after: $after, last: $last, before: $before) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
		nodes { device step verdict eventKey underTest captured { name verdict } violations { code } repeats { id } } } } }`

func TestCapturedOfSessions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 1)
		w.must(`mutation { transitionBatch(input: {batch: "SHOP-0001", to: "APPROVED"}) { batch { id } }
			createBatch(input: {app: "shop", title: "二"}) { batch { id } } createEvent(input: {batch: "SHOP-0002", key: "later", name: "后来", wireName: "later"}) { event { id } }
			b: transitionBatch(input: {batch: "SHOP-0002", to: "APPROVED"}) { batch { id } }
			createC: createBatch(input: {app: "shop", title: "三"}) { batch { id } } createD: createEvent(input: {batch: "SHOP-0003", key: "base", name: "基", wireName: "base"}) { event { id } }
			c: transitionBatch(input: {batch: "SHOP-0003", to: "APPROVED"}) { batch { id } }
			publish(input: {app: "shop", environment: "test", batch: "SHOP-0003"}) { release { id } } }`)
		one := w.start(map[string]any{"batches": []string{"SHOP-0001", "SHOP-0002"}})
		two := w.start(map[string]any{})
		bind := func(s any, value string) {
			w.must(bindDevice, "in", map[string]any{"sessionId": at(s, "id"), "value": value})
		}
		bind(one, "phone")
		bind(two, "pad")
		w.reported([4]string{"phone", "", "", "e_1_1"}, [4]string{"pad", "", "u", "e_1_1"}, [4]string{"phone", "", "u", "base"},
			[4]string{"", "", "u", "later"}, [4]string{"nobody", "", "", "later"})
		ask := func(s any, more ...any) any {
			return at(w.must(sessionCaptured, append([]any{"c", at(s, "code")}, more...)...), "captureSession")
		}
		got := ask(one)
		require.Equal(t, []any{
			map[string]any{"number": 1.0, "deviceIds": []any{"phone"}, "userIds": []any{"u"}, "model": "M-phone", "validCount": 3.0, "invalidCount": 0.0, "unplannedCount": 0.0},
		}, at(got, "devices"))
		nodes := at(got, "captured", "nodes").([]any)
		require.Equal(t, []any{
			map[string]any{
				"device": 1.0, "step": 0.0, "verdict": "VALID", "eventKey": "e_1_1", "underTest": true,
				"captured": map[string]any{"name": "e_1_1", "verdict": "UNPLANNED"}, "violations": []any{}, "repeats": nil,
			},
			map[string]any{
				"device": 1.0, "step": 0.0, "verdict": "VALID", "eventKey": "base", "underTest": false,
				"captured": map[string]any{"name": "base", "verdict": "VALID"}, "violations": at(nodes, 1, "violations"), "repeats": nil,
			},
			map[string]any{
				"device": 1.0, "step": 0.0, "verdict": "VALID", "eventKey": "later", "underTest": true,
				"captured": map[string]any{"name": "later", "verdict": "VALID"}, "violations": at(nodes, 2, "violations"), "repeats": nil,
			},
		}, nodes)
		require.Len(t, at(ask(two), "captured", "nodes"), 2, "its own pad, and what the server says of the user of both")
		require.Equal(t, "UNPLANNED", at(ask(two), "captured", "nodes", 0, "verdict"), "without batches the environment judges")

		// Pages from both ends, and filters.
		first := at(ask(one, "first", 2), "captured")
		require.Equal(t, []any{2, true, false}, []any{len(at(first, "nodes").([]any)), at(first, "pageInfo", "hasNextPage"), at(first, "pageInfo", "hasPreviousPage")})
		rest := at(ask(one, "first", 2, "after", at(first, "pageInfo", "endCursor")), "captured")
		require.Equal(t, []any{"later", false}, []any{at(rest, "nodes", 0, "captured", "name"), at(rest, "pageInfo", "hasNextPage")})
		last := at(ask(one, "last", 2), "captured")
		require.Equal(t, []any{"base", true}, []any{at(last, "nodes", 0, "captured", "name"), at(last, "pageInfo", "hasPreviousPage")})
		before := at(ask(one, "last", 2, "before", at(last, "pageInfo", "startCursor")), "captured")
		require.Equal(t, []any{"e_1_1", 1}, []any{at(before, "nodes", 0, "captured", "name"), len(at(before, "nodes").([]any))})
		for name, f := range map[string]map[string]any{
			"later": {"text": "\"LATER"}, "base": {"eventKeys": []string{"base"}, "devices": []int{1}, "step": 0, "verdicts": []string{"VALID"}},
		} {
			found := at(ask(one, "f", f), "captured", "nodes").([]any)
			require.Len(t, found, 1, f)
			require.Equal(t, name, at(found, 0, "captured", "name"))
		}
		require.Empty(t, at(ask(one, "f", map[string]any{"devices": []int{2}}), "captured", "nodes"))

		// What comes next is read on; a step and a repeat are seen; what is taken off is seen no more.
		w.must(`mutation($i: ID!) { markStep(input: {sessionId: $i}) { captureSession { id } } }`, "i", at(one, "id"))
		w.captured("test", 2, func(i int, c *capture.Captured) {
			c.DeviceID, c.ReceivedAt, c.ID = "phone", time.Now().Add(time.Minute).UTC(), fmt.Sprint("same ", i)
		})
		twice := at(ask(one, "last", 1), "captured", "nodes", 0)
		require.Equal(t, []any{1.0, true}, []any{at(twice, "step"), at(twice, "repeats") != nil})
		binding := at(w.must(`query($i: ID!) { node(id: $i) { ... on CaptureSession { bindings { id } } } }`, "i", at(one, "id")), "node", "bindings", 0, "id")
		w.must(`mutation($i: ID!) { unbindDevice(input: {id: $i}) { captureSession { id } } }`, "i", binding)
		require.Len(t, at(ask(one), "captured", "nodes"), 1, "the rest came later than it was taken off")

		for path, more := range map[string][]any{
			"first": {"first", 501}, "last": {"last", 2, "first", 1}, "after": {"after", "x"}, "filter.text": {"f", map[string]any{"text": fmt.Sprintf("%201d", 1)}},
		} {
			bad := w.as(w.token, sessionCaptured, vars(append([]any{"c", at(one, "code")}, more...)))
			require.Equal(t, path, bad.Errors[0].Extensions.Fields[0].Path)
		}
	})
}

func TestRecentDevices(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		s := w.start(map[string]any{})
		w.must(bindDevice, "in", map[string]any{"sessionId": at(s, "id"), "value": "phone"})
		w.reported([4]string{"phone", "", "", "a"}, [4]string{"", "visitor", "u", "b"}, [4]string{"", "", "u", "c"}, [4]string{"phone", "v", "u", "d"}, [4]string{"0", "", "", "e"})
		w.captured("test", 1, func(_ int, c *capture.Captured) { c.DeviceID = "of yesterday" })
		got := w.must(`{ recentDevices(app: "shop", environment: "test") { deviceId userId model lastName terminal session { code } } }`)
		require.Equal(t, []any{
			map[string]any{"deviceId": "phone", "userId": "u", "model": "M-phone", "lastName": "d", "terminal": "ios", "session": map[string]any{"code": at(s, "code")}},
			map[string]any{"deviceId": "visitor", "userId": "u", "model": "M-", "lastName": "b", "terminal": "ios", "session": nil},
		}, at(got, "recentDevices"))
		require.Len(t, at(w.must(`{ recentDevices(app: "shop", environment: "test", first: 1) { deviceId } }`), "recentDevices"), 1)
		require.Equal(t, "INVALID_INPUT", w.as(w.token, `{ recentDevices(app: "shop", environment: "test", first: 101) { deviceId } }`, nil).code())
	})
}
