package collect

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/waymarkhq/waymark/internal/collect/forward"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Publisher makes records durable.
type Publisher interface {
	// Publish returns nil once the record with that many events is durable; its errors are those of bus.Publish.
	Publish(ctx context.Context, events int, record []byte) error
	// MaxRecord is the largest record that Publish takes, in bytes.
	MaxRecord() int
}

// Options configure a Collector; all but Limits and Forwarder are needed.
type Options struct {
	Router  *wire.Router
	Planner *Planner
	Bus     Publisher
	Now     func() time.Time
	Logger  *slog.Logger
	// ClientIP returns the sender's address, as far as the server trusts what it was told.
	ClientIP func(*http.Request) string
	Metrics  *Metrics
	Refusals *Refusals
	// Forwarder passes payloads on, where their environment does; it may be nil where none does.
	Forwarder Forwarder
	// Pairing binds devices to capture sessions; it may be nil where there are none.
	Pairing Pairing
	Limits  wire.Limits
}

// Forwarder passes payloads on.
type Forwarder interface {
	// Pass makes sure that the payload will be passed on, or counts that it will not be. It keeps nothing of it.
	Pass(ctx context.Context, t *forward.Target, p *forward.Payload)
}

// Large payloads (wire.Limits) are few at a time, and wait so long for others before their senders are asked to come back.
// SDKs send none; each may take 100 MB until it is judged and encoded, so that without a bound a few dozen senders could
// fill any memory, with gzip bodies of a few KB each.
const (
	largeAtOnce = 2
	largeWait   = 5 * time.Second
)

// Collector answers SDKs.
type Collector struct {
	Options
	payloads sync.Pool // of *payload
	large    *semaphore.Weighted
}

// NewCollector makes a collector.
func NewCollector(o Options) *Collector {
	if o.Limits == (wire.Limits{}) {
		o.Limits = wire.DefaultLimits()
	}
	return &Collector{
		Options: o, payloads: sync.Pool{New: func() any { return &payload{} }}, large: semaphore.NewWeighted(largeAtOnce),
	}
}

// Serves reports whether some SDK sends to this path.
func (c *Collector) Serves(path string) bool {
	_, ok := c.Router.Match(http.MethodPost, path)
	return ok
}

// ServeHTTP answers one request of an SDK.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	match, ok := c.Router.Match(r.Method, r.URL.Path)
	if !ok {
		c.Refusals.unserved(r, c.ClientIP(r), RefusedUnknownPath, "no SDK sends to this path")
		http.NotFound(w, r)
		return
	}
	if preflight := wire.CORS(w.Header(), r.Method, r.Header); preflight {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if r.Method == http.MethodOptions || len(match.Routes) == 0 {
		c.otherMethod(w, r, match)
		return
	}
	p := c.payloads.Get().(*payload) //nolint:forcetypeassert // the pool holds nothing else
	defer c.payloads.Put(p)
	defer c.forget(p)
	route, outcome := c.take(p, r, match)
	if route == nil {
		c.Refusals.unserved(r, c.ClientIP(r), RefusedUnknownPath, "no SDK sends anything like this to this path")
		http.NotFound(w, r)
		return
	}
	c.Metrics.request(route, outcome)
	c.Refusals.request(p, route, outcome)
	answer(w, route.Answer(&p.request, outcome))
}

func (c *Collector) otherMethod(w http.ResponseWriter, r *http.Request, m wire.Match) {
	w.Header().Set("Allow", m.Allow+", OPTIONS")
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	c.Refusals.unserved(r, c.ClientIP(r), RefusedMethod, "this path takes "+m.Allow)
	http.Error(w, "use "+m.Allow, http.StatusMethodNotAllowed)
}

// take does what the request wants and says how it came out; no route means that none of those at the path serves it.
func (c *Collector) take(p *payload, r *http.Request, m wire.Match) (*wire.Route, wire.Outcome) {
	q := &p.request
	q.Method, q.Path, q.Query, q.Param, q.Header = r.Method, r.URL.Path, r.URL.RawQuery, m.Param, r.Header
	q.RemoteIP, q.ReceivedAt = c.ClientIP(r), c.Now().UTC().Truncate(time.Microsecond)
	ctx := r.Context()
	readErr := q.ReadBody(r.Body, r.ContentLength, c.Limits, func() error { return c.admitLarge(ctx, p) })
	route := m.Pick(q)
	if route == nil {
		return nil, wire.Outcome{}
	}
	key := ""
	if route.WriteKey != nil {
		key = route.WriteKey(q)
		p.to = c.Planner.lookup(key)
	}
	if readErr != nil {
		outcome := refusal(readErr)
		if outcome.Kind == wire.TooLarge { // some clients hear nothing before they have sent everything
			_, _ = io.CopyN(io.Discard, r.Body, drained)
		}
		return route, outcome
	}
	if route.WriteKey != nil && p.to == nil {
		if err := q.Err(); err != nil && key == "" { // the key may be in what could not be read
			return route, refusal(err)
		}
		return route, c.unknownKey()
	}
	if route.Task == wire.Pair && c.Pairing != nil {
		return route, c.pair(ctx, route, q)
	}
	if route.Task != wire.Collect {
		return route, wire.Outcome{Kind: wire.Accepted}
	}
	outcome := c.collect(ctx, p, route)
	if p.passOn {
		c.Forwarder.Pass(ctx, p.to.forward, passed(p, r))
	}
	return route, outcome
}

