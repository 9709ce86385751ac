package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestDeletePerson(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var all []*capture.Captured
		for i := range int64(6000) {
			all = append(all, sampled(i+1, []string{"env_a", "env_b", "env_c"}[i%3], "evt_1", func(c *capture.Captured) {
				c.UserID, c.AnonymousID, c.DeviceID = fmt.Sprint("u", i%2), fmt.Sprint("a", i%5), fmt.Sprint("d", i%700)
				if i%7 == 0 {
					c.UserID, c.DeviceID = "", ""
				}
			}))
		}
		commit(ctx, t, s, all...)
		require.NoError(t, s.AddRefusals(ctx, []store.Refusal{
			{EnvironmentID: "env_a", AppID: "app_1", Excerpt: `{"user":"d13"`},
			{EnvironmentID: "env_a", AppID: "app_1", Excerpt: `{"user":"d`},
			{EnvironmentID: "env_c", AppID: "app_1", Excerpt: `{"user":"d13"`},
		}))
		person := store.Person{
			EnvironmentIDs: []string{"env_a", "env_b"}, Users: store.PersonIDs{Exact: []string{"u1", ""}}, Visitors: store.PersonIDs{Exact: []string{"a4"}},
			Devices: store.PersonIDs{Exact: []string{"d13", "d'; --"}},
		}
		is := func(c *capture.Captured) bool {
			return c.EnvironmentID != "env_c" && (c.UserID == "u1" || c.AnonymousID == "a4" || c.DeviceID == "d13")
		}
		var want int64
		left := map[string]int{}
		for _, c := range all {
			if is(c) {
				want++
			} else {
				left[c.EnvironmentID]++
			}
		}
		counted, err := s.CountPerson(ctx, &person)
		require.NoError(t, err)
		require.Equal(t, store.PersonRows{Samples: want, Refusals: 1}, counted)
		removed, err := s.DeletePerson(ctx, &person)
		require.NoError(t, err)
		require.Equal(t, counted, removed)
		for env, n := range left {
			pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{env}, Limit: 10_000})
			require.NoError(t, err)
			require.Len(t, pages[env], n)
			require.False(t, slices.ContainsFunc(pages[env], is))
		}
		again, err := s.DeletePerson(ctx, &person)
		require.NoError(t, err)
		require.Zero(t, again)
		totals, err := s.EventStats(ctx, []string{"evt_1"})
		require.NoError(t, err)
		require.EqualValues(t, 2000, totals[0].Count, "figures name nobody and stay")
		swept, err := s.SweepCapture(ctx, store.SweepPolicy{Now: captureStart, Environments: map[string]store.Retention{
			"env_a": {MaxSamples: int64(left["env_a"])}, "env_b": {MaxSamples: int64(left["env_b"]) - 1}, "env_c": {MaxSamples: 2000},
		}})
		require.NoError(t, err)
		require.EqualValues(t, 1, swept.Samples, "the number of samples is kept right")
		nobody, err := s.DeletePerson(ctx, &store.Person{EnvironmentIDs: []string{"env_a"}})
		require.NoError(t, err)
		require.Zero(t, nobody)
	})
}

// TestDeletePersonFindsThePersonWhereverAnIDMayBe: as who somebody was before, in traits, and anywhere in what could not be read.
func TestDeletePersonFindsThePersonWhereverAnIDMayBe(t *testing.T) {
	t.Parallel()
	unreadable := func(c *capture.Captured) {
		c.Violations = []capture.Violation{{Code: check.RecordUnreadable, Severity: capture.Error}}
	}
	own := []struct {
		raw string
		mod func(*capture.Captured)
	}{
		{`{"previousId":"victim-1"}`, func(c *capture.Captured) { c.PreviousID = "victim-1" }},
		{`{"context":{"traits":{"id":"victim-1"}}}`, nil},
		{`{"context":{"traits":{"id":"vict\u0069m-1"}}}`, nil},
		{`{"identities":{"$identity_mobile":"victim-1"}}`, nil},
		{`{"properties":{"User_ID":"victim-1"}}`, nil},
		{`{"properties":{"distinct_ids":["x","victim-1"]}}`, nil},
		{`[5,"victim-1",{}]`, unreadable},
		{`"{\"userId\":\"victim-1\",\"a"`, unreadable},
		{`"user%3Dvictim%2D1%26a"`, unreadable},
		{`{"victim-1":{}}`, unreadable},
	}
	others := []struct {
		raw string
		mod func(*capture.Captured)
	}{
		{`{"properties":{"title":"victim-1"}}`, nil},
		{`{"properties":{"id":"victim-1"}}`, nil},
		{`{"context":{"deviceId":"victim-1"}}`, nil},
		{`{"context":{"traits":{"id":"victim-12"}}}`, nil},
		{`[5,"victim-12"]`, unreadable},
		{`"{\"userId\":\"victim-12\",\"a"`, unreadable},
	}
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var events []*capture.Captured
		for i, of := range slices.Concat(own, others) {
			events = append(events, sampled(int64(i+1), "env_a", "", func(c *capture.Captured) {
				c.UserID, c.AnonymousID, c.DeviceID, c.Raw, c.PropertiesAt = "", "", "", of.raw, capture.Span{}
				if of.mod != nil {
					of.mod(c)
				}
			}))
		}
		commit(ctx, t, s, events...)
		removed, err := s.DeletePerson(ctx, &store.Person{EnvironmentIDs: []string{"env_a"}, Users: store.PersonIDs{Exact: []string{"victim-1"}}})
		require.NoError(t, err)
		require.EqualValues(t, len(own), removed.Samples)
		pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{"env_a"}, Limit: 100})
		require.NoError(t, err)
		var left []string
		for _, c := range pages["env_a"] {
			left = append(left, c.Raw)
		}
		for _, of := range others {
			require.Contains(t, left, of.raw)
		}
		require.Len(t, left, len(others))
	})
}

