package capture_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
)

// drawEvent draws an event whose strings are few, so that neighbours share some, and partly parts of its raw record.
func drawEvent(t *rapid.T) capture.Captured {
	raw := rapid.SampledFrom([]string{"", "{}", segmentEvent, `{"a":"` + strings.Repeat("中", 200) + `"}`}).Draw(t, "raw")
	text := func(name string) string {
		if rapid.Bool().Draw(t, name+" in raw") && len(raw) > 1 {
			start := rapid.IntRange(0, len(raw)-1).Draw(t, "start")
			return raw[start:rapid.IntRange(start, len(raw)).Draw(t, "end")]
		}
		return rapid.SampledFrom([]string{"", "", "a", "user_1", strings.Repeat("x", 130)}).Draw(t, name)
	}
	at := func(name string) time.Time {
		if rapid.Bool().Draw(t, name+" unknown") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(-1e12, 1e12).Draw(t, name), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	}
	c := capture.Captured{
		Event: capture.Event{
			Format: text("format"), Type: capture.Type(rapid.IntRange(0, 9).Draw(t, "type")), ID: text("id"), Name: text("name"),
			UserID: text("user"), AnonymousID: text("anonymous"), DeviceID: text("device"), SessionID: text("session"),
			GroupID: text("group"), PreviousID: text("previous"), RunID: text("run"),
			EventTime: at("event"), SentAt: at("sent"), ReceivedAt: at("received"),
			App:     capture.App{Name: text("an"), Version: text("av"), Build: text("ab"), Namespace: text("as")},
			OS:      capture.OS{Name: text("on"), Version: text("ov")},
			Device:  capture.Device{Manufacturer: text("dm"), Model: text("do"), Type: text("dt")},
			Library: capture.Library{Name: text("ln"), Version: text("lv")},
			Page:    capture.PageInfo{URL: text("pu"), Path: text("pp"), Title: text("pt"), Referrer: text("pr")},
			Locale:  text("locale"), Timezone: text("zone"), Network: text("network"), IP: text("ip"), UserAgent: text("agent"),
			Raw: raw, Partial: rapid.Bool().Draw(t, "partial"),
		},
		AppID: text("app"), EnvironmentID: text("env"), WriteKeyID: text("key"), TerminalKey: text("terminal"),
		EventID: text("eid"), EventKey: text("ekey"), RevisionID: text("rid"),
		Hash: text("hash"), Release: rapid.SampledFrom([]int{0, 0, 1, 300, math.MaxInt32}).Draw(t, "release"),
		Verdict: capture.Verdict(rapid.IntRange(0, 3).Draw(t, "verdict")),
	}
	if len(raw) > 0 {
		start := rapid.IntRange(0, len(raw)).Draw(t, "properties")
		c.PropertiesAt = capture.Span{Start: uint32(start), End: uint32(rapid.IntRange(start, len(raw)).Draw(t, "end"))}
	}
	for end := 0; len(raw)-end > 1 && rapid.Bool().Draw(t, "mask"); {
		start := rapid.IntRange(end, len(raw)-1).Draw(t, "start")
		end = rapid.IntRange(start+1, len(raw)).Draw(t, "end")
		m := capture.Mask{
			At: capture.Span{Start: uint32(start), End: uint32(end)}, Was: capture.MaskedKind(rapid.IntRange(0, int(capture.MaskedBool)).Draw(t, "was")),
		}
		if rapid.Bool().Draw(t, "kept") {
			m.Text = strings.Repeat("o", end-start)
		}
		c.Masks = append(c.Masks, m)
	}
	for range rapid.IntRange(0, 2).Draw(t, "notes") {
		c.Notes = append(c.Notes, text("note"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "violations") {
		c.Violations = append(c.Violations, capture.Violation{
			Code: text("code"), Severity: capture.Severity(rapid.IntRange(0, 2).Draw(t, "severity")),
			Property: text("property"), Expected: text("expected"), Actual: text("actual"),
		})
	}
	return c
}

func decode(t require.TestingT, record string, first int64) []capture.Captured {
	var got []capture.Captured
	require.NoError(t, capture.DecodeRecord(record, first, func(c *capture.Captured) bool {
		got = append(got, *c)
		return true
	}))
	return got
}

func TestRecordKeepsEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(drawEvent), 0, 5).Draw(t, "events")
		record := string(capture.AppendRecord([]byte("before"), events))
		require.Equal(t, "before", record[:6])
		got := decode(t, record[6:], 4096)
		require.Len(t, got, len(events))
		for i := range got {
			want := events[i]
			want.Seq = 4096 + int64(i)
			require.Equal(t, want, got[i])
		}
	})
}

