package collect

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/wire"
)

// The kinds of refusals: why a request brought nothing, or less than it should have.
const (
	RefusedUnknownPath = "UNKNOWN_PATH" // no SDK sends to it
	RefusedMethod      = "WRONG_METHOD"
	RefusedKey         = "UNKNOWN_KEY"
	RefusedMalformed   = "MALFORMED"
	RefusedTooLarge    = "TOO_LARGE"
	RefusedThrottled   = "THROTTLED"
	RefusedUnavailable = "UNAVAILABLE"
	RefusedRecords     = "UNREADABLE_RECORDS" // of a request whose other records were taken
	RefusedEncrypted   = "ENCRYPTED"
	RefusedClock       = "CLOCK_OFF"         // taken, and perhaps not looked for where its time has it
	RefusedElsewhere   = "OTHER_ENVIRONMENT" // taken, but not into the environment that somebody looks at
)

// RefusalSubject is the subject of notices that there are new refusals.
const RefusalSubject = "refused"

const (
	// refusalWindow is for how long equal refusals are one.
	refusalWindow = 10 * time.Second
	// refusalPace is how soon a refusal can be looked at.
	refusalPace = 500 * time.Millisecond
	// maxDistinct bounds the refusals of a window, apart for keys that lead somewhere and all others: those whose keys are
	// unknown to us come from anybody.
	maxDistinct = 200
	// maxReason and maxExcerpt are how long texts may be, in bytes.
	maxReason, maxExcerpt = 400, 300
	// clockTolerance is how far a sender's clock may be off. Times before that are of events that waited on the device.
	clockTolerance = 10 * time.Minute
)

// RefusalLedger stores refusals.
type RefusalLedger interface {
	AddRefusals(ctx context.Context, list []store.Refusal) error
}

// Notifier tells other nodes.
type Notifier interface {
	Notify(subject string, data []byte) error
}

// RefusalOptions configure Refusals; all are needed, but for Interests.
type RefusalOptions struct {
	Ledger   RefusalLedger
	Notifier Notifier
	Now      func() time.Time
	Logger   *slog.Logger
	Metrics  *Metrics
	// Interests are who waits for which sender.
	Interests *Interests
}

// Refusals notes which requests brought nothing, and why. Noting never waits: a window of refusals is kept in memory, equal
// ones counted, and written in the background. What a crowded window has no room for is counted in the metrics alone. It is
// safe for concurrent use.
type Refusals struct {
	RefusalOptions

	mu       sync.Mutex
	since    time.Time // when the window began
	window   map[refusalKey]*store.Refusal
	assigned int // of the window, those with a key that leads somewhere
	fresh    []*store.Refusal
}

// refusalKey is what equal refusals have in common.
type refusalKey struct{ kind, method, path, writeKey, address, reason string }

// NewRefusals makes an empty recorder.
func NewRefusals(o RefusalOptions) *Refusals {
	return &Refusals{RefusalOptions: o, window: map[refusalKey]*store.Refusal{}}
}

// Run writes what was noted until ctx ends, and then what is left.
func (l *Refusals) Run(ctx context.Context) error {
	tick := time.NewTicker(refusalPace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			l.endWindow()
			l.flush(last)
			return nil
		case <-tick.C:
			l.flush(ctx)
		}
	}
}

// looks mask what reasons quote.
var looks = masking.New(masking.Patterns(), nil)

// note adds a refusal to the window.
func (l *Refusals) note(r store.Refusal) {
	r.Path, r.UserAgent = looks.Text(r.Path), looks.Text(r.UserAgent)
	r.Reason, r.Excerpt = wire.Cut(looks.Text(r.Reason), maxReason), wire.Cut(r.Excerpt, maxExcerpt)
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.At.Sub(l.since) >= refusalWindow {
		l.close(r.At)
	}
	key := refusalKey{r.Kind, r.Method, r.Path, r.WriteKey, r.Address, r.Reason}
	if known := l.window[key]; known != nil {
		known.Count++
		known.Last = r.At
		return
	}
	strangers := len(l.window) - l.assigned
	if r.AppID != "" && l.assigned >= maxDistinct || r.AppID == "" && strangers >= maxDistinct {
		l.Metrics.unlisted.Inc()
		return
	}
	if r.AppID != "" {
		l.assigned++
	}
	r.Last, r.Count = r.At, 1
	first := r
	l.fresh = append(l.fresh, &first)
	again := r
	again.Count = 0
	l.window[key] = &again
}

// close begins another window; the repeats of the old one are refusals of their own.
func (l *Refusals) close(now time.Time) {
	for _, r := range l.window {
		if r.Count > 0 {
			l.fresh = append(l.fresh, r)
		}
	}
	l.since, l.assigned = now, 0
	clear(l.window)
}

func (l *Refusals) endWindow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.close(l.Now())
}

