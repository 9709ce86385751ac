package collect_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/masking"
)

// TestPersonalValuesNeverReachTheBus: they are judged as they came, and then masked, with what stood there beside them only in
// an environment that keeps originals.
func TestPersonalValuesNeverReachTheBus(t *testing.T) {
	t.Parallel()
	to := &memory{}
	f := newFront(t, to)
	f.plans.change("app_1", func(a *collect.Accepted) {
		a.Properties = map[string]bool{"product_name": true, "price": false}
		a.Masking = map[string]collect.Masking{
			"env_test": {Patterns: masking.Patterns(), KeepOriginals: true}, "env_production": {Patterns: []masking.Pattern{masking.Phone}},
		}
	})
	require.NoError(t, f.planner.Load(t.Context()))
	const body = `{"batch":[{"type":"track","event":"product_viewed","messageId":"m1","userId":"13800138000","properties":{"product_name":"王小明","price":5}},` +
		`{"type":"track","event":"product_viewed","messageId":"m2","userId":"li@example.com","properties":{"product_name":5,"price":"li@example.com"}},"13800138000"]}`
	post := func(key string) []capture.Captured {
		answer, _ := f.ask(http.MethodPost, "/v1/batch", body, "Authorization", basic(key))
		require.Equal(t, http.StatusOK, answer.StatusCode)
		return to.take()
	}

	events := post(testKey)
	require.Len(t, events, 3)
	require.Equal(t, capture.Valid, events[0].Verdict)
	require.JSONEq(t, `{"product_name":"*********","price":5}`, events[0].PropertiesJSON())
	require.Equal(t, "138****8000", events[0].UserID)
	require.True(t, events[0].HasOriginal())
	require.JSONEq(t, `{"product_name":"王小明","price":5}`, events[0].Unmasked().PropertiesJSON())
	require.Equal(t, "13800138000", events[0].Unmasked().UserID)
	require.Equal(t, capture.Invalid, events[1].Verdict)
	require.Equal(t, []capture.Violation{
		{Code: check.TypeMismatch, Severity: capture.Error, Property: "product_name", Expected: "string", Actual: masking.Hidden},
		{Code: check.TypeMismatch, Severity: capture.Error, Property: "price", Expected: "number", Actual: `"l*@example.com"`},
	}, events[1].Violations)
	require.Equal(t, `"138****8000"`, events[2].Raw, "what could not be read")
	require.NotContains(t, events[2].Violations[0].Actual, "13800138000")

	events = post(productionKey)
	require.Equal(t, "138****8000", events[0].UserID)
	require.False(t, events[0].HasOriginal())
	require.NotEmpty(t, events[0].Masks)
	require.Equal(t, "li@example.com", events[1].UserID, "mail addresses are not masked there")
}

// TestWhatIsRefusedIsMasked: the excerpt of a refused request shows nothing personal either.
func TestWhatIsRefusedIsMasked(t *testing.T) {
	t.Parallel()
	f := newFront(t, &memory{})
	f.plans.change("app_1", func(a *collect.Accepted) {
		a.Properties = map[string]bool{"product_name": true}
		a.Masking = map[string]collect.Masking{"env_test": {Patterns: masking.Patterns()}}
	})
	require.NoError(t, f.planner.Load(t.Context()))
	f.ask(http.MethodPost, "/v1/batch", `{"phone":13800138000,"Product_Name":"王小明"`, "Authorization", basic(testKey))
	f.ask(http.MethodPost, "/v1/batch", `{"batch":["13800138000 王小明"]}`, "Authorization", basic(testKey))
	list := f.taken(t)
	require.Len(t, list, 2)
	require.Equal(t, `{"phone":138****8000,"Product_Name`+strings.Repeat("*", 13), list[0].Excerpt)
	require.Equal(t, `"138****8000 王小明"`, list[1].Excerpt)
}