// TestRecordKeepsEveryField fails when a field is added to an event and forgotten in the record.
func TestRecordKeepsEveryField(t *testing.T) {
	t.Parallel()
	var c capture.Captured
	n := fill(&c)
	require.Equal(t, 38, n, "string fields")
	c.Properties, c.PropertiesAt = nil, capture.Span{Start: 1, End: 2}
	c.Seq = 7
	got := decode(t, string(capture.AppendRecord(nil, []capture.Captured{c})), 7)
	require.Equal(t, []capture.Captured{c}, got)
}

// TestRecordsOfTheFirstVersion holds that what an earlier program wrote can be read, and that it can read what it could say.
func TestRecordsOfTheFirstVersion(t *testing.T) {
	t.Parallel()
	const written = "\x01\x02\x87\x80\x80\x80\xa0\xa0\x03\x04{}\x0esegment\x02a\x02b\nevt_1\x02\x01\x02n\x01\x01\x02c\x00\x00\x00" +
		"\x84\x80\x80\x80\x80 \x04{}\x02c\x01"
	events := []capture.Captured{
		{
			Event:   capture.Event{Format: "segment", ID: "a", Name: "b", Raw: "{}", Notes: []string{"n"}},
			EventID: "evt_1", Verdict: capture.Invalid, Violations: []capture.Violation{{Code: "c", Severity: capture.Error}},
		},
		{Event: capture.Event{Format: "segment", ID: "a", Name: "c", Raw: "{}"}, Seq: 1, EventID: "evt_1", Verdict: capture.Valid},
	}
	require.Equal(t, events, decode(t, written, 0))
	require.Equal(t, written, string(capture.AppendRecord(nil, events)))

	events[1].Release, events[1].Hash = 7, "5f"
	record := capture.AppendRecord(nil, events)
	require.Equal(t, byte(2), record[0])
	require.Equal(t, events, decode(t, string(record), 0))
	record[0] = 1
	require.ErrorIs(t, capture.DecodeRecord(string(record), 0, func(*capture.Captured) bool { return true }), capture.ErrRecordDamaged)

	events[0].RunID = "ci-1"
	record = capture.AppendRecord(nil, events)
	require.Equal(t, byte(3), record[0], "also where only an earlier event needs it")
	require.Equal(t, events, decode(t, string(record), 0))
	record[0] = 2
	require.ErrorIs(t, capture.DecodeRecord(string(record), 0, func(*capture.Captured) bool { return true }), capture.ErrRecordDamaged)
}

func TestRecordStopsWhenTold(t *testing.T) {
	t.Parallel()
	record := string(capture.AppendRecord(nil, make([]capture.Captured, 3)))
	n := 0
	require.NoError(t, capture.DecodeRecord(record, 0, func(*capture.Captured) bool { n++; return n < 2 }))
	require.Equal(t, 2, n)
}

func sampleRecord(n int) []capture.Captured {
	events := make([]capture.Captured, n)
	for i := range events {
		text := strings.Replace(segmentEvent, "c1b73274", strings.Repeat(string(rune('a'+i%26)), 8), 1)
		events[i] = sampleEvent(text)
	}
	return events
}

// sampleEvent is what a decoder and the checker make of segmentEvent.
func sampleEvent(text string) capture.Captured {
	part := func(s string) string {
		at := strings.Index(text, s)
		return text[at : at+len(s)]
	}
	props := strings.Index(text, `{"product_name"`)
	return capture.Captured{
		Event: capture.Event{
			Format: "segment", Type: capture.Track, ID: text[strings.Index(text, "-fba0")-8:][:36], Name: part("product_viewed"),
			UserID: part("user_1"), AnonymousID: part("c4bc2f8d-7590-500d-8eac-81ebd9176b0a"), DeviceID: part("dev-0001"),
			EventTime: time.Unix(1767323045, 0).UTC(), SentAt: time.Unix(1795356338, 5e8).UTC(), ReceivedAt: time.Unix(1795356339, 123456789).UTC(),
			App: capture.App{Name: part("验收商城"), Version: part("3.2.1"), Build: part("321")}, OS: capture.OS{Name: part("Android"), Version: part("14")},
			Device:  capture.Device{Manufacturer: part("Xiaomi"), Model: part("2312DRA50C")},
			Library: capture.Library{Name: part("@segment/analytics-node"), Version: part("3.1.0")},
			Locale:  part("zh-CN"), Timezone: part("Asia/Shanghai"), IP: "203.0.113.7",
			Raw: text, PropertiesAt: capture.Span{Start: uint32(props), End: uint32(props + 200)},
		},
		AppID: "app_0190aaaabbbbccccddddeeeeffff0000", EnvironmentID: "env_0190aaaabbbbccccddddeeeeffff0001",
		WriteKeyID: "key_0190aaaabbbbccccddddeeeeffff0002", TerminalKey: "android",
		EventID: "evt_0190aaaabbbbccccddddeeeeffff0003", EventKey: "product_viewed", RevisionID: "rev_0190aaaabbbbccccddddeeeeffff0004",
		Verdict: capture.Valid,
	}
}

