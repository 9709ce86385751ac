package e2e_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConsoleInTheBrowser: whoever looks things up goes from an app to a batch, an event and a property by keyboard alone, in either
// language and look, on a wide screen and on a phone's, where a reverse proxy has the server below a path too.
func TestConsoleInTheBrowser(t *testing.T) {
	t.Parallel()
	demo := start(t, "--demo")
	person := demo.nobody(t)
	person.must(t, `mutation { signIn(input: {email: "admin@demo.local", password: "waymark-demo"}) { viewer { isToken } } }`, nil)
	makeMemberDay(t, demo, person)
	node(t, "console.mjs", "--url", demo.URL)
	node(t, "console.mjs", "--url", demo.URL, "--locale", "en-US", "--scheme", "dark")
	node(t, "console.mjs", "--url", demo.below(t, "/tools/waymark"), "--locale", "en-US", "--width", "390")
}

// below is the address of a reverse proxy that has the server below a path.
func (s *server) below(t *testing.T, path string) string {
	t.Helper()
	target, err := url.Parse(s.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // As proxies in front of it are told to do in docs/operations.md.
	}}
	mux := http.NewServeMux()
	mux.Handle(path+"/", http.StripPrefix(path, proxy))
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	return front.URL + path
}

// makeMemberDay brings a batch with an event and an enum of its own online on iOS, which reports it once.
func makeMemberDay(t *testing.T, s *server, c *client) {
	t.Helper()
	number := c.must(t, `mutation { createBatch(input: {app: "demo-shop", title: "会员日埋点", externalReference: "PRD-2077",
		documents: [{title: "PRD-2077", url: "https://docs.example.com/PRD-2077"}],
		targetVersions: [{terminal: "ios", version: "8.6.0"}, {terminal: "android", version: "8.6.0"}]}) { batch { number } } }`, nil).
		text("createBatch", "batch", "number")
	batch := vars{"batch": number}
	c.must(t, `mutation($batch: String!) { createProperty(input: {app: "demo-shop", batch: $batch, key: "member_day_tier", name: "会员档位",
		description: "参加时的等级", example: "gold",
		type: {base: ENUM, values: [{value: "gold", label: "金卡"}, {value: "silver", label: "银卡"}]}}) { property { id } } }`, batch)
	c.must(t, `mutation($batch: String!) { createEvent(input: {batch: $batch, wireName: "member_day_join", name: "参加会员日", level: P0,
		description: "用户参加了会员日", trigger: "点击“立即参加”并成功返回", module: "会员", terminals: ["ios", "android"],
		properties: [{key: "member_day_tier", presence: REQUIRED}]}) { event { id } } }`, batch)
	addScreenshot(t, c, c.must(t, `{ event(app: "demo-shop", key: "member_day_join") { id } }`, nil).text("event", "id"))
	for _, move := range []vars{
		{"batch": number, "to": "APPROVED", "terminals": []string{}},
		{"batch": number, "to": "IN_TESTING", "terminals": []string{}},
		{"batch": number, "to": "ONLINE", "terminals": []string{"ios"}},
	} {
		c.must(t, `mutation($batch: String!, $to: String!, $terminals: [String!]!) {
			transitionBatch(input: {batch: $batch, to: $to, terminals: $terminals, build: "8.6.0-rc1", note: "提测与上线"}) { batch { state } } }`, move)
	}
	answer := post(t, s.URL+"/v1/track", "demo-test", `{"event":"member_day_join","userId":"u1","messageId":"member-1",
		"properties":{"member_day_tier":"gold"},"context":{"app":{"version":"8.6.0"},"os":{"name":"iOS"}}}`)
	require.Equal(t, http.StatusOK, answer.status, answer.body)
}

// addScreenshot hands in a small picture for an event, as browsers do.
func addScreenshot(t *testing.T, c *client, event string) {
	t.Helper()
	operations, err := json.Marshal(map[string]any{
		"query": `mutation($event: ID!, $file: Upload!) {
			addScreenshot(input: {eventId: $event, file: $file, caption: "立即参加"}) { screenshot { file { url } } } }`,
		"variables": vars{"event": event, "file": nil},
	})
	require.NoError(t, err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(t, form.WriteField("operations", string(operations)))
	require.NoError(t, form.WriteField("map", `{"0":["variables.file"]}`))
	part, err := form.CreateFormFile("0", "join.png")
	require.NoError(t, err)
	require.NoError(t, png.Encode(part, image.NewGray(image.Rect(0, 0, 40, 60))))
	require.NoError(t, form.Close())

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.server.URL+"/graphql", &body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Graphql-Require-Preflight", "1")
	response, err := c.http.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var a answer
	require.NoError(t, json.NewDecoder(response.Body).Decode(&a))
	require.Empty(t, a.Errors)
}
