package graph_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// Requests that cannot be read are refused as a whole and in words, as JSON and as an event stream alike. Text that is not
// UTF-8 is one of them: Go's decoder would put U+FFFD in its place, which nobody has meant.
func TestRequestsThatCannotBeReadAreRefusedInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	const jsonBody = "application/json"
	for _, c := range []struct {
		name, query, body, media, message string
		status                            int
	}{
		{"not UTF-8", "", "{\"query\":\"{ app(key: \\\"\xff\\\") { name } }\"}", jsonBody, "UTF-8", 400},
		{"not UTF-8 in the variables", "", "{\"query\":\"query($k: String!) { app(key: $k) { name } }\",\"variables\":{\"k\":\"\xe6\x94\"}}", jsonBody, "UTF-8", 400},
		{"not UTF-8 in the address", "?query=%7Bapp(key:%22%FF%22)%7Bname%7D%7D", "", "", "UTF-8", 400},
		{"not JSON", "", "{", jsonBody, "object", 400},
		{"no query", "", "{}", jsonBody, "query", 400},
		{"variables that are a list", "", `{"query":"{ viewer { isToken } }","variables":[]}`, jsonBody, "variables", 400},
		{"variables that are not JSON", "?query=%7Bviewer%7BisToken%7D%7D&variables=%7B", "", "", "variables", 400},
		{"another media type", "", "query=1", "text/plain", jsonBody, 415},
		{"too large", "", strings.Repeat(" ", 3<<20), jsonBody, "larger than", 413},
	} {
		for _, accept := range []string{jsonBody, "text/event-stream"} {
			t.Run(c.name+", "+accept, func(t *testing.T) {
				t.Parallel()
				method, body := http.MethodPost, io.Reader(strings.NewReader(c.body))
				if c.query != "" {
					method, body = http.MethodGet, nil
				}
				r, err := http.NewRequestWithContext(t.Context(), method, w.url+c.query, body)
				require.NoError(t, err)
				r.Header = http.Header{"Accept": {accept}, "Content-Type": {c.media}, "Authorization": {"Bearer " + w.token}}
				resp, err := http.DefaultClient.Do(r)
				require.NoError(t, err)
				defer func() { _ = resp.Body.Close() }()
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.Equal(t, c.status, resp.StatusCode, "%s", text)
				require.Contains(t, string(text), `"code":"INVALID_INPUT"`)
				require.Contains(t, string(text), c.message)
				require.NotContains(t, string(text), `"data"`)
			})
		}
	}
}
