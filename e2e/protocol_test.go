package e2e_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// TestGraphQLOverHTTP runs npm's graphql-http audit suite: no error, no warning.
func TestGraphQLOverHTTP(t *testing.T) {
	t.Parallel()
	s := start(t)
	token, _ := s.admin(t).bot(t, "VIEWER")
	node(t, "audit.mjs", "--url", s.URL+"/graphql")
	node(t, "audit.mjs", "--url", s.URL+"/graphql", "--token", token)
}

const wholeMonitor = `subscription { monitor { at apps } }`

// TestSubscriptionProtocol goes through the cases of graphql-transport-ws with a raw WebSocket. The close codes are those
// of internal/subscription.
func TestSubscriptionProtocol(t *testing.T) {
	t.Parallel()
	s := start(t)
	token, _ := s.admin(t).bot(t, "VIEWER")
	in, monitor := initAs(token), subscribeTo("1", wholeMonitor)
	for _, c := range []struct {
		name   string
		say    []string
		code   int
		reason string
	}{
		{"connection_init twice", []string{in, in}, 4429, "Too many initialisation requests"},
		{"subscribe before connection_ack", []string{monitor}, 4401, "Unauthorized"},
		{"id in use", []string{in, monitor, monitor}, 4409, "Subscriber for 1 already exists"},
		{"unknown type", []string{in, `{"type":"start","id":"1"}`}, 4400, "Invalid message: message has an unknown type"},
		{"type of the server's", []string{in, `{"type":"next","id":"1","payload":{}}`}, 4400, "Invalid message: message has an unknown type"},
		{"not JSON", []string{`subscribe`}, 4400, "Invalid message: message is not a JSON object"},
		{"not UTF-8", []string{"{\"type\":\"\xff\"}"}, 4400, "Invalid message: message is not UTF-8"},
		{"no type", []string{`{"id":"1"}`}, 4400, "Invalid message: message has no type"},
		{"no id", []string{in, `{"type":"subscribe","payload":{"query":"{ viewer { isToken } }"}}`}, 4400, "Invalid message: message has no id"},
		{"no payload", []string{in, `{"type":"subscribe","id":"1"}`}, 4400, "Invalid message: message has a payload that does not fit its type"},
		{"payload of a wrong type", []string{`{"type":"connection_init","payload":7}`}, 4400, "Invalid message: message has a payload that does not fit its type"},
		{"too large", []string{in, `{"type":"ping","payload":{"x":"` + strings.Repeat("x", 300<<10) + `"}}`}, 4400, "Message too large"},
		{"wrong token", []string{`{"type":"connection_init","payload":{"authorization":"Bearer wm_nonsense"}}`}, 4403, "Forbidden"},
		{"no token", []string{`{"type":"connection_init"}`}, 4403, "Forbidden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ws := s.connect(t)
			ws.say(t, c.say...)
			closed := ws.hearClose(t)
			require.Equal(t, c.code, closed.Code)
			require.Equal(t, c.reason, closed.Text)
		})
	}
	t.Run("no connection_init", func(t *testing.T) {
		t.Parallel()
		begun := time.Now()
		closed := s.connect(t).hearClose(t)
		require.Equal(t, 4408, closed.Code)
		require.Equal(t, "Connection initialisation timeout", closed.Text)
		require.GreaterOrEqual(t, time.Since(begun), 9*time.Second, "a slow client gets its time")
	})
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		ws := s.connect(t)
		require.NoError(t, ws.WriteMessage(websocket.BinaryMessage, []byte(in)))
		require.Equal(t, 4400, ws.hearClose(t).Code)
	})
	t.Run("reserved bits", func(t *testing.T) {
		t.Parallel()
		ws := s.connect(t)
		_, err := ws.NetConn().Write([]byte{0xf1, 0x80, 0, 0, 0, 0})
		require.NoError(t, err)
		require.Equal(t, 1002, ws.hearClose(t).Code)
	})
}

