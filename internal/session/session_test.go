package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/session"
)

var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func at(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }

// event is one at a second, with the ids of a device, a visitor and a user, and a model.
func event(second int, device, visitor, user string, model ...string) *capture.Captured {
	c := &capture.Captured{Seq: int64(second), Event: capture.Event{ReceivedAt: at(second), DeviceID: device, AnonymousID: visitor, UserID: user}}
	if len(model) > 0 {
		c.Device.Model = model[0]
	}
	return c
}

// bound is a device that is bound from a second on.
func bound(value string, from int) session.Bound {
	return session.Bound{Kind: session.Device, Value: value, From: at(from)}
}

// places feeds events to a room and says for each where it belongs, as member/device.
func places(room *session.Room, events ...*capture.Captured) (out []string) {
	for _, e := range events {
		text := ""
		for _, p := range room.Next(e) {
			text += fmt.Sprintf("%d/%d ", p.Member, p.Device)
		}
		out = append(out, text)
	}
	return out
}

func TestIdentityIsFollowed(t *testing.T) {
	t.Parallel()
	room := session.NewRoom([]session.Member{{From: start, Bound: []session.Bound{bound("phone", 2)}}})
	require.Equal(t, []string{
		"", "0/1 ", "", "0/1 ", "0/1 ", "0/1 ", "", "0/1 ", "0/1 ", "", "", "0/1 ", "", "0/1 ",
	}, places(room,
		event(1, "phone", "", ""),         // before it was bound
		event(2, "phone", "v1", ""),       //
		event(3, "", "h5", "u1"),          // nobody knows it
		event(4, "", "v1", ""),            // came together with the phone
		event(5, "phone", "", "u1"),       // signs in
		event(6, "", "h5", "u1"),          // the page inside the app
		event(7, "", "h6", "u2"),          //
		event(8, "", "", "u1"),            // the server, of the user
		event(9, "", "h5", ""),            // the page again, without the user
		event(10, "", "", "u2"),           //
		event(11, "other", "", "unknown"), //
		event(12, "phone", "", ""),        // signs out
		event(13, "", "", "u1"),           // and is not followed any more
		event(14, "phone", "", "u2"),      // another user signs in
	))
	require.Equal(t, []string{"", "0/1 ", "0/1 "}, places(room, event(15, "", "h5", "u1"), event(16, "", "", "u2"), event(17, "", "h5", "u2")))
}

func TestAliasesLink(t *testing.T) {
	t.Parallel()
	room := session.NewRoom([]session.Member{{From: start, Bound: []session.Bound{bound("v1", 0)}}})
	alias := event(1, "", "v2", "u1")
	alias.PreviousID = "v1"
	require.Equal(t, []string{"0/1 ", "0/1 "}, places(room, alias, event(2, "", "v2", "")))
}

func TestAnotherModelIsAnotherDevice(t *testing.T) {
	t.Parallel()
	room := session.NewRoom([]session.Member{{From: start, Bound: []session.Bound{{Kind: session.User, Value: "u1", From: at(0)}}}})
	require.Equal(t, []string{"0/1 ", "0/1 ", "0/2 ", "0/1 ", "0/2 ", "", "0/1 "}, places(room,
		event(1, "phone", "", "u1", "iPhone 15"), event(2, "", "h5", "u1"), event(3, "pad", "", "u1", "iPad"),
		event(4, "phone", "", "u1", "iPhone 15"), event(5, "pad", "", "", "iPad"), event(6, "pad", "", "u2", "iPad"), event(7, "phone", "", "u1"),
	))
}

func TestSensorsDistinctID(t *testing.T) {
	t.Parallel()
	room := session.NewRoom([]session.Member{{From: start, Bound: []session.Bound{bound("d1", 0)}}})
	require.Equal(t, []string{"0/1 ", "0/1 "}, places(room, event(1, "", "", "d1"), event(2, "", "", "d1")))
}

