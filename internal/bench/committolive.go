package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/bus/bustest"
	"github.com/waymarkhq/waymark/internal/testkit"
)

const (
	commits      = 20
	reportEvery  = 2 * time.Millisecond
	judgedWithin = 30 * time.Second
)

// commitToLive returns the median and the longest time, in seconds, from the answer to `publish` on one node until another
// one, a process of its own that shares PostgreSQL and NATS with it, judges the first event by the new release.
func commitToLive(ctx context.Context) (median, longest float64, err error) {
	dir, err := os.MkdirTemp("", "waymark-bench-")
	if err != nil {
		return 0, 0, fmt.Errorf("make a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	nats := bustest.New(filepath.Join(dir, "nats"))
	if err := nats.Start(); err != nil {
		return 0, 0, err
	}
	defer nats.Stop()
	database, drop, err := testkit.Scratch(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer drop()
	env := []string{
		"DATABASE_URL=" + database, "NATS_URL=" + nats.URL(), "WAYMARK_ADMIN_EMAIL=" + adminEmail, "WAYMARK_ADMIN_PASSWORD=" + adminPassword,
	}
	if err := program(ctx, env, "migrate").Run(); err != nil {
		return 0, 0, fmt.Errorf("migrate: %w", err)
	}
	var nodes [2]*node
	for i := range nodes {
		if nodes[i], err = startNode(ctx, filepath.Join(dir, strconv.Itoa(i)), env...); err != nil {
			return 0, 0, err
		}
		defer nodes[i].stop()
	}
	times, err := timeCommits(ctx, nodes[0], nodes[1])
	if err != nil {
		return 0, 0, err
	}
	slices.Sort(times)
	return times[len(times)/2].Seconds(), times[len(times)-1].Seconds(), nil
}

// timeCommits publishes on one node, again and again, while devices report to the other.
func timeCommits(ctx context.Context, publisher, judge *node) ([]time.Duration, error) {
	s, err := newShop(ctx, publisher)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan judged, 1000)
	failed := make(chan error, 2)
	go func() { failed <- s.watch(ctx, judge, seen) }()
	go func() { failed <- s.report(ctx, judge) }()
	var times []time.Duration
	for len(times) < commits {
		release, answered, err := s.publish(ctx, publisher)
		if err != nil {
			return nil, err
		}
		first, err := firstBy(ctx, release, seen, failed)
		if err != nil {
			return nil, err
		}
		times = append(times, max(0, first.Sub(answered)))
	}
	return times, nil
}

// firstBy waits for the first event that is judged by a release, and returns when the node took it in.
func firstBy(ctx context.Context, release int, seen <-chan judged, failed <-chan error) (time.Time, error) {
	deadline := time.After(judgedWithin)
	for {
		select {
		case j := <-seen:
			if j.Release >= release {
				return j.ReceivedAt, nil
			}
		case err := <-failed:
			return time.Time{}, err
		case <-deadline:
			return time.Time{}, fmt.Errorf("no event was judged by release %d within %s", release, judgedWithin)
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}

// shop is an app with one event, whose words change with each release.
type shop struct{ token, event, key string }

// judged is which release judged an event that a node took in.
type judged struct {
	Release    int       `json:"releaseNumber"`
	ReceivedAt time.Time `json:"receivedAt"`
}

// newShop makes the app and its first release into test.
func newShop(ctx context.Context, n *node) (*shop, error) {
	s := &shop{}
	var made struct {
		CreateAPIToken struct{ Secret string }
		CreateApp      struct {
			App struct {
				Environments []struct {
					Key       string
					WriteKeys []struct{ Key string }
				}
			}
		}
		CreateEvent struct{ Event struct{ ID string } }
	}
	for _, document := range []string{
		`mutation { signIn(input: {email: "` + adminEmail + `", password: "` + adminPassword + `"}) { viewer { isToken } } }`,
		`mutation { createAPIToken(input: {name: "bench", roles: [{role: ADMIN}]}) { secret } }`,
		`mutation { createApp(input: {key: "shop", name: "Shop", terminals: [{key: "web", name: "Web", kind: WEB}]}) { app { environments { key writeKeys { key } } } } }`,
		`mutation { createBatch(input: {app: "shop", title: "first"}) { batch { id } } }`,
		`mutation { createEvent(input: {batch: "SHOP-0001", name: "paid", wireName: "order_paid"}) { event { id } } }`,
		`mutation { transitionBatch(input: {batch: "SHOP-0001", to: "APPROVED"}) { batch { id } } }`,
	} {
		if err := n.ask(ctx, s.token, document, &made); err != nil {
			return nil, err
		}
		s.token = made.CreateAPIToken.Secret
	}
	for _, e := range made.CreateApp.App.Environments {
		if e.Key == "test" {
			s.key = e.WriteKeys[0].Key
		}
	}
	s.event = made.CreateEvent.Event.ID
	return s, n.ask(ctx, s.token, `mutation { publish(input: {app: "shop", environment: "test", batch: "SHOP-0001"}) { release { number } } }`, &made)
}

// publish changes the event's words and publishes them, and returns the release and when it was told of.
func (s *shop) publish(ctx context.Context, n *node) (release int, answered time.Time, err error) {
	var made struct {
		CreateBatch struct{ Batch struct{ Number string } }
		Publish     struct{ Release struct{ Number int } }
	}
	if err := n.ask(ctx, s.token, `mutation { createBatch(input: {app: "shop", title: "next"}) { batch { number } } }`, &made); err != nil {
		return 0, answered, err
	}
	batch := made.CreateBatch.Batch.Number
	for _, document := range []string{
		`mutation { updateEvent(input: {id: "` + s.event + `", batch: "` + batch + `", description: "` + batch + `"}) { event { id } } }`,
		`mutation { transitionBatch(input: {batch: "` + batch + `", to: "APPROVED"}) { batch { id } } }`,
		`mutation { publish(input: {app: "shop", environment: "test", batch: "` + batch + `"}) { release { number } } }`,
	} {
		if err := n.ask(ctx, s.token, document, &made); err != nil {
			return 0, answered, err
		}
		answered = time.Now()
	}
	return made.Publish.Release.Number, answered, nil
}

// report sends an event to a node, again and again.
func (s *shop) report(ctx context.Context, n *node) error {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for i := 0; ; i++ {
		body := fmt.Sprintf(`{"event":"order_paid","userId":"u1","messageId":"m%d"}`, i)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url+"/v1/track", strings.NewReader(body))
		if err != nil {
			return err
		}
		req.SetBasicAuth(s.key, "")
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// watch tells what a node judges, live.
func (s *shop) watch(ctx context.Context, n *node, seen chan<- judged) error {
	resp, err := n.post(ctx, s.token, "text/event-stream",
		`subscription { liveCapture(app: "shop", environment: "test") { events { releaseNumber receivedAt } } }`)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		text, isData := strings.CutPrefix(lines.Text(), "data:")
		if !isData || strings.TrimSpace(text) == "" {
			continue
		}
		var page struct{ LiveCapture struct{ Events []judged } }
		if err := readAnswer(strings.NewReader(text), &page); err != nil {
			return err
		}
		for _, j := range page.LiveCapture.Events {
			seen <- j
		}
	}
	return errors.New("the node ended what it tells live")
}
