package wire_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func TestTheTestRunBesideAPayload(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ header, query, want string }{
		{"", "", ""},
		{"ci-1", "", "ci-1"},
		{" ci-1 ", "wm_run=other", "ci-1"},
		{"", "key=k&wm_run=ci%201", "ci 1"},
		{"", "wm_run=", ""},
		{"", "wm_run=%ff", "\ufffd"},
		{"", "wm_run=" + strings.Repeat("x", 200), strings.Repeat("x", 200)},
		{"", "wm_run=" + strings.Repeat("x", 201), ""},
	} {
		r := wire.Request{Query: c.query, Header: http.Header{}}
		if c.header != "" {
			r.Header.Set("Waymark-Run", c.header)
		}
		require.Equal(t, c.want, r.Run(), "%+v", c)
	}
}

func TestTheTestRunOfAnEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ own, property, beside, want, note string }{
		{"", `1`, "", "1", ""},
		{"", `" ci-1 "`, "p", "ci-1", ""},
		{"own", `"ci-1"`, "p", "own", ""},
		{"", `null`, "p", "p", ""},
		{"", `""`, "p", "p", ""},
		{"", `["x"]`, "p", "p", "wm_run is an array, not a string, and was not read"},
		{"", `true`, "", "", "wm_run is a boolean, not a string, and was not read"},
		{"", `"` + strings.Repeat("x", 201) + `"`, "p", "p", "wm_run is longer than 200 bytes and was not read"},
	} {
		tape, err := capture.Parse(nil, `{"a":1,"wm_run":`+c.property+`}`)
		require.NoError(t, err)
		ev := capture.Event{RunID: c.own, Properties: capture.Object(tape).Inside(0)}
		wire.OfRun(&ev, c.beside)
		require.Equal(t, c.want, ev.RunID, "%+v", c)
		require.Equal(t, c.note, strings.Join(ev.Notes, "; "))
	}
	ev := capture.Event{}
	wire.OfRun(&ev, "p")
	require.Equal(t, "p", ev.RunID)
}