func TestSubprotocolsAndOrigins(t *testing.T) {
	t.Parallel()
	s := start(t)
	token, _ := s.admin(t).bot(t, "VIEWER")
	for _, protocols := range [][]string{nil, {"graphql-ws"}, {"mqtt"}} {
		ws, _, err := s.dial(websocket.Dialer{Subprotocols: protocols}, nil)
		require.NoError(t, err)
		closed := ws.hearClose(t)
		require.Equal(t, 4406, closed.Code)
		require.Equal(t, "Subprotocol not acceptable", closed.Text)
	}
	right := websocket.Dialer{Subprotocols: []string{"graphql-ws", "graphql-transport-ws"}}
	for _, origin := range []string{"https://evil.example", "http://localhost:1", "null", "http://" + strings.TrimPrefix(s.URL, "http://") + ".evil.example"} {
		_, response, err := s.dial(right, http.Header{"Origin": {origin}})
		require.ErrorIs(t, err, websocket.ErrBadHandshake, origin)
		require.Equal(t, http.StatusForbidden, response.StatusCode, origin)
	}
	for _, header := range []http.Header{nil, {"Origin": {s.URL}}} {
		ws, _, err := s.dial(right, header)
		require.NoError(t, err)
		ws.say(t, initAs(token))
		ws.hearType(t, "connection_ack")
	}
	// Another site's page cannot send anything that counts, whatever it dresses it up as.
	for _, media := range []string{"application/json", "text/plain", "application/x-www-form-urlencoded"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", media)
		request.Header.Set("Origin", "https://evil.example")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		_ = response.Body.Close()
		require.Equal(t, http.StatusForbidden, response.StatusCode)
		require.Empty(t, response.Header.Get("Access-Control-Allow-Origin"))
	}
}

// TestOperationsOverWebSocket is the protocol when all goes well, and when an operation does not.
func TestOperationsOverWebSocket(t *testing.T) {
	t.Parallel()
	s := start(t)
	admin := s.admin(t)
	planned := planShop(t, admin)
	token, _ := admin.bot(t, "ADMIN")
	ws := s.join(t, token)

	ws.say(t, `{"type":"ping","payload":{"n":1}}`, `{"type":"ping"}`, `{"type":"pong"}`, `{"type":"complete","id":"never there"}`)
	require.Equal(t, 1.0, ws.hearType(t, "pong").number("payload", "n"))
	ws.hearType(t, "pong")

	ws.say(t, subscribeTo("q", `{ app(key: "shop") { name } }`))
	require.Equal(t, "商城", ws.hearType(t, "next").text("payload", "data", "app", "name"))
	require.Equal(t, "q", ws.hearType(t, "complete").text("id"))
	ws.say(t, subscribeTo("q", `mutation { updateApp(input: {id: "app_nonesuch", name: "x"}) { app { name } } }`))
	require.Equal(t, "NOT_FOUND", ws.hearType(t, "next").text("payload", "errors", 0, "extensions", "code"))
	ws.hearType(t, "complete")

	for _, refused := range []string{
		`{`, `{ nope }`, `subscription { liveCapture(app: "shop") { dropped } }`,
		`subscription { liveCapture(app: "shop", environment: "staging") { dropped } }`,
		`subscription { liveCapture(app: "nonesuch", environment: "test") { dropped } }`,
		`subscription { a: monitor { apps } b: monitor { apps } }`,
	} {
		ws.say(t, subscribeTo("e", refused))
		told := ws.hearType(t, "error")
		require.Equal(t, "e", told.text("id"))
		require.NotEmpty(t, told.text("payload", 0, "extensions", "code"), "%s: %v", refused, told)
		require.NotEmpty(t, told.text("payload", 0, "message"))
	}

	// A subscription runs until the client completes it, and its id is free then. Nothing follows its complete.
	live := subscribeTo("s", `subscription { liveCapture(app: "shop", environment: "test") { events { messageId } } }`)
	ws.say(t, live)
	awaitViewers(t, s, 1)
	track := func(id string) {
		body := `{"event":"order_paid","userId":"u","messageId":"` + id + `","properties":{}}`
		require.Equal(t, http.StatusOK, post(t, s.URL+"/v1/track", planned.Test, body).status)
	}
	track("first")
	require.Equal(t, "first", ws.hearType(t, "next").text("payload", "data", "liveCapture", "events", 0, "messageId"))
	ws.say(t, `{"type":"complete","id":"s"}`)
	eventually(t, "it has ended", func() bool { return s.metric(t, "waymark_live_hub_subscriptions") == 0 })
	track("second")
	ws.say(t, live)
	awaitViewers(t, s, 1)
	track("third")
	require.Equal(t, "third", ws.hearType(t, "next").text("payload", "data", "liveCapture", "events", 0, "messageId"))

	// A server that stops says so, without a complete: the client comes back.
	s.stop(t)
	closed := ws.hearClose(t)
	require.Equal(t, 1001, closed.Code)
	require.Equal(t, "Going away", closed.Text)
}

