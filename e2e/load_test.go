package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
)

// load is a generator of payloads, whose every event is known: its id, what it looks like, what the plan must say of it,
// and whether the server has acknowledged it. Payloads hold 1 to 60 events of 300 to 4,000 bytes; some events and some
// payloads are sent more than once, and some to both environments, where the same id is another event.
type load struct {
	urls []string          // of the nodes
	keys map[string]string // write keys by environment id
	http *http.Client

	mu         sync.Mutex
	facts      map[string]fact // by environment id and message id
	unanswered []payload       // that got no answer, as SDKs would keep them
	answered   []payload       // the newest that got one
	payloads   int

	acknowledged atomic.Int64 // events, repeats included
}

// fact is what is known of an event.
type fact struct {
	verdict      capture.Verdict
	hash         uint64 // of the record as sent
	acknowledged bool
}

// payload is one request.
type payload struct {
	environment string // id
	ids         []string
	body        []byte
}

func newLoad(urls []string, keys map[string]string) *load {
	return &load{urls: urls, keys: keys, facts: map[string]fact{}, http: &http.Client{
		Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}}
}

// run sends until ctx ends, with many connections at once, so many events per second as rate says if the server takes
// them.
func (l *load) run(ctx context.Context, rate int) {
	const senders = 16
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(rand.Uint64(), uint64(i)))
			due := time.Now()
			for ctx.Err() == nil {
				n := l.step(ctx, rng)
				due = due.Add(time.Duration(n) * senders * time.Second / time.Duration(rate))
				select {
				case <-time.After(time.Until(due)):
				case <-ctx.Done():
				}
			}
		})
	}
	wg.Wait()
	l.http.CloseIdleConnections()
}

// step sends a new payload, now and then twice, and returns how many events that were.
func (l *load) step(ctx context.Context, rng *rand.Rand) (events int) {
	environments := make([]string, 0, len(l.keys))
	for id := range l.keys {
		environments = append(environments, id)
	}
	p := l.fresh(rng, environments[rng.IntN(len(environments))])
	l.send(ctx, rng, p)
	events = len(p.ids)
	switch rng.IntN(20) {
	case 0: // a repeat, as after an answer that was lost on the way
		l.send(ctx, rng, p)
		events *= 2
	case 1: // the same ids in the other environment
		for _, id := range environments {
			if id != p.environment {
				other := p
				other.environment = id
				l.note(other)
				l.send(ctx, rng, other)
				events *= 2
			}
		}
	}
	return events
}

// fresh makes a payload of events that were never sent, and of a few that stand in it twice.
func (l *load) fresh(rng *rand.Rand, environment string) payload {
	l.mu.Lock()
	l.payloads++
	name := fmt.Sprintf("p%07d", l.payloads)
	l.mu.Unlock()
	p := payload{environment: environment}
	var records []json.RawMessage
	for i := range 1 + rng.IntN(60) {
		id := fmt.Sprintf("%s-%02d-%s", name, i, [...]string{"", "VALID", "INVALID", "UNPLANNED"}[1+pick(rng)])
		p.ids = append(p.ids, id)
		records = append(records, record(rng, id))
		if rng.IntN(30) == 0 {
			records = append(records, records[rng.IntN(len(records))])
		}
	}
	p.body, _ = json.Marshal(map[string]any{"batch": records, "sentAt": time.Now()})
	l.noteRecords(p, records)
	return p
}

// pick chooses a verdict: most events are valid.
func pick(rng *rand.Rand) int {
	switch rng.IntN(10) {
	case 0:
		return 1
	case 1:
		return 2
	}
	return 0
}