// TestDeletePersonTellsLookalikes: where only the mask is kept, another person's may look the same; where the original is, it decides.
func TestDeletePersonTellsLookalikes(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		masked := func(seq int64, phone string, keep bool) *capture.Captured {
			return sampled(seq, "env_a", "", func(c *capture.Captured) {
				c.Raw, c.PropertiesAt, c.AnonymousID, c.DeviceID = `{"userId":"`+phone+`"}`, capture.Span{}, "", ""
				c.UserID = c.Raw[11:22]
				masking.New(masking.Patterns(), nil).Event(c, keep)
			})
		}
		commit(ctx, t, s, masked(1, "13700000078", true), masked(2, "13711110078", true), masked(3, "13700000078", false), masked(4, "13711110078", false), masked(5, "13911110078", false))
		person := store.Person{EnvironmentIDs: []string{"env_a"}, Users: store.PersonIDs{Exact: []string{"13700000078"}, Masked: []string{"137****0078"}}}
		counted, err := s.CountPerson(ctx, &person)
		require.NoError(t, err)
		require.Equal(t, store.PersonRows{Samples: 3, Alike: 2}, counted)
		removed, err := s.DeletePerson(ctx, &person)
		require.NoError(t, err)
		require.Equal(t, counted, removed)
		pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{"env_a"}, Limit: 10})
		require.NoError(t, err)
		require.Equal(t, []int64{5, 2}, seqs(pages["env_a"]))
	})
}

// TestDeletePersonOfRefusedRequests: an id is a word of its own there, however it is escaped.
func TestDeletePersonOfRefusedRequests(t *testing.T) {
	t.Parallel()
	gone := []store.Refusal{
		{Excerpt: `{"userId":"12","a`},
		{Excerpt: `{"userId":12,"a`},
		{Excerpt: `data=%7B%22userId%22%3A%2212%22`},
		{Path: "/track/12"},
		{Reason: "no user 12."},
		{Excerpt: `{"userId":"li@example.com"`},
		{Excerpt: `user=li%40example.com&a`},
		{Excerpt: `["\u006ci@example.com"`},
		{Excerpt: `"{\"u\":\"li\\u0040example.com`},
		{Excerpt: `u=li+smith`},
		{Excerpt: "用户12号"},
	}
	left := []store.Refusal{
		{Excerpt: `{"userId":"123"`}, {Excerpt: `{"userId":"a-12-b"`}, {Excerpt: `{"price":12.5`}, {Excerpt: `{"userId":"wang.li@example.com.cn"`}, {Excerpt: `%2`}, {Excerpt: `\`}, {},
	}
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		list := slices.Concat(gone, left)
		for i := range list {
			list[i].EnvironmentID, list[i].AppID = "env_a", "app_1"
		}
		require.NoError(t, s.AddRefusals(ctx, list))
		person := store.Person{EnvironmentIDs: []string{"env_a"}, Devices: store.PersonIDs{Exact: []string{"12", "li smith", "li@example.com"}}}
		for i := range 150 {
			person.Visitors.Exact = append(person.Visitors.Exact, fmt.Sprint("nobody-", i))
			person.Users.Masked = append(person.Users.Masked, fmt.Sprint("137****", i))
		}
		removed, err := s.DeletePerson(ctx, &person)
		require.NoError(t, err)
		require.EqualValues(t, len(gone), removed.Refusals)
		rows, err := s.Refusals(ctx, store.RefusalQuery{All: true, Limit: 100})
		require.NoError(t, err)
		require.Len(t, rows, len(left))
		for _, r := range rows {
			require.True(t, slices.ContainsFunc(left, func(l store.Refusal) bool { return l.Excerpt == r.Excerpt && l.Path == r.Path }), r.Excerpt)
		}
	})
}