func TestDecodeRecordRefusesDamage(t *testing.T) {
	t.Parallel()
	record := string(capture.AppendRecord(nil, sampleRecord(3)))
	ignore := func(*capture.Captured) bool { return true }
	require.ErrorIs(t, capture.DecodeRecord("", 0, ignore), capture.ErrRecordVersion)
	require.ErrorIs(t, capture.DecodeRecord("\x05"+record[1:], 0, ignore), capture.ErrRecordVersion)
	require.ErrorIs(t, capture.DecodeRecord(record+"x", 0, ignore), capture.ErrRecordDamaged)
	for cut := 1; cut < len(record); cut++ {
		require.ErrorIs(t, capture.DecodeRecord(record[:cut], 0, ignore), capture.ErrRecordDamaged, cut)
	}
	require.ErrorIs(t, capture.DecodeRecord("\x01\x81\x20"+strings.Repeat("\x00\x00", 4097), 0, ignore), capture.ErrRecordDamaged)
}

// TestDecodeRecordSurvivesDamage changes each byte of a record: what comes out does not matter, but it is within bounds.
func TestDecodeRecordSurvivesDamage(t *testing.T) {
	t.Parallel()
	events := sampleRecord(2)
	events[0].Notes = []string{events[0].UserID}
	record := capture.AppendRecord(nil, events)
	for i, was := range record {
		for _, b := range []byte{0, 1, 3, 0x7f, 0x80, 0xff, was + 1, was - 1, was ^ 1} {
			record[i] = b
			_ = capture.DecodeRecord(string(record), 0, func(c *capture.Captured) bool {
				_ = c.PropertiesJSON()
				return true
			})
		}
		record[i] = was
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(capture.AppendRecord(nil, sampleRecord(3)))
	bad := sampleEvent(segmentEvent)
	bad.Notes = []string{"a note", bad.UserID}
	bad.Violations = []capture.Violation{{Code: "type", Severity: capture.Error, Property: "price", Expected: "number", Actual: "string"}}
	f.Add(capture.AppendRecord(nil, []capture.Captured{bad, {}, bad}))
	released := bad
	released.Release, released.Hash = 7, strings.Repeat("5f", 32)
	f.Add(capture.AppendRecord(nil, []capture.Captured{bad, released, released}))
	f.Fuzz(func(t *testing.T, record []byte) {
		src, size := string(record), 0
		err := capture.DecodeRecord(src, 0, func(c *capture.Captured) bool {
			_ = c.PropertiesJSON()
			size += 16*len(c.Notes) + 88*len(c.Violations)
			return true
		})
		require.LessOrEqual(t, size, 18*len(src), "memory for notes and violations")
		if err != nil {
			return
		}
		events := decode(t, src, 0)
		again := string(capture.AppendRecord(nil, events))
		require.Equal(t, events, decode(t, again, 0))
	})
}

func BenchmarkAppendRecord50(b *testing.B) {
	events := sampleRecord(50)
	var record []byte
	b.ReportAllocs()
	for b.Loop() {
		record = capture.AppendRecord(record[:0], events)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/50, "ns/event")
	b.ReportMetric(float64(len(record))/50, "bytes/event")
	b.ReportMetric(float64(len(segmentEvent)), "raw-bytes/event")
}

func BenchmarkDecodeRecord50(b *testing.B) {
	record := string(capture.AppendRecord(nil, sampleRecord(50)))
	b.ReportAllocs()
	for b.Loop() {
		_ = capture.DecodeRecord(record, 0, func(*capture.Captured) bool { return true })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/50, "ns/event")
}
