package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
)

// forwarding is what an environment passes on by the plan that collecting gets.
func forwarding(t *testing.T, w *world, id string) *catalog.Forwarding {
	t.Helper()
	p, err := w.catalog.Plans(w.ctx, w.app.ID)
	require.NoError(t, err)
	for _, e := range p.Environments {
		if e.ID == id {
			return e.Forwarding
		}
	}
	return nil
}

func TestAnEnvironmentForwards(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		envs, err := w.catalog.EnvironmentsOf(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		id, other := envs[w.app.ID][0].ID, envs[w.app.ID][1].ID
		update := func(in *catalog.ForwardingInput) *ent.Environment {
			e, err := w.catalog.UpdateEnvironment(w.ctx, catalog.UpdateEnvironmentInput{ID: id, Forwarding: in})
			require.NoError(t, err)
			return e
		}
		told := w.bus.count("plan." + w.app.ID)
		require.Nil(t, forwarding(t, w, id))
		first := update(&catalog.ForwardingInput{URL: " https://sa.example.com?project=a ", Headers: []catalog.ForwardingHeaderInput{{Name: "authorization", Value: "Basic x"}}})
		require.Equal(t, told+1, w.bus.count("plan."+w.app.ID))
		require.Regexp(t, `^fwd_[0-9a-f]{32}$`, first.ForwardBacklog)
		require.Equal(t, &catalog.Forwarding{
			URL: "https://sa.example.com?project=a", Backlog: first.ForwardBacklog, Headers: map[string]string{"Authorization": "Basic x"},
		}, forwarding(t, w, id))

		moved := update(&catalog.ForwardingInput{URL: "https://sb.example.com/prefix"})
		require.Equal(t, first.ForwardBacklog, moved.ForwardBacklog, "what waits goes to the new address")
		require.Equal(t, map[string]string{"Authorization": "Basic x"}, moved.ForwardHeaders)
		require.Equal(t, moved.ForwardTo, update(nil).ForwardTo)
		require.Empty(t, update(&catalog.ForwardingInput{URL: moved.ForwardTo, Headers: []catalog.ForwardingHeaderInput{}}).ForwardHeaders)
		backlogs, err := w.catalog.Backlogs(w.ctx)
		require.NoError(t, err)
		require.Equal(t, first.ForwardBacklog, backlogs[id])
		require.Contains(t, backlogs, other)
		require.Empty(t, backlogs[other])

		_, err = w.catalog.ArchiveApp(w.ctx, catalog.ArchiveAppInput{ID: w.app.ID})
		require.NoError(t, err)
		require.Nil(t, forwarding(t, w, id))
		backlogs, err = w.catalog.Backlogs(w.ctx)
		require.NoError(t, err)
		require.Empty(t, backlogs[id])
		_, err = w.catalog.RestoreApp(w.ctx, catalog.RestoreAppInput{ID: w.app.ID})
		require.NoError(t, err)

		require.Empty(t, update(&catalog.ForwardingInput{}).ForwardBacklog)
		require.Nil(t, forwarding(t, w, id))
		require.NotEqual(t, first.ForwardBacklog, update(&catalog.ForwardingInput{URL: "http://sa.example.com:8106"}).ForwardBacklog)
	})
}

func TestForwardingIsRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.catalog.OwnHosts("127.0.0.1:8080", "[::1]:8080", "waymark.example.com")
		envs, err := w.catalog.EnvironmentsOf(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		id := envs[w.app.ID][0].ID
		for url, want := range map[string]string{
			"sa.example.com": "invalid_scheme", "ftp://sa.example.com": "invalid_scheme", "https://": "no_host", "https://a:b@sa.example.com": "has_password",
			"https://sa.example.com:0": "invalid_port", "https://sa.example.com/#x": "has_fragment", "://": "invalid_url",
			"https://sa.example.com/sa?project=a": "has_sdk_path", "https://api.segment.io/v1/batch/": "has_sdk_path",
			"http://127.0.0.1:8080": "own_address", "http://[::1]:8080": "own_address", "https://Waymark.example.com": "own_address",
			"http://sa.example.com/" + strings.Repeat("x", 2000): "invalid_url",
		} {
			_, err := w.catalog.UpdateEnvironment(w.ctx, catalog.UpdateEnvironmentInput{ID: id, Forwarding: &catalog.ForwardingInput{URL: url}})
			requireFields(t, err, "input.forwarding.url "+want)
		}
		_, err = w.catalog.UpdateEnvironment(w.ctx, catalog.UpdateEnvironmentInput{ID: id, Forwarding: &catalog.ForwardingInput{
			URL: "http://127.0.0.1:8081", Headers: []catalog.ForwardingHeaderInput{
				{Name: "a b"}, {Name: "host", Value: "x"}, {Name: "X-A", Value: "a\r\nb"}, {Name: "x-a"}, {Name: "X-Forwarded-For"}, {Name: "Proxy-Authorization"},
			},
		}})
		requireFields(t, err, "input.forwarding.headers[0].name invalid_header", "input.forwarding.headers[1].name reserved_header",
			"input.forwarding.headers[2].value invalid_header", "input.forwarding.headers[3].name duplicate",
			"input.forwarding.headers[4].name reserved_header", "input.forwarding.headers[5].name reserved_header")
		_, err = w.catalog.UpdateEnvironment(w.ctx, catalog.UpdateEnvironmentInput{ID: id, Forwarding: &catalog.ForwardingInput{
			Headers: make([]catalog.ForwardingHeaderInput, 21),
		}})
		require.ErrorContains(t, err, "nothing is passed on")
		require.Nil(t, forwarding(t, w, id))
	})
}