// passed is the request as it came.
func passed(p *payload, r *http.Request) *forward.Payload {
	path := r.URL.EscapedPath()
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		path += "?" + r.URL.RawQuery
	}
	return &forward.Payload{
		Method: r.Method, Path: path, Host: r.Host, Scheme: r.URL.Scheme, Client: p.request.RemoteIP, Header: r.Header,
		Body: p.request.AsSent(),
	}
}

// drained is how much of a body that is too large is read, and thrown away.
const drained = 16 << 20

// errCrowded is why a large payload is not read on.
var errCrowded = errors.New("too many large payloads at a time")

// admitLarge waits until the payload may become a large one.
func (c *Collector) admitLarge(ctx context.Context, p *payload) error {
	if p.large {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, largeWait)
	defer cancel()
	if c.large.Acquire(ctx, 1) != nil {
		return errCrowded
	}
	p.large = true
	return nil
}

// forget makes a payload ready for another request.
func (c *Collector) forget(p *payload) {
	large := p.large
	p.reset()
	if large {
		c.large.Release(1)
	}
}

// unknownKey is the outcome of a key that leads nowhere. Before all plans were loaded nobody knows that it does not, and
// SDKs drop what they hear that of.
func (c *Collector) unknownKey() wire.Outcome {
	if c.Planner.Ready() != nil {
		return wire.Outcome{Kind: wire.Unavailable, Reason: "the write keys are not loaded yet"}
	}
	return wire.Outcome{Kind: wire.UnknownKey, Reason: "the write key is missing, unknown or revoked"}
}

// refusal is the outcome of a body that could not be read. A sender that went away hears nothing, whatever we say.
func refusal(err error) wire.Outcome {
	if errors.Is(err, errCrowded) {
		return wire.Outcome{Kind: wire.Unavailable, Reason: err.Error()}
	}
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		return wire.Outcome{Kind: wire.TooLarge, Reason: "the body is too large"}
	}
	return wire.Refusal(err)
}

// collect decodes the payload, judges its events and makes them durable.
func (c *Collector) collect(ctx context.Context, p *payload, route *wire.Route) wire.Outcome {
	if t := p.to.forward; t != nil && t.Circular(p.request.Header) {
		return wire.Outcome{Kind: wire.Malformed, Reason: "the payload was passed on from here before: forwarding goes in a circle"}
	}
	if err := route.Decode(&p.request, &p.decoded); err != nil {
		return refusal(err)
	}
	p.format = route.Format
	p.judge(p.to)
	if route.DryRun != nil && route.DryRun(&p.request) {
		return wire.Outcome{Kind: wire.Accepted, Decoded: &p.decoded}
	}
	if c.Pairing != nil {
		p.findLinks()
	}
	p.mask(p.to)
	// A page that closes hears nothing any more, and its browser ends the connection: what it has sent counts all the same.
	// The bus lets nobody wait for ever.
	if err := p.publish(context.WithoutCancel(ctx), c.Bus); err != nil {
		return c.unavailable(ctx, err)
	}
	c.Metrics.events(route, p.events)
	c.pairLinked(p)
	p.passOn = p.to.forward != nil
	return wire.Outcome{Kind: wire.Accepted, Decoded: &p.decoded}
}

// unavailable is the outcome of a payload that could not be made durable; the sender keeps it and comes back.
func (c *Collector) unavailable(ctx context.Context, err error) wire.Outcome {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && f.Code == fault.InvalidInput:
		return wire.Outcome{Kind: wire.TooLarge, Reason: f.Message}
	case !ok && ctx.Err() == nil:
		c.Logger.ErrorContext(ctx, "publish", "error", err)
	}
	return wire.Outcome{Kind: wire.Unavailable, Reason: "events cannot be stored right now"}
}

func answer(w http.ResponseWriter, a wire.Answer) {
	a.Header(w.Header())
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}