// record is an event with an id that says how it must be judged.
func record(rng *rand.Rand, id string) json.RawMessage {
	names := []string{"product_viewed", "search_performed", "order_paid"}
	name, price := names[rng.IntN(3)], any(5999.5)
	switch {
	case strings.HasSuffix(id, "-UNPLANNED"):
		name = "not_in_plan"
	case strings.HasSuffix(id, "-INVALID"):
		price = "五千"
	}
	text, _ := json.Marshal(map[string]any{
		"type": "track", "messageId": id, "event": name, "userId": fmt.Sprintf("user_%d", rng.IntN(50)), "timestamp": time.Now(),
		"context": map[string]any{"os": map[string]any{"name": "Android"}, "app": map[string]any{"version": fmt.Sprintf("8.%d.0", rng.IntN(5))}},
		"properties": map[string]any{
			"product_name": "手机 🍎" + strings.Repeat("x", rng.IntN(2)*rng.IntN(3500)), "category": "手机", "price": price, "quantity": 1,
			"is_vip": true, "tags": []string{"新品"}, "seq": rng.IntN(1000), "run_id": "load",
		},
	})
	return text
}

func factKey(environment, id string) string { return environment + "/" + id }

func (l *load) noteRecords(p payload, records []json.RawMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range records {
		var e struct{ MessageID string }
		_ = json.Unmarshal(r, &e)
		verdict := map[string]capture.Verdict{"VALID": capture.Valid, "INVALID": capture.Invalid, "UNPLANNED": capture.Unplanned}
		l.facts[factKey(p.environment, e.MessageID)] = fact{
			verdict: verdict[e.MessageID[strings.LastIndexByte(e.MessageID, '-')+1:]], hash: xxhash.Sum64(r),
		}
	}
}

// note takes over the facts of a payload's events for another environment.
func (l *load) note(p payload) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for of := range l.keys {
		for _, id := range p.ids {
			if f, ok := l.facts[factKey(of, id)]; ok && of != p.environment {
				f.acknowledged = false
				l.facts[factKey(p.environment, id)] = f
			}
		}
	}
}

// send sends a payload to one of the nodes and remembers how it went.
func (l *load) send(ctx context.Context, rng *rand.Rand, p payload) bool {
	url := l.urls[rng.IntN(len(l.urls))] + "/v1/batch"
	// What is on its way when the load ends is waited for: an answer that nobody hears is no acknowledgement.
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, url, bytes.NewReader(p.body))
	if err != nil {
		return false
	}
	request.SetBasicAuth(l.keys[p.environment], "")
	response, err := l.http.Do(request)
	ok := false
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		ok = err == nil && response.StatusCode == http.StatusOK
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ok {
		l.unanswered = append(l.unanswered, p)
		return false
	}
	l.answered = append(l.answered[max(0, len(l.answered)-19):], p)
	for _, id := range p.ids {
		f := l.facts[factKey(p.environment, id)]
		f.acknowledged = true
		l.facts[factKey(p.environment, id)] = f
	}
	l.acknowledged.Add(int64(len(p.ids)))
	return true
}

// sendAgain sends about half of what got no answer again, as SDKs do; the rest is lost with its senders. It also sends the
// newest that got one again, as SDKs do that have not heard it. Only the last event of all is new: when it is in the
// database, everything before it is.
func (l *load) sendAgain(ctx context.Context, t *testing.T, environment string) (last string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(rand.Uint64(), 0))
	l.mu.Lock()
	unanswered, answered := l.unanswered, l.answered
	l.unanswered, l.answered = nil, nil
	l.mu.Unlock()
	for i, p := range append(answered, unanswered...) {
		if i < len(answered) || rng.IntN(2) == 0 {
			require.True(t, l.send(ctx, rng, p), "a node that is up takes what is sent again")
		}
	}
	p := l.fresh(rng, environment)
	require.True(t, l.send(ctx, rng, p))
	return p.ids[len(p.ids)-1]
}

// busy waits until the server has acknowledged at least rate events within one second, and returns how many they were.
func (l *load) busy(t *testing.T, rate int64) (perSecond int64) {
	t.Helper()
	const steps = 20
	var counts [steps + 1]int64
	tick := time.NewTicker(time.Second / steps)
	defer tick.Stop()
	for i := range 60 * steps {
		<-tick.C
		now := l.acknowledged.Load()
		perSecond = now - counts[(i+1)%len(counts)]
		counts[i%len(counts)] = now
		if i > steps && perSecond >= rate {
			return perSecond
		}
	}
	require.FailNow(t, "the server does not take so many events", "%d of %d per second", perSecond, rate)
	return 0
}