func TestTwoTestersWithOneAccount(t *testing.T) {
	t.Parallel()
	room := session.NewRoom([]session.Member{
		{From: start, Bound: []session.Bound{bound("a", 0)}}, {From: start, Bound: []session.Bound{bound("b", 0)}},
	})
	require.Equal(t, []string{"0/1 ", "0/1 ", "1/1 ", "0/1 ", "1/1 ", "0/1 1/1 ", "", "1/1 ", "1/1 "}, places(room,
		event(1, "a", "", "u"), event(2, "", "h1", "u"), event(3, "b", "", "u"), event(4, "a", "", "u"), event(5, "b", "", "u"),
		event(6, "", "", "u"), event(7, "", "h2", "u"), // whose page that is, nobody knows
		event(8, "b", "h1", "u"), event(9, "b", "", "u"),
	))
}

func TestWhatIsTakenOffIsFollowedNoMore(t *testing.T) {
	t.Parallel()
	off := bound("a", 0)
	off.Until = at(5)
	room := session.NewRoom([]session.Member{
		{From: start, Bound: []session.Bound{off, bound("a", 20)}}, {From: at(5), Until: at(15), Bound: []session.Bound{bound("a", 8)}},
	})
	require.Equal(t, []string{"0/1 ", "", "", "", "1/1 ", "1/1 ", "", "0/1 "}, places(room,
		event(1, "a", "v", "u"), event(5, "a", "v", "u"), event(6, "", "v", "u"), event(7, "", "", "u"),
		event(9, "a", "", "u"), event(10, "", "", "u"), event(16, "a", "", "u"), event(21, "a", "", ""),
	))
}

func TestMaskedIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"138****5678", "13812345678"} {
		room := session.NewRoom([]session.Member{{From: start, Bound: []session.Bound{{Kind: session.User, Value: "13812345678", From: at(0)}}}})
		require.Equal(t, []string{"0/1 ", "0/1 ", ""}, places(room, event(1, "", "", id), event(2, "phone", "", id), event(3, "", "", "13912345678")))
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", " ", "0", "00000000-0000-0000-0000-000000000000", "NULL", "None", "undefined", "guest", "(null)"} {
		require.True(t, session.IsPlaceholder(id), id)
	}
	for _, id := range []string{"1", "u0", "00000000-0000-0000-0000-000000000001", "-2"} {
		require.False(t, session.IsPlaceholder(id), id)
	}
	room := session.NewRoom([]session.Member{{From: start, Bound: []session.Bound{bound("a", 0)}}})
	require.Equal(t, []string{"0/1 ", "", ""}, places(room, event(1, "a", "0", "guest"), event(2, "", "0", ""), event(3, "", "", "guest")))
}

func TestStream(t *testing.T) {
	t.Parallel()
	members := []session.Member{{From: start, Bound: []session.Bound{bound("a", 0), bound("b", 0)}}}
	stream := session.NewStream(members, 0, []time.Time{at(2), at(4)}, nil)
	next := func(second int, device, id, name, body string) *session.Event {
		c := event(second, device, "", "")
		c.Seq, c.ID, c.Name, c.Raw, c.Verdict = int64(100+second), id, name, body, capture.Valid
		c.PropertiesAt.End = uint32(len(body))
		e, err := stream.Next(c)
		require.NoError(t, err)
		return e
	}
	require.Nil(t, next(0, "c", "1", "x", "{}"))
	require.Zero(t, next(0, "a", "1", "x", "{}").Step)
	twice := next(0, "a", "2", "x", "{}")
	require.EqualValues(t, 100, twice.Repeats)
	require.Zero(t, next(0, "a", "2", "x", `{"a":1}`).Repeats, "other properties")
	require.Zero(t, next(0, "b", "3", "x", "{}").Repeats, "another device")
	require.Zero(t, next(1, "a", "4", "x", "{}").Repeats, "a second later")
	require.Equal(t, 1, next(2, "a", "5", "x", "{}").Step)
	require.Equal(t, 1, next(3, "a", "6", "x", "{}").Step)
	last := next(9, "b", "7", "y", "{}")
	require.Equal(t, []int{2, 2}, []int{last.Step, last.Device})

	devices := stream.Devices()
	require.Len(t, devices, 2)
	require.Equal(t, []any{1, []string{"a"}, 6, at(0), at(3)}, []any{
		devices[0].Number, devices[0].DeviceIDs, devices[0].Valid, devices[0].FirstSeen, devices[0].LastSeen,
	})
}

