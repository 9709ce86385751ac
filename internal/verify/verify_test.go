package verify_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/verify"
)

const expectations = `
app: shop
environment: test
events:
  - event: pay_success
    terminal: ios
    max: 3
    min: 1
  - {event: refund_apply}
`

func expect(t *testing.T, text string) *verify.Expectations {
	t.Helper()
	e, err := verify.ReadExpectations([]byte(text))
	require.NoError(t, err)
	return e
}

// answers is a server that gives one answer after another, the last one for ever.
func answers(t *testing.T, list ...string) (url string, asked *[]map[string]any) {
	t.Helper()
	asked = &[]map[string]any{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Variables map[string]any }
		text, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(text, &body)
		*asked = append(*asked, body.Variables)
		if r.Header.Get("Authorization") != "Bearer wm_token" || r.URL.Path != "/graphql" {
			_, _ = io.WriteString(w, `{"errors":[{"message":"nobody is signed in"}]}`)
			return
		}
		_, _ = io.WriteString(w, list[min(len(*asked), len(list))-1])
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func run(t *testing.T, url string, e *verify.Expectations, wait time.Duration) (*verify.Report, string) {
	t.Helper()
	r, err := verify.Run(t.Context(), verify.Options{URL: url + "/", Token: "wm_token", Run: "ci-1", Expect: e, Wait: wait})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, r.Print(&out))
	return r, out.String()
}

func answer(events, failures string) string {
	return `{"data":{"testRun":{"validCount":4,"invalidCount":1,"unplannedCount":1,"events":[` + events + `],"failures":{"nodes":[` + failures +
		`],"pageInfo":{"hasNextPage":false,"endCursor":null}}}}}`
}

func event(key, name, terminal string, valid, invalid, unplanned int) string {
	text, _ := json.Marshal(map[string]any{
		"eventKey": key, "name": name, "terminal": terminal, "validCount": valid, "invalidCount": invalid, "unplannedCount": unplanned,
	})
	return strings.ReplaceAll(string(text), `""`, "null")
}

func TestARunAsExpected(t *testing.T) {
	t.Parallel()
	url, asked := answers(t, answer(event("pay_success", "pay", "ios", 3, 0, 0)+","+event("refund_apply", "refund_apply", "", 1, 0, 0)+","+event("", "page", "web", 9, 0, 0), ""))
	r, out := run(t, url, expect(t, expectations), 0)
	require.Zero(t, r.Failed())
	require.Equal(t, `test run ci-1 in shop/test: 4 valid, 1 invalid, 1 unplanned

    EVENT               VALID  INVALID  UNPLANNED  EXPECTED
ok  pay_success on ios  3      0        0          1 to 3
ok  refund_apply        1      0        0          at least 1
ok  page on web         9      0        0          
`, out)
	require.Equal(t, []map[string]any{{"app": "shop", "environment": "test", "run": "ci-1"}}, *asked)
}

