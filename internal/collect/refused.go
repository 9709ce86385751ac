package collect

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// Refused reads refused requests. It is safe for concurrent use.
type Refused struct {
	Store     *store.Store
	Notices   Notices
	Interests *Interests
}

// RefusedQuery asks for refused requests.
type RefusedQuery struct {
	// AppID is the app whose keys they came with, EnvironmentID narrows to one of its environments; empty for all apps that
	// the asking person may see.
	AppID, EnvironmentID string
	// Key is the write key as sent, Address the sender's. With one of them, those are told too whose key leads nowhere.
	Key, Address string
	Kinds        []string
	First        *int    // 1 to MaxSamples; DefaultSamples when nil
	After        *string // a cursor
}

// RefusedPage is a page of refused requests, newest first.
type RefusedPage struct {
	Requests []*store.Refusal
	HasNext  bool
}

const (
	refusedPrefix = "refused:"
	// lookAgain is how often who waits for refused requests looks for them without being told.
	lookAgain = 5 * time.Second
)

// Cursor returns the i-th request's position.
func (p *RefusedPage) Cursor(i int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(refusedPrefix + strconv.FormatInt(p.Requests[i].ID, 10)))
}

// Page reads a page. The asking person was allowed to read those of the app before; without an app, INVALID_INPUT, reason
// required, asks for a key or an address, but for administrators, who see all.
func (s *Refused) Page(ctx context.Context, ask RefusedQuery) (*RefusedPage, error) {
	q, err := ask.read(ctx)
	if err != nil {
		return nil, err
	}
	s.Interests.ask(ctx, ask)
	size := q.Limit
	q.Limit++
	rows, err := s.Store.Refusals(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read refused requests: %w", err)
	}
	page := &RefusedPage{HasNext: len(rows) > size}
	for i := range rows[:min(size, len(rows))] {
		page.Requests = append(page.Requests, &rows[i])
	}
	return page, nil
}

func (q *RefusedQuery) read(ctx context.Context) (store.RefusalQuery, error) {
	out := store.RefusalQuery{
		EnvironmentID: q.EnvironmentID, WriteKey: q.Key, Address: q.Address, Kinds: q.Kinds, Limit: DefaultSamples,
		Unassigned: q.EnvironmentID == "" && (q.Key != "" || q.Address != ""),
	}
	var f fault.Fields
	if q.First != nil {
		out.Limit = *q.First
	}
	if out.Limit < 1 || out.Limit > MaxSamples {
		f.Add("first", "out_of_range", fmt.Sprintf("a page holds 1 to %d nodes", MaxSamples))
	}
	if q.After != nil {
		if out.Before = readRefusedCursor(*q.After); out.Before <= 0 {
			f.Add("after", "bad_cursor", "this is not a cursor of a page of refused requests")
		}
	}
	who, err := auth.From(ctx)
	if err != nil {
		return out, err
	}
	switch {
	case q.AppID != "":
		out.AppIDs = []string{q.AppID}
	case q.Key == "" && q.Address == "" && !who.Organisation().Has(auth.Admin):
		f.Add("app", "required", "say whose refused requests: those of an app, of a key or of an address")
	default:
		if out.All, out.AppIDs, err = auth.Visible(ctx); err != nil {
			return out, err
		}
	}
	return out, f.Err()
}

func readRefusedCursor(text string) int64 {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	id, ok := strings.CutPrefix(string(raw), refusedPrefix)
	if err != nil || !ok {
		return 0
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Watch sends the newest refused requests, and then those that come, oldest first, until ctx ends.
func (s *Refused) Watch(ctx context.Context, ask RefusedQuery) (<-chan []*store.Refusal, error) {
	page, err := s.Page(ctx, ask)
	if err != nil {
		return nil, err
	}
	q, err := ask.read(ctx)
	if err != nil {
		return nil, err
	}
	q.Limit = MaxSamples
	wake := make(chan struct{}, 1)
	stop, err := s.Notices.Listen(RefusalSubject, func(string, []byte) {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, fault.New(fault.Unavailable, "bus_down", "new refused requests cannot be told right now").Because(err)
	}
	out := make(chan []*store.Refusal)
	go func() {
		defer close(out)
		defer stop()
		s.follow(ctx, q, page.Requests, wake, out, func() { s.Interests.ask(ctx, ask) })
	}()
	return out, nil
}

// follow sends the first requests and then newer ones, each time it is woken, or has waited long; then it says that they are
// still asked for.
func (s *Refused) follow(
	ctx context.Context, q store.RefusalQuery, next []*store.Refusal, wake <-chan struct{}, out chan<- []*store.Refusal,
	still func(),
) {
	slices.Reverse(next)
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for first := true; ; first = false {
		if first || len(next) > 0 { // an empty first page says that nothing was refused so far
			select {
			case out <- next:
			case <-ctx.Done():
				return
			}
		}
		if len(next) > 0 {
			q.After = next[len(next)-1].ID
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
			still()
		}
		next = nil
		rows, err := s.Store.Refusals(ctx, q) // what the database cannot tell now it tells when it is asked again
		if err != nil && !errors.Is(err, context.Canceled) {
			continue
		}
		for i := range slices.Backward(rows) {
			next = append(next, &rows[i])
		}
	}
}