// draw draws a room of two sessions, each with devices of its own, and events of a handful of identities.
func draw(t *rapid.T) (members []session.Member, events []*capture.Captured) {
	ids := []string{"", "a", "b", "c", "d", "e", "f"}
	second := rapid.IntRange(0, 40)
	for m := range 2 {
		member := session.Member{From: at(second.Draw(t, "from"))}
		for _, value := range [][]string{{"a", "c"}, {"b", "d"}}[m] {
			b := bound(value, second.Draw(t, "bound"))
			if rapid.Bool().Draw(t, "taken off") {
				b.Until = b.From.Add(time.Duration(second.Draw(t, "for")) * time.Second)
			}
			member.Bound = append(member.Bound, b)
		}
		members = append(members, member)
	}
	for i := range rapid.IntRange(1, 60).Draw(t, "events") {
		e := event(i, rapid.SampledFrom(ids).Draw(t, "device"), rapid.SampledFrom(ids).Draw(t, "visitor"), rapid.SampledFrom([]string{"", "u", "w"}).Draw(t, "user"))
		if rapid.IntRange(0, 5).Draw(t, "alias") == 0 {
			e.PreviousID = rapid.SampledFrom(ids).Draw(t, "previous")
		}
		events = append(events, e)
	}
	return members, events
}

// Two sessions with devices of their own never share an event that carries the id of a device.
func TestSessionsShareNoDevice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		members, events := draw(t)
		room := session.NewRoom(members)
		for _, e := range events {
			found := room.Next(e)
			if e.DeviceID+e.AnonymousID != "" && len(found) > 1 {
				t.Fatalf("%+v belongs to %v", e.Event, found)
			}
			for _, p := range found {
				if e.ReceivedAt.Before(members[p.Member].From) {
					t.Fatalf("event %d is before the session", e.Seq)
				}
			}
		}
	})
}

// What is bound later changes nothing of what was before, and sessions without anything bound see nothing.
func TestThePastStays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		members, events := draw(t)
		before := places(session.NewRoom(members), events...)
		more := slices.Clone(members)
		more[1].Bound = append(slices.Clone(more[1].Bound), bound("e", len(events)))
		more = append(more, session.Member{From: start})
		if after := places(session.NewRoom(more), events...); !slices.Equal(before, after) {
			t.Fatalf("was %q, is %q", before, after)
		}
	})
}

// A bound device is always seen while it is bound, whatever else happened.
func TestBoundIsSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		members, events := draw(t)
		room := session.NewRoom(members)
		for _, e := range events {
			found := room.Next(e)
			for m, member := range members {
				for _, b := range member.Bound {
					open := !e.ReceivedAt.Before(member.From) && !e.ReceivedAt.Before(b.From) && (b.Until.IsZero() || e.ReceivedAt.Before(b.Until))
					if open && e.DeviceID == b.Value && (len(found) != 1 || found[0].Member != m) {
						t.Fatalf("event %d of %s belongs to %v", e.Seq, b.Value, found)
					}
				}
			}
		}
	})
}

func BenchmarkNextOfNobody(b *testing.B) {
	room := session.NewRoom([]session.Member{{From: start, Bound: []session.Bound{bound("phone", 0)}}})
	e := event(1, "other", "visitor", "user")
	b.ReportAllocs()
	for b.Loop() {
		room.Next(e)
	}
}