func TestWhatIsNotAsExpected(t *testing.T) {
	t.Parallel()
	failure := func(key, name, terminal, verdict, violations string) string {
		return `{"eventKey":` + key + `,"name":"` + name + `","terminal":` + terminal + `,"verdict":"` + verdict + `","violations":[` + violations + `]}`
	}
	const mismatch = `{"code":"type_mismatch","severity":"ERROR","property":"amount","expected":"number","actual":"\"五千\""}`
	const extra = `{"code":"extra_property","severity":"WARNING","property":"x","expected":"","actual":"1"}`
	const unplanned = `{"code":"event_unplanned","severity":"ERROR","property":null,"expected":"a planned event","actual":"ghost"}`
	url, _ := answers(t, answer(
		event("pay_success", "pay_success", "ios", 2, 2, 0)+","+event("pay_success", "pay_success", "web", 1, 0, 0)+","+event("", "ghost", "", 0, 0, 1),
		failure(`"pay_success"`, "pay_success", `"ios"`, "INVALID", mismatch+","+extra)+","+
			failure(`"pay_success"`, "pay_success", `"ios"`, "INVALID", mismatch)+","+failure("null", "ghost", "null", "UNPLANNED", unplanned)))
	r, out := run(t, url, expect(t, expectations), time.Hour)
	require.Equal(t, 3, r.Failed())
	require.Contains(t, out, `
FAIL  pay_success on ios  2      2        0          1 to 3
FAIL  refund_apply        0      0        0          at least 1
ok    pay_success on web  1      0        0          
FAIL  ghost               0      0        1          

pay_success on ios
  2 of 4 are invalid
  type_mismatch at amount: expected number, got "五千"
  it was seen 4 times, expected 1 to 3

refund_apply
  it was seen 0 times, expected at least 1

ghost
  1 of 1 are unplanned
  event_unplanned: expected a planned event, got ghost
`)
	var xmlText bytes.Buffer
	require.NoError(t, r.WriteJUnit(&xmlText))
	var suites struct {
		Suite struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Cases    []struct {
				Class   string `xml:"classname,attr"`
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(xmlText.Bytes(), &suites))
	require.Equal(t, []int{4, 3}, []int{suites.Suite.Tests, suites.Suite.Failures})
	require.Equal(t, "shop.test", suites.Suite.Cases[0].Class)
	require.Contains(t, suites.Suite.Cases[0].Failure.Text, "五千")
	require.Nil(t, suites.Suite.Cases[2].Failure)

	allowing := expect(t, expectations+"\nallowUnplanned: true\n")
	r, _ = run(t, url, allowing, time.Hour)
	require.Equal(t, 2, r.Failed())
}

func TestWhatIsMissingMayStillCome(t *testing.T) {
	t.Parallel()
	full := answer(event("pay_success", "pay", "ios", 3, 0, 0)+","+event("refund_apply", "refund_apply", "", 1, 0, 0), "")
	url, asked := answers(t, `{"data":{"testRun":null}}`, full)
	r, _ := run(t, url, expect(t, expectations), time.Hour)
	require.Zero(t, r.Failed())
	require.Len(t, *asked, 2)
	url, asked = answers(t, `{"data":{"testRun":null}}`)
	r, out := run(t, url, expect(t, expectations), 0)
	require.Equal(t, 2, r.Failed())
	require.Len(t, *asked, 1)
	require.Contains(t, out, "0 valid")
}

func TestARunThatNobodyReportedFails(t *testing.T) {
	t.Parallel()
	url, _ := answers(t, `{"data":{"testRun":null}}`)
	for _, more := range []string{"", "events:\n- event: pay_success\n  max: 0\n"} {
		r, out := run(t, url, expect(t, "app: shop\nenvironment: test\n"+more), 0)
		require.Equal(t, 1, r.Failed())
		require.Contains(t, out, "nothing of the run was seen")
	}
}

func TestFailuresComeInPages(t *testing.T) {
	t.Parallel()
	page := func(name, more string) string {
		return `{"data":{"testRun":{"invalidCount":2,"events":[` + event("", "a", "", 0, 1, 0) + "," + event("", "b", "", 0, 1, 0) + `],"failures":{"nodes":[{"name":"` + name +
			`","verdict":"INVALID","violations":[{"code":"c","severity":"ERROR","expected":"x","actual":"y"}]}],"pageInfo":` + more + `}}}}`
	}
	url, asked := answers(t, page("a", `{"hasNextPage":true,"endCursor":"next"}`), page("b", `{"hasNextPage":false}`))
	r, _ := run(t, url, expect(t, "{app: shop, environment: test}"), 0)
	require.Equal(t, "next", (*asked)[1]["after"])
	require.Len(t, r.Cases[0].Problems, 2)
	require.Len(t, r.Cases[1].Problems, 2)
}

func TestServersThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		`{"errors":[{"message":"there is no app shop"}],"data":null}`: "there is no app shop",
		`<html>`: "not as the API of Waymark does", `{}`: "without data",
	} {
		url, _ := answers(t, text)
		_, err := verify.Run(t.Context(), verify.Options{URL: url, Token: "wm_token", Run: "ci-1", Expect: expect(t, expectations)})
		require.ErrorContains(t, err, reason)
	}
	url, _ := answers(t, `{}`)
	_, err := verify.Run(t.Context(), verify.Options{URL: url, Run: "ci-1", Expect: expect(t, expectations)})
	require.EqualError(t, err, "nobody is signed in")
	_, err = verify.Run(t.Context(), verify.Options{URL: "http://127.0.0.1:1", Run: "ci-1", Expect: expect(t, expectations)})
	require.ErrorContains(t, err, "ask the server")
}

func TestExpectations(t *testing.T) {
	t.Parallel()
	e := expect(t, `{"app": "shop", "environment": "test", "events": [{"event": "a"}, {"event": "b", "max": 0}, {"event": "c", "min": 2, "max": 2}, {"event": "d", "max": 4}]}`)
	var said []string
	for i := range e.Events {
		said = append(said, e.Events[i].String())
	}
	require.Equal(t, []string{"at least 1", "exactly 0", "exactly 2", "at most 4"}, said)
	for text, reason := range map[string]string{
		``:                               "app",
		`{app: a, environment: b, x: 1}`: "field x not found",
		`{app: a, environment: b, events: [{terminal: ios}]}`:            "events[0].event",
		`{app: a, environment: b, events: [{event: a, min: -1}]}`:        "events[0].min",
		`{app: a, environment: b, events: [{event: a, min: 2, max: 1}]}`: "events[0].max",
		`{app: a, environment: b, events: [{event: a, min: "two"}]}`:     "cannot unmarshal",
		`{`: "did not find expected node content",
	} {
		_, err := verify.ReadExpectations([]byte(text))
		require.ErrorContains(t, err, reason, text)
	}
}