// flush writes what is new. What the database does not take is gone: it is only told what went wrong, and the next
// refusal of the kind comes soon.
func (l *Refusals) flush(ctx context.Context) {
	l.mu.Lock()
	if now := l.Now(); now.Sub(l.since) >= refusalWindow {
		l.close(now)
	}
	fresh := l.fresh
	l.fresh = nil
	l.mu.Unlock()
	if len(fresh) == 0 {
		return
	}
	list := make([]store.Refusal, len(fresh))
	for i, r := range fresh {
		list[i] = *r
	}
	if err := l.Ledger.AddRefusals(ctx, list); err != nil {
		l.Metrics.unlisted.Add(float64(len(list)))
		l.Logger.WarnContext(ctx, "refused requests are not listed", "error", err, "count", len(list))
		return
	}
	if err := l.Notifier.Notify(RefusalSubject, nil); err != nil {
		l.Logger.DebugContext(ctx, "who waits for refused requests hears of them later", "error", err)
	}
}

// of begins a refusal of a request.
func refusalOf(q *wire.Request, format string, to *target) store.Refusal {
	r := store.Refusal{
		At: q.ReceivedAt, Format: format, Method: q.Method, Path: q.Path, Address: q.RemoteIP, UserAgent: q.Header.Get("User-Agent"),
	}
	if to != nil {
		r.KeyID, r.AppID, r.EnvironmentID = to.keyID, to.appID, to.environmentID
	}
	return r
}

// unserved notes a request that no route serves.
func (l *Refusals) unserved(r *http.Request, address, kind, reason string) {
	l.note(store.Refusal{
		At: l.Now().UTC(), Kind: kind, Method: r.Method, Path: r.URL.Path, Address: address, UserAgent: r.UserAgent(), Reason: reason,
	})
}

// request notes how a request came out, where it brought nothing or less than it should have.
func (l *Refusals) request(p *payload, route *wire.Route, o wire.Outcome) {
	q := &p.request
	if o.Kind == wire.Accepted {
		if o.Decoded != nil && (route.DryRun == nil || !route.DryRun(q)) { // that was to learn what is wrong, and heard it
			l.records(p, route, o.Decoded)
			l.elsewhere(p, route, o.Decoded)
		}
		return
	}
	r := refusalOf(q, route.Format, p.to)
	r.Kind, r.Reason = outcomeKinds[o.Kind], o.Reason
	if route.WriteKey != nil {
		r.WriteKey = strings.Clone(route.WriteKey(q))
	}
	if o.Kind == wire.Malformed && p.to != nil {
		r.Excerpt = p.to.masking.Unread(strings.Clone(wire.Cut(q.Body, 2*maxExcerpt))) // and cut when masked
	}
	l.note(r)
}

// elsewhere notes what was taken into another environment than the one in which somebody looks for it. It is told there: that is
// where data is missing.
func (l *Refusals) elsewhere(p *payload, route *wire.Route, d *wire.Decoded) {
	asked, ok := l.Interests.elsewhere(p.request.RemoteIP, p.to)
	if !ok || len(d.Events) == 0 {
		return
	}
	r := refusalOf(&p.request, route.Format, p.to)
	r.Kind, r.Reason = RefusedElsewhere, "its write key is one of another app"
	if r.AppID == asked.AppID {
		r.WriteKey, r.Reason = p.to.key, fmt.Sprintf("its write key is one of the environment %q", p.to.environmentKey)
	} else {
		r.KeyID = ""
	}
	r.AppID, r.EnvironmentID = asked.AppID, asked.EnvironmentID
	l.note(r)
}

// outcomeKinds are the kinds of refusals of whole requests.
var outcomeKinds = map[wire.Kind]string{
	wire.UnknownKey: RefusedKey, wire.Malformed: RefusedMalformed, wire.TooLarge: RefusedTooLarge, wire.Throttled: RefusedThrottled,
	wire.Unavailable: RefusedUnavailable,
}

// records notes what was wrong with single records of a request that was accepted.
func (l *Refusals) records(p *payload, route *wire.Route, d *wire.Decoded) {
	if len(d.Rejected) > 0 {
		first := d.Rejected[0]
		r := refusalOf(&p.request, route.Format, p.to)
		r.WriteKey, r.Kind, r.Reason = p.to.key, RefusedRecords, first.Reason
		if first.Reason == wire.Encrypted {
			r.Kind = RefusedEncrypted
		} else {
			r.Excerpt = p.to.masking.Unread(strings.Clone(first.Raw))
		}
		if more := len(d.Rejected) - 1; more > 0 {
			r.Reason = fmt.Sprintf("%s (and %d more records)", r.Reason, more)
		}
		l.note(r)
	}
	for i := range d.Events {
		if reason := clockOff(&d.Events[i].Event); reason != "" {
			r := refusalOf(&p.request, route.Format, p.to)
			r.WriteKey, r.Kind, r.Reason = p.to.key, RefusedClock, reason
			l.note(r)
			return // one clock, one remark
		}
	}
}
