package subscription_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/subscription"
	"github.com/waymarkhq/waymark/internal/subscription/internal/testschema"
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(benchViewers); spec != "" {
		if err := viewAll(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// person is an Identity that can be revoked.
type person struct {
	name, scope string
	expires     time.Time
	revoked     atomic.Bool
}

func (p *person) Scope() string      { return p.scope }
func (p *person) Subject() string    { return p.name }
func (p *person) Expires() time.Time { return p.expires }
func (p *person) Err() error {
	if p.revoked.Load() {
		return fault.New(fault.Unauthenticated, "revoked", "the token was revoked")
	}
	return nil
}

// resolver is the test schema's resolvers; topics are fed by tests.
type resolver struct {
	buffer   int // of a topic's channels
	mu       sync.Mutex
	feeds    map[string][]feed
	states   []chan *testschema.State
	started  atomic.Int64 // subscription resolvers that ran
	running  atomic.Int64 // and have not ended
	hanging  atomic.Int64
	sum      atomic.Int64
	faulties chan *testschema.Faulty
}

func (r *resolver) Query() testschema.QueryResolver               { return r }
func (r *resolver) Mutation() testschema.MutationResolver         { return r }
func (r *resolver) Subscription() testschema.SubscriptionResolver { return r }

func (r *resolver) Hello(_ context.Context, name *string) (string, error) {
	if name == nil {
		return "hello", nil
	}
	return "hello " + *name, nil
}

func (r *resolver) Hang(ctx context.Context) (string, error) {
	r.hanging.Add(1)
	defer r.hanging.Add(-1)
	<-ctx.Done()
	return "", ctx.Err()
}

func (r *resolver) Panics(context.Context) (string, error) { panic("broken") }

func (r *resolver) Add(_ context.Context, n int) (int, error) { return int(r.sum.Add(int64(n))), nil }

// feed is the stream of one execution.
type feed struct {
	ch   chan *testschema.Page
	done <-chan struct{}
}

func (r *resolver) open(ctx context.Context, topic string) chan *testschema.Page {
	f := feed{ch: make(chan *testschema.Page, r.buffer), done: ctx.Done()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.feeds[topic] = append(r.feeds[topic], f)
	r.started.Add(1)
	r.running.Add(1)
	context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.feeds[topic] = slices.DeleteFunc(r.feeds[topic], func(other feed) bool { return other == f })
		r.running.Add(-1)
	})
	return f.ch
}

func (r *resolver) Feed(ctx context.Context, topic string, _ []string, _ *int) (<-chan *testschema.Page, error) {
	return subscription.Offer(ctx, subscription.Source[*testschema.Page]{
		Items:  r.open(ctx, topic),
		Weight: (*testschema.Page).Weight,
		Loss:   func(n int) *testschema.Page { return &testschema.Page{Dropped: n} },
	}), nil
}

func (r *resolver) Mine(ctx context.Context, topic string) (<-chan *testschema.Page, error) {
	return r.Feed(ctx, topic, nil, nil)
}

func (r *resolver) Plain(ctx context.Context, topic string) (<-chan *testschema.Page, error) {
	return r.open(ctx, topic), nil
}

func (r *resolver) State(ctx context.Context) (<-chan *testschema.State, error) {
	ch := make(chan *testschema.State, 10_000)
	r.mu.Lock()
	r.states = append(r.states, ch)
	r.mu.Unlock()
	r.started.Add(1)
	return subscription.Offer(ctx, subscription.Source[*testschema.State]{Items: ch}), nil
}

func (r *resolver) Refused(context.Context) (<-chan *testschema.State, error) {
	return nil, fault.New(fault.Forbidden, "not_yours", "you may not see this")
}

func (r *resolver) Faulty(ctx context.Context, _ string) (<-chan *testschema.Faulty, error) {
	return subscription.Offer(ctx, subscription.Source[*testschema.Faulty]{
		Items: r.faulties, Weight: func(*testschema.Faulty) int { return 1 },
		Loss: func(int) *testschema.Faulty { return &testschema.Faulty{} },
	}), nil
}

// publish sends a page to all executions of the topic, or of all topics for "".
func (r *resolver) publish(topic string, p *testschema.Page) {
	r.mu.Lock()
	var feeds []feed
	for t, list := range r.feeds {
		if topic == "" || t == topic {
			feeds = append(feeds, list...)
		}
	}
	r.mu.Unlock()
	for _, f := range feeds {
		select {
		case f.ch <- p:
		case <-f.done:
		}
	}
}

func (r *resolver) close(topic string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.feeds[topic] {
		close(f.ch)
	}
	delete(r.feeds, topic)
}

// events makes a page of n events numbered from seq on, each with a note of the given size.
func events(seq, n, size int) *testschema.Page {
	p := &testschema.Page{}
	note := strings.Repeat("x", size)
	for i := range n {
		p.Events = append(p.Events, &testschema.Event{
			Seq: seq + i, Name: "支付 🎉", Note: note, Device: &testschema.Device{ID: "d1", Model: "Pixel"},
			Violations: []*testschema.Violation{{Code: "type"}},
		})
	}
	return p
}

// world is a running server.
type world struct {
	t       testing.TB
	srv     *subscription.Server
	http    *http.Server
	host    string
	dialer  func(ctx context.Context) (net.Conn, error)
	res     *resolver
	mu      sync.Mutex
	people  map[string]*person
	clients []*websocket.Conn
	stop    context.CancelFunc
	stopped chan struct{}
}

// person returns the identity behind a token "name" or "name@scope".
func (w *world) person(token string) *person {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.people[token]; p != nil {
		return p
	}
	_, scope, _ := strings.Cut(token, "@")
	p := &person{name: token, scope: scope}
	w.people[token] = p
	return p
}

func (w *world) authenticate(ctx context.Context, r *http.Request, payload map[string]any) (context.Context, subscription.Identity, error) {
	token := subscription.BearerToken(payload)
	if cookie, err := r.Cookie("session"); token == "" && err == nil {
		token = cookie.Value
	}
	if token == "" {
		token, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	switch token {
	case "":
		return nil, nil, fault.New(fault.Unauthenticated, "no_token", "sign in first")
	case "down":
		return nil, nil, fault.New(fault.Unavailable, "down", "try later")
	case "odd":
		return nil, nil, fault.New(fault.InvalidInput, "odd_token", "this is no token")
	case "broken":
		return nil, nil, fmt.Errorf("no such table: %s", "secrets")
	case "panic":
		panic("broken authenticator")
	}
	return testschema.Principal(ctx, token), w.person(token), nil
}

type option func(*subscription.Options)

func prepare(t testing.TB, options []option) *world {
	t.Helper()
	w := &world{
		t: t, people: map[string]*person{}, stopped: make(chan struct{}),
		res: &resolver{buffer: 5000, feeds: map[string][]feed{}, faulties: make(chan *testschema.Faulty, 100)},
	}
	o := subscription.Options{
		Authenticate: w.authenticate,
		Detach: func(ctx context.Context, id subscription.Identity) context.Context {
			return testschema.Principal(ctx, "scope "+id.Scope())
		},
		Shareable: func(oc *graphql.OperationContext) bool {
			return oc.Operation.SelectionSet[0].(*ast.Field).Name != "mine"
		},
		Origins: []string{"https://plan.example.com"},
		Logger:  slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	for _, change := range options {
		change(&o)
	}
	srv, err := subscription.New(o)
	require.NoError(t, err)
	w.srv = srv
	w.run()
	return w
}

// newWorld starts a server on a port of this machine.
func newWorld(t testing.TB, options ...option) *world {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := prepare(t, options)
	w.serve(l)
	w.dialer = func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", w.host)
	}
	t.Cleanup(w.close)
	return w
}

func (w *world) serve(l net.Listener) {
	w.host = l.Addr().String()
	w.http = &http.Server{Handler: w.handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = w.http.Serve(l) }()
}

func (w *world) url() string { return "http://" + w.host }

func (w *world) handler() http.Handler {
	h := handler.New(testschema.NewExecutableSchema(testschema.Config{Resolvers: w.res}))
	h.SetRecoverFunc(func(context.Context, any) error {
		return fault.New(fault.Internal, "internal", "internal system error")
	})
	h.SetQueryCache(lru.New[*ast.QueryDocument](100))
	h.AddTransport(w.srv.WebSocket())
	h.AddTransport(w.srv.EventStream())
	h.AddTransport(transport.GET{})
	h.AddTransport(transport.POST{})
	return h
}

func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	go func() {
		defer close(w.stopped)
		_ = w.srv.Run(ctx)
	}()
	for !w.srv.Accepting() {
		runtime.Gosched()
	}
}

func (w *world) close() {
	w.forgetClients()
	w.stop()
	<-w.stopped
	_ = w.http.Close()
}

// forgetClients closes what was dialled.
func (w *world) forgetClients() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.clients {
		_ = c.Close()
	}
	w.clients = nil
}

// eventually waits for something that another process or goroutine does in its own time.
func (w *world) eventually(ok func() bool, what string) {
	w.t.Helper()
	require.Eventually(w.t, ok, 10*time.Second, 2*time.Millisecond, what)
}
