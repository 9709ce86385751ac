package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// TestTwoTestRunsAtOnce: two CI jobs send the same events at the same time, with the same ids, the one by its own format
// and the other by Segment's; each is told what came of its own run, and nothing of the other's.
func TestTwoTestRunsAtOnce(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{"sqlite": nil, "postgres": {migrated(t)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, words...)
			admin := s.admin(t)
			shop := planShop(t, admin)
			token, _ := admin.bot(t, "VIEWER")
			dir := t.TempDir()
			expected := filepath.Join(dir, "expect.yaml")
			require.NoError(t, os.WriteFile(expected, []byte(`
app: shop
environment: test
events:
  - {event: order_paid, terminal: android, min: 20, max: 20}
  - {event: search_performed}
`), 0o600))
			verify := func(run string, more ...string) (string, error) {
				args := append([]string{"verify", "--run", run, "--expect", expected, "--url", s.URL, "--wait", "2s"}, more...)
				return waymark(t, []string{"WAYMARK_TOKEN=" + token}, args...)
			}

			const properties = `{"product_name":"苹果 🍎","category":"a","price":1,"quantity":1,"is_vip":true,"tags":["a"],"seq":1,"run_id":"r"}`
			var jobs errgroup.Group
			jobs.Go(func() error {
				for i := range 20 {
					post(t, s.URL+"/v1/events", shop.Test, fmt.Sprintf(
						`{"event":"order_paid","id":"%d","runId":"job-1","os":{"name":"Android"},"properties":%s}`, i, properties))
				}
				post(t, s.URL+"/v1/events?wm_run=job-1", shop.Test, `{"event":"search_performed","os":{"name":"Android"},"properties":`+properties+`}`)
				return nil
			})
			jobs.Go(func() error {
				for i := range 20 {
					post(t, s.URL+"/v1/batch?wm_run=job-2", shop.Test, fmt.Sprintf(
						`{"batch":[{"type":"track","event":"order_paid","messageId":"%d","userId":"u","context":{"os":{"name":"Android"}},"properties":%s}]}`,
						i, strings.Replace(properties, `"price":1`, `"price":"五千"`, min(1, i/19))))
				}
				post(t, s.URL+"/v1/batch?wm_run=job-2", shop.Test, `{"batch":[{"type":"track","event":"ghost","userId":"u"}]}`)
				return nil
			})
			require.NoError(t, jobs.Wait())

			junit := filepath.Join(dir, "junit.xml")
			output, err := verify("job-1", "--junit", junit)
			require.NoError(t, err, output)
			require.Contains(t, output, "test run job-1 in shop/test: 21 valid, 0 invalid, 0 unplanned")
			written, err := os.ReadFile(junit)
			require.NoError(t, err)
			require.Contains(t, string(written), `tests="2" failures="0"`)

			output, err = verify("job-2", "--junit", junit)
			require.ErrorContains(t, err, "exit status 1")
			for _, line := range []string{
				"test run job-2 in shop/test: 19 valid, 1 invalid, 1 unplanned", `type_mismatch at price: expected number, got "五千"`,
				"it was seen 0 times, expected at least 1", "ghost", "waymark: the test run is not as expected",
			} {
				require.Contains(t, output, line)
			}
			written, err = os.ReadFile(junit)
			require.NoError(t, err)
			require.Contains(t, string(written), `tests="3" failures="3"`)
			output, err = verify("job-3")
			require.ErrorContains(t, err, "exit status 1")
			require.Contains(t, output, "0 valid, 0 invalid, 0 unplanned")

			found := admin.must(t, `{ testRun(app: "shop", environment: "test", id: "job-2") { failures(first: 1) {
				nodes { name runId } pageInfo { hasNextPage endCursor } } } }`, nil)
			require.Equal(t, "ghost", found.text("testRun", "failures", "nodes", 0, "name"), "newest first")
			require.Equal(t, "job-2", found.text("testRun", "failures", "nodes", 0, "runId"))
			found = admin.must(t, `query($after: Cursor) { testRun(app: "shop", environment: "test", id: "job-2") { failures(after: $after) {
				nodes { name violations { code } } pageInfo { hasNextPage } } } }`,
				vars{"after": found.text("testRun", "failures", "pageInfo", "endCursor")})
			require.Len(t, found.list("testRun", "failures", "nodes"), 1)
			require.Equal(t, "type_mismatch", found.text("testRun", "failures", "nodes", 0, "violations", 0, "code"))
		})
	}
}
