package catalog

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// Unplanned is something that devices report to an environment and no plan knows: an event, or a property of a planned event.
type Unplanned struct {
	Name     string  // as sent; of a property, an empty text
	Property *string // as sent; nil for an event
	// EventID is the planned event whose property it is, or that an event was mapped to or became; empty for none.
	EventID                 string
	Count                   int64
	FirstSeenAt, LastSeenAt time.Time
	Terminals, Versions     []string
	// LastSeq is the newest captured event with it.
	LastSeq int64

	State               plan.InboxState
	Reason, UpToVersion string
	DecidedByID         string
	DecidedAt           *time.Time

	key           inboxKey
	environmentID string
	appID         string
}

// inboxKey is what a decision is about: an event by name, or a property of an event by id.
type inboxKey struct{ name, eventID, property string }

// NodeID tells it from its siblings.
func (u *Unplanned) NodeID() string {
	return u.key.name + "\x00" + u.key.eventID + "\x00" + u.key.property
}

// UnplannedFilter narrows an inbox; nil does not.
type UnplannedFilter struct{ States []plan.InboxState }

// UnplannedPage is one page of an inbox, what came last first.
type UnplannedPage struct {
	Nodes   []*Unplanned
	HasNext bool
	Total   int
}

// Cursor returns the position of the i-th node.
func (p *UnplannedPage) Cursor(i int) string { return p.Nodes[i].cursor() }

func (u *Unplanned) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%020d\x00%s", 1<<62-u.LastSeenAt.UnixMicro(), u.NodeID()))
}

func (u *Unplanned) position() string {
	raw, _ := base64.RawURLEncoding.DecodeString(u.cursor())
	return string(raw)
}

// Unplanned returns a page of what devices report to an environment and nobody planned. The number of statements does not depend on
// how much that is.
func (s *Service) Unplanned(
	ctx context.Context, appKey, environmentKey string, f UnplannedFilter, first *int, after *string,
) (*UnplannedPage, error) {
	env, err := s.EnvironmentByKey(ctx, "Query.unplanned", appKey, environmentKey)
	if err != nil {
		return nil, err
	}
	size, from, err := unplannedPage(first, after)
	if err != nil {
		return nil, err
	}
	seen, err := s.captured.Unplanned(ctx, env.ID)
	if err != nil {
		return nil, err
	}
	all := unplannedThings(seen)
	for _, u := range all {
		u.environmentID, u.appID = env.ID, env.AppID
	}
	if err := s.decide(ctx, env.AppID, all); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(u *Unplanned) bool { return len(f.States) > 0 && !slices.Contains(f.States, u.State) })
	slices.SortFunc(all, func(a, b *Unplanned) int { return strings.Compare(a.position(), b.position()) })
	p := &UnplannedPage{Total: len(all)}
	for _, u := range all {
		if u.position() > from {
			p.Nodes = append(p.Nodes, u)
		}
	}
	p.HasNext = len(p.Nodes) > size
	p.Nodes = p.Nodes[:min(size, len(p.Nodes))]
	return p, nil
}

func unplannedPage(first *int, after *string) (size int, from string, err error) {
	var f fault.Fields
	size = DefaultPage
	if first != nil {
		size = *first
	}
	if size < 1 || size > MaxPage {
		f.Add("first", "out_of_range", fmt.Sprintf("a page holds 1 to %d nodes", MaxPage))
	}
	if after != nil {
		raw, err := base64.RawURLEncoding.DecodeString(*after)
		if from = string(raw); err != nil || strings.Count(from, "\x00") != 3 {
			f.Add("after", "bad_cursor", "this is not a cursor of a page of what is unplanned")
		}
	}
	return size, from, f.Err()
}

// unplannedThings puts together what came from different terminals, of different versions.
func unplannedThings(seen []store.UnplannedSeen) []*Unplanned {
	found := map[inboxKey]*Unplanned{}
	var all []*Unplanned
	for i := range seen {
		s := &seen[i]
		k := inboxKey{name: s.Key.Name}
		switch {
		case s.Key.EventID != "" && s.Key.Property == "":
			continue // it is offline, which is planned
		case s.Key.EventID != "":
			k = inboxKey{eventID: s.Key.EventID, property: s.Key.Property}
		}
		u := found[k]
		if u == nil {
			u = &Unplanned{Name: k.name, EventID: k.eventID, FirstSeenAt: s.First, key: k}
			if k.property != "" {
				u.Property = &u.key.property
			}
			found[k] = u
			all = append(all, u)
		}
		u.add(s)
	}
	return all
}

func (u *Unplanned) add(s *store.UnplannedSeen) {
	u.Count += s.Count
	if s.First.Before(u.FirstSeenAt) {
		u.FirstSeenAt = s.First
	}
	if s.Last.After(u.LastSeenAt) {
		u.LastSeenAt = s.Last
	}
	u.LastSeq = max(u.LastSeq, s.LastSeq)
	if !slices.Contains(u.Terminals, s.Key.Terminal) {
		u.Terminals = append(u.Terminals, s.Key.Terminal)
	}
	if !slices.Contains(u.Versions, s.Key.AppVersion) {
		u.Versions = append(u.Versions, s.Key.AppVersion)
	}
	slices.SortFunc(u.Versions, func(a, b string) int { return cmp.Or(plan.CompareVersions(a, b), strings.Compare(a, b)) })
}

// UnplannedSamples returns the number of the newest sample of each thing that is kept, 0 where none is, by node.
func (s *Service) UnplannedSamples(ctx context.Context, of []*Unplanned) (map[string]int64, error) {
	things := make([]store.UnplannedThing, len(of))
	for i, u := range of {
		things[i] = store.UnplannedThing{
			EnvironmentID: u.environmentID, EventID: u.key.eventID, Name: u.key.name, Property: u.key.property, Last: u.LastSeenAt, LastSeq: u.LastSeq,
		}
	}
	seqs, err := s.captured.NewestKept(ctx, things)
	if err != nil {
		return nil, err
	}
	found := make(map[string]int64, len(of))
	for i, u := range of {
		found[u.NodeID()] = seqs[i]
	}
	return found, nil
}
