package e2e_test

import "testing"

// TestCaptureInTheBrowser: a tester starts a session on a batch, binds a page of another origin by link, finds what is wrong with what
// its SDK reports, waives, signs off and reads the report; by keyboard alone, in either language and look, and in a phone's window.
func TestCaptureInTheBrowser(t *testing.T) {
	t.Parallel()
	demo := start(t, "--demo")
	person := demo.nobody(t)
	person.must(t, `mutation { signIn(input: {email: "admin@demo.local", password: "waymark-demo"}) { viewer { isToken } } }`, nil)
	person.must(t, `mutation { createProperty(input: {app: "demo-shop", key: "page_day_tier", name: "会员档位",
		type: {base: ENUM, values: [{value: "gold", label: "金卡"}, {value: "silver", label: "银卡"}]}}) { property { id } } }`, nil)
	for event, as := range map[string][]string{
		"page_day_join": {}, "page_day_join_en": {"--locale", "en-US", "--scheme", "dark"}, "page_day_join_phone": {"--locale", "en-US", "--width", "390"},
	} {
		args := []string{"--url", demo.URL, "--batch", makePageDay(t, person, event), "--event", event, "--property", "page_day_tier", "--key", "demo-test"}
		node(t, "capture.mjs", append(args, as...)...)
	}
}

// makePageDay makes a batch in testing with an event for web pages, which takes one required enum, and returns its number.
func makePageDay(t *testing.T, c *client, event string) string {
	t.Helper()
	number := c.must(t, `mutation { createBatch(input: {app: "demo-shop", title: "会员日网页埋点"}) { batch { number } } }`, nil).
		text("createBatch", "batch", "number")
	// The common properties of the demo's app are not what this is about.
	c.must(t, `mutation($batch: String!, $event: String!) { createEvent(input: {batch: $batch, wireName: $event, name: "参加网页会员日", level: P0,
		trigger: "点击“立即参加”并成功返回", terminals: ["web"], excludedCommonProperties: ["channel", "is_login", "session_seq"],
		properties: [{key: "page_day_tier", presence: REQUIRED}]}) { event { id } } }`, vars{"batch": number, "event": event})
	for _, to := range []string{"APPROVED", "IN_TESTING"} {
		c.must(t, `mutation($batch: String!, $to: String!) { transitionBatch(input: {batch: $batch, to: $to, build: "1", note: "提测"}) { batch { state } } }`,
			vars{"batch": number, "to": to})
	}
	return number
}

// TestStreamStaysSmall: an environment's stream shows the newest of many events, builds the rows that are on the screen, and has a heap of
// the size of what it keeps. The script prints frames per second too; how many there are is up to the machine.
func TestStreamStaysSmall(t *testing.T) {
	t.Parallel()
	demo := start(t, "--demo")
	node(t, "stream.mjs", "--url", demo.URL, "--email", "admin@demo.local", "--password", "waymark-demo", "--app", "demo-shop",
		"--environment", "test", "--key", "demo-test", "--seconds", "5", "--flood", "20000", "--heap", "100")
}