// TestViewersWhoseRightsEnd are cut where they stand: their token expires or is revoked, their person leaves.
func TestViewersWhoseRightsEnd(t *testing.T) {
	t.Parallel()
	s := start(t)
	admin := s.admin(t)
	planned := planShop(t, admin)
	live := `subscription { liveCapture(app: "shop", environment: "test") { events { messageId } } }`
	busy := make(chan struct{})
	defer close(busy)
	go keepReporting(t, s, planned.Test, busy)

	expect := func(t *testing.T, ws *socket) {
		t.Helper()
		closed := ws.hearClose(t)
		require.Equal(t, 4403, closed.Code)
		require.Equal(t, "Forbidden", closed.Text)
	}
	t.Run("the token expires", func(t *testing.T) {
		end := time.Now().Add(3 * time.Second)
		short := admin.must(t, `mutation($at: Time) { createAPIToken(input: {name: "short", roles: [{role: VIEWER}], expiresAt: $at}) { secret } }`,
			vars{"at": end.UTC().Format(time.RFC3339Nano)}).text("createAPIToken", "secret")
		ws := s.join(t, short)
		ws.say(t, subscribeTo("1", live))
		ws.hearType(t, "next")
		expect(t, ws)
		require.WithinRange(t, time.Now(), end, end.Add(10*time.Second), "neither early nor late")
		ws = s.connect(t)
		ws.say(t, initAs(short))
		expect(t, ws)
		a := admin.with(short).ask(t, `{ viewer { isToken } }`, nil)
		require.Equal(t, "UNAUTHENTICATED", a.code())
		require.Equal(t, "token_expired", a.reason())
	})
	t.Run("the token is revoked", func(t *testing.T) {
		token, id := admin.bot(t, "TESTER")
		ws, stream := s.join(t, token), s.stream(t, token, live)
		ws.say(t, subscribeTo("1", live))
		ws.hearType(t, "next")
		require.Equal(t, "event: next", readLine(t, stream))
		admin.must(t, `mutation($id: ID!) { revokeAPIToken(input: {id: $id}) { apiToken { revokedAt } } }`, vars{"id": id})
		expect(t, ws)
		_, err := io.Copy(io.Discard, stream)
		require.NoError(t, err, "the event stream ends")
		a := admin.with(token).ask(t, `{ viewer { isToken } }`, nil)
		require.Equal(t, "UNAUTHENTICATED", a.code())
		require.Equal(t, "token_revoked", a.reason())
	})
	t.Run("the person leaves", func(t *testing.T) {
		made := admin.must(t, `mutation { createUser(input: {email: "v@example.com", name: "v", password: "long enough 1", roles: [{role: VIEWER}]}) { user { id } } }`, nil)
		output, err := waymark(t, nil, "token", "create", "--data-dir", s.Dir, "--user", "v@example.com", "--role", "viewer", "bot")
		require.NoError(t, err, output)
		lines := strings.Split(strings.TrimSpace(output), "\n")
		ws := s.join(t, lines[len(lines)-1])
		ws.say(t, subscribeTo("1", live))
		ws.hearType(t, "next")
		admin.must(t, `mutation($id: ID!) { deactivateUser(input: {id: $id}) { user { active } } }`, vars{"id": made.text("createUser", "user", "id")})
		expect(t, ws)
	})
}

// keepReporting sends an event now and then until it is told to stop.
func keepReporting(t *testing.T, s *server, key string, stop <-chan struct{}) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/track", strings.NewReader(`{"event":"order_paid","userId":"u"}`))
		if err != nil {
			return
		}
		request.SetBasicAuth(key, "")
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}
}

// stream opens a subscription as server-sent events.
func (s *server) stream(t *testing.T, token, query string) *bufio.Reader {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(`{"query":`+quoted(query)+`}`))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Contains(t, response.Header.Get("Content-Type"), "text/event-stream")
	return bufio.NewReader(response.Body)
}

// readLine returns the next line of an event stream that is no comment.
func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		if line = strings.TrimSpace(line); line != "" && line[0] != ':' {
			return line
		}
	}
}
