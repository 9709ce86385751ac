package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPersonalValuesFromTheDeviceToTheScreen: a property that is marked as personal is masked in what comes from then on.
func TestPersonalValuesFromTheDeviceToTheScreen(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	cfg.AdminEmail, cfg.AdminPassword = "ops@example.com", "correct horse"
	w := start(t, cfg)
	w.query(`mutation { signIn(input: {email: "ops@example.com", password: "correct horse"}) { viewer { isToken } } }`)
	made := w.query(`mutation { createApp(input: {key: "shop", name: "商城"}) { app { environments { writeKeys { key } } } } }`)
	keys := regexp.MustCompile(`"key":"(\w+)"`).FindAllStringSubmatch(made, -1)
	require.Len(t, keys, 2, made)
	require.Contains(t, w.query(`mutation { createBatch(input: {app: "shop", title: "T"}) { batch { number } } }`), "SHOP-0001")
	require.Contains(t, w.query(`mutation { createProperty(input: {app: "shop", batch: "SHOP-0001", key: "real_name", name: "姓名", type: {base: STRING}, sensitivity: PERSONAL}) { property { sensitivity } } }`), "PERSONAL")
	send := func(key string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v1/track",
			strings.NewReader(`{"event":"登录","userId":"u","properties":{"real_name":"王小明","note":"打13800138000"}}`))
		require.NoError(t, err)
		r.SetBasicAuth(key, "")
		resp, err := w.client.Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, http.StatusOK, resp.StatusCode)
	}
	ask := func(environment string) string {
		return w.query(`{ capturedEvents(app: "shop", environment: "` + environment + `") { nodes { properties original } } }`)
	}
	const masked = `"properties":{"real_name":"*********","note":"打138****8000"}`
	// The mark is known to the collector as soon as its notice arrives.
	require.Eventually(t, func() bool { send(keys[0][1]); return strings.Contains(ask("test"), masked) }, 10*time.Second, 50*time.Millisecond)
	require.Contains(t, ask("test"), `"original":{"event":"登录","userId":"u","properties":{"real_name":"王小明","note":"打13800138000"}}`)
	send(keys[1][1])
	require.Eventually(t, func() bool { return strings.Contains(ask("production"), masked) }, 10*time.Second, 50*time.Millisecond)
	require.Contains(t, ask("production"), `"original":null`)
	require.NotContains(t, ask("production"), "王小明")
}
