package wire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func TestSince1970(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		json string
		unit time.Duration
		want time.Time
		note string
	}{
		{`1767323045000`, time.Millisecond, want, ""},
		{`"1767323045000"`, time.Millisecond, want, ""},
		{`"1767323045000000000"`, time.Nanosecond, want, ""},
		{`1767323045000000`, time.Microsecond, want, ""},
		{`1767323045.5`, time.Second, want.Add(time.Second / 2), ""},
		{`1767323045`, time.Millisecond, want, "at should be in milliseconds; it was read as 2026-01-02T03:04:05Z"},
		{`"1767323045"`, time.Microsecond, want, "at should be in microseconds; it was read as 2026-01-02T03:04:05Z"},
		{`"2026-01-02T03:04:05Z"`, time.Second, want, "at is a date, not a number of seconds"},
		{`0`, time.Second, time.Time{}, ""},
		{`""`, time.Second, time.Time{}, ""},
		{`null`, time.Second, time.Time{}, ""},
		{`-5`, time.Nanosecond, time.Time{}, "at is not a number of nanoseconds since 1970"},
		{`[]`, time.Second, time.Time{}, "at is not a number of seconds since 1970"},
		{`"soon"`, time.Second, time.Time{}, "at is not a number of seconds since 1970"},
	} {
		tape, err := capture.Parse(nil, c.json)
		require.NoError(t, err)
		var notes wire.Notes
		require.Equal(t, c.want, notes.Since1970(&tape[0], "at", c.unit), c.json)
		if c.note == "" {
			require.Empty(t, notes, c.json)
		} else {
			require.Equal(t, wire.Notes{c.note}, notes)
		}
	}
}

func TestBearerKey(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{"Bearer k": "k", "bearer  k ": "k", "Basic k": "", "": "", "Bearer": ""} {
		require.Equal(t, want, wire.BearerKey(http.Header{"Authorization": {header}}), header)
	}
}

func TestPackedLeavesJSONAsItIs(t *testing.T) {
	t.Parallel()
	var r wire.Request
	for value, want := range map[string]string{
		`{"url":"a%20b"}`:           `{"url":"a%20b"}`,
		`%7B%22url%22%3A%22a%22%7D`: `{"url":"a"}`,
	} {
		got, err := r.Packed(value)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	var got []string
	for name, value := range wire.Pairs("a=1+2&b=%E8%B4%AD%e7%89%a9&&=x&c&d=100%&e=%4&f=%zz+&%61=b=c&g=%2B%") {
		got = append(got, name+":"+value)
	}
	require.Equal(t, []string{"a:1 2", "b:购物", "c:", "d:100%", "e:%4", "f:%zz+", "a:b=c", "g:%2B%"}, got)
}
