package wire_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func TestFormValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body, query, want string
		ok                bool
	}{
		{"x=1&a=%E4%B8%AD+b&a=2", "a=query", "中 b", true},
		{"a=", "", "", true},
		{"a", "", "", false},
		{"aa=1&ba=2", "a=query", "", false},
		{"", "a=query%2B", "query+", true},
		{"", "", "", false},
		{"a=100%&b", "", "100%", true},
		{"a=%zz+", "", "%zz+", true},
		{"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n100%+\r\n--b--\r\n", "", "100%+", true},
		{"--b\r\nContent-Disposition: form-data; name=\"aa\"\r\n\r\n1\r\n--b--\r\n", "", "", false},
		{"--", "", "", false},
		{`{"url":"https://example.com/?b=1&a=2&c=3"}`, "a=query", "", false},
		{"--b\r\n--b\r\n\r\n", "", "", false},
	} {
		r := wire.Request{Body: c.body, Query: c.query}
		value, ok := r.FormValue("a")
		require.Equal(t, c.want, value, "%+v", c)
		require.Equal(t, c.ok, ok, "%+v", c)
	}
}

// FuzzFormValue: what is read of a form is what the standard library reads, or stays as it is.
func FuzzFormValue(f *testing.F) {
	for _, s := range []string{"", "a+b%2B", "%", "%e4%B8", "100%", strings.Repeat("%41+x", 10)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "&") {
			return
		}
		want, err := url.QueryUnescape(s)
		if err != nil {
			want = s
		}
		r := wire.Request{Body: "a=" + s}
		value, ok := r.FormValue("a")
		require.True(t, ok)
		require.Equal(t, want, value)
	})
}

func TestJavaHash(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int32{"": 0, "hello": 99162322, "a+b/c=": -1475260431, "polygenelubricants": -2147483648} {
		require.Equal(t, want, wire.JavaHash(text), text)
	}
	require.Equal(t, wire.JavaHash("a+b/c="), wire.JavaHash("a%2Bb%2Fc%3D"))
	require.Equal(t, wire.JavaHash("a+b"), wire.JavaHash("a b"), "a form made a blank of the plus sign")
	require.NotEqual(t, wire.JavaHash("100%"), wire.JavaHash("100"))
}

func TestLocalTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	china := wire.Zone{East: 8 * time.Hour, Known: true}
	read := func(json string, zone wire.Zone, arrived time.Time) (time.Time, wire.Notes) {
		tape, err := capture.Parse(nil, json)
		require.NoError(t, err)
		var notes wire.Notes
		return notes.Local(&tape[0], "t", zone, arrived), notes
	}
	for _, c := range []struct {
		json  string
		zone  wire.Zone
		want  time.Time
		notes wire.Notes
	}{
		{`"2026-01-02 11:04:05.000"`, china, at, nil},
		{`"2026-01-02T03:04:05Z"`, china, at, nil},
		{`"2026-01-02 03:04:05.000"`, wire.Zone{}, at, wire.Notes{"t has no time zone and was read as UTC"}},
		{`1767323045000`, china, at, wire.Notes{"t is a number, not a date and time; it was read as 2026-01-02T03:04:05Z"}},
		{`"1767323045"`, china, at, wire.Notes{"t is a number, not a date and time; it was read as 2026-01-02T03:04:05Z"}},
		{`"soon"`, china, time.Time{}, wire.Notes{"t is not a date and time"}},
		{`[]`, china, time.Time{}, wire.Notes{"t is not a date and time"}},
		{`null`, china, time.Time{}, nil},
	} {
		got, notes := read(c.json, c.zone, at.Add(time.Second))
		require.Equal(t, c.want, got, c.json)
		require.Equal(t, c.notes, notes, c.json)
	}
	// Who writes the time of the place without naming it is found out where that lies ahead of UTC.
	for delay, east := range map[time.Duration]int{-7 * time.Hour: 0, time.Second: 8, 50 * time.Minute: 8, 70 * time.Minute: 7, 7*time.Hour + 40*time.Minute: 0, 9 * time.Hour: 0} {
		got, notes := read(`"2026-01-02 11:04:05.000"`, wire.Zone{}, at.Add(delay))
		require.Equal(t, at.Add(time.Duration(8-east)*time.Hour), got, delay)
		if east > 0 {
			require.Equal(t, wire.Notes{fmt.Sprintf("t has no time zone; as UTC it would not have come yet, so it was read as UTC+%d", east)}, notes)
		} else {
			require.Equal(t, wire.Notes{"t has no time zone and was read as UTC"}, notes)
		}
	}
}
