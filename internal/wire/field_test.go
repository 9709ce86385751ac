package wire_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// node parses a JSON scalar.
func node(t require.TestingT, text string) *capture.Node {
	tape, err := capture.Parse(nil, text)
	require.NoError(t, err)
	return &tape[0]
}

func TestTime(t *testing.T) {
	t.Parallel()
	second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, c := range map[string]struct {
		want time.Time
		note string
	}{
		`"2026-01-02T03:04:05.000Z"`:           {second, ""},
		`"2026-01-02T03:04:05Z"`:               {second, ""},
		`"2026-01-02t03:04:05z"`:               {second, ""},
		`"2026-01-02T03:04:05.123456789Z"`:     {second.Add(123456789), ""},
		`"2026-01-02T03:04:05.1234567899999Z"`: {second.Add(123456789), ""},
		`"2026-01-02T03:04:05,5Z"`:             {second.Add(5e8), ""},
		`"2026-01-02T11:04:05+08:00"`:          {second, ""},
		`"2026-01-02T11:04:05+0800"`:           {second, ""},
		`"2026-01-02T11:04:05+08"`:             {second, ""},
		`"2026-01-01T21:34:05-05:30"`:          {second, ""},
		`"2026-01-02 03:04:05.000Z"`:           {second, ""},
		`"2026-12-31T23:59:60Z"`:               {time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		`"2024-02-29T00:00:00Z"`:               {time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), ""},
		`"0001-01-01T00:00:00Z"`:               {time.Time{}, ""},
		`"2026-01-02T03:04:05"`:                {second, "at has no time zone and was read as UTC"},
		`"2026-01-02"`:                         {second.Truncate(24 * time.Hour), "at has no time zone and was read as UTC"},
		`1767323045`:                           {second, "at is a number, not ISO 8601; it was read as 2026-01-02T03:04:05Z"},
		`1767323045.25`:                        {second.Add(25e7), "at is a number, not ISO 8601; it was read as 2026-01-02T03:04:05.25Z"},
		`1767323045123`:                        {second.Add(123e6), "at is a number, not ISO 8601; it was read as 2026-01-02T03:04:05.123Z"},
		`1767323045123456`:                     {second.Add(123456e3), "at is a number, not ISO 8601; it was read as 2026-01-02T03:04:05.123456Z"},
		`1767323045123456789`:                  {second.Add(123456789), "at is a number, not ISO 8601; it was read as 2026-01-02T03:04:05.123456789Z"},
		`"1767323045123"`:                      {second.Add(123e6), "at is a number in a string, not ISO 8601"},
		`null`:                                 {time.Time{}, ""},
		`""`:                                   {time.Time{}, "at is not ISO 8601"},
		`"today"`:                              {time.Time{}, "at is not ISO 8601"},
		`"Fri, 02 Jan 2026 03:04:05 GMT"`:      {time.Time{}, "at is not ISO 8601"},
		`"2026-02-29T00:00:00Z"`:               {time.Time{}, "at is not ISO 8601"},
		`"1900-02-29T00:00:00Z"`:               {time.Time{}, "at is not ISO 8601"},
		`"2026-13-01T00:00:00Z"`:               {time.Time{}, "at is not ISO 8601"},
		`"2026-01-02T24:00:00Z"`:               {time.Time{}, "at is not ISO 8601"},
		`"2026-01-02T03:04Z"`:                  {time.Time{}, "at is not ISO 8601"},
		`"2026-01-02T03:04:05.Z"`:              {time.Time{}, "at is not ISO 8601"},
		`"2026-01-02T03:04:05X"`:               {time.Time{}, "at is not ISO 8601"},
		`"2026-01-02T03:04:05+8:00"`:           {time.Time{}, "at is not ISO 8601"},
		`"0000-01-02T03:04:05Z"`:               {time.Time{}, "at is not ISO 8601"},
		`"0001-01-01T00:00:00+01:00"`:          {time.Time{}, "at is not ISO 8601"},
		`"9999-12-31T23:59:59-01:00"`:          {time.Time{}, "at is not ISO 8601"},
		`-5`:                                   {time.Time{}, "at is not ISO 8601"},
		`1e400`:                                {time.Time{}, "at is not ISO 8601"},
		`99999999999999999999`:                 {time.Time{}, "at is not ISO 8601"},
		`1.7e12`:                               {time.Time{}, "at is not ISO 8601"},
		`true`:                                 {time.Time{}, "at is not ISO 8601"},
		`{}`:                                   {time.Time{}, "at is not ISO 8601"},
	} {
		var notes wire.Notes
		got := notes.Time(node(t, text), "at")
		require.Equal(t, c.want, got, text)
		require.Equal(t, c.note, strings.Join(notes, "; "), text)
	}
}

func TestTimeAgreesWithStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-23, 23).Draw(t, "hours")*3600+rapid.IntRange(0, 59).Draw(t, "minutes")*60)
		sec := rapid.Int64Range(-62135596800+86400, 253402300799-86400).Draw(t, "second")
		want := time.Unix(sec, rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		var notes wire.Notes
		got := notes.Time(node(t, `"`+want.In(zone).Format(time.RFC3339Nano)+`"`), "at")
		require.Empty(t, notes)
		require.Equal(t, want.UTC(), got)
	})
}

func TestText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("中", 400)
	for text, c := range map[string]struct{ want, note string }{
		`"a"`:                                 {"a", ""},
		`null`:                                {"", ""},
		`12.50`:                               {"12.50", "userId is a number, not a string"},
		`false`:                               {"false", "userId is a boolean, not a string"},
		`[1]`:                                 {"", "userId is an array, not a string"},
		`{"a":1}`:                             {"", "userId is an object, not a string"},
		`"` + long + `"`:                      {long[:1023], "userId is longer than 1024 bytes and was cut"},
		`"` + strings.Repeat("x", 1024) + `"`: {strings.Repeat("x", 1024), ""},
	} {
		var notes wire.Notes
		require.Equal(t, c.want, notes.Text(node(t, text), "userId"))
		require.Equal(t, c.note, strings.Join(notes, "; "), text)
	}
}

func TestBasicKey(t *testing.T) {
	t.Parallel()
	basic := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for header, want := range map[string]string{
		"Basic " + basic("key:"):       "key",
		"basic " + basic("key:secret"): "key",
		"Basic  " + basic("key"):       "key",
		"Basic !":                      "",
		"Bearer " + basic("key:"):      "",
		"":                             "",
		"Basic":                        "",
		"Basic " + basic(strings.Repeat("k", 1000)): "",
	} {
		require.Equal(t, want, wire.BasicKey(http.Header{"Authorization": {header}}), header)
	}
	require.Empty(t, wire.BasicKey(nil))
}

func TestQueryValue(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"key=a": "a", "x=1&key=a%20b+c&key=2": "a b c", "key=%zz": "%zz", "key": "", "xkey=1": "-", "": "-",
	} {
		got, ok := wire.QueryValue(query, "key")
		if want == "-" {
			require.False(t, ok, query)
			continue
		}
		require.True(t, ok, query)
		require.Equal(t, want, got, query)
	}
}

func TestBase64(t *testing.T) {
	t.Parallel()
	text := `{"a":"苹果手机?>~🍎"}`
	std := base64.StdEncoding.EncodeToString([]byte(text))
	for _, s := range []string{
		std, strings.TrimRight(std, "="), base64.URLEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)),
		strings.ReplaceAll(std, "+", " "), std[:10] + "\r\n" + std[10:],
	} {
		got, ok := wire.Base64(s)
		require.True(t, ok, s)
		require.Equal(t, text, got)
	}
	_, ok := wire.Base64("a{b}")
	require.False(t, ok)
}

func TestFlatJSON(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":    `{}`,
		"a=1": `{"a":"1"}`,
		"event=Email+Opened&properties.a=x%26y&properties.b.c=2&properties.b.d=3&userId=u": `{"event":"Email Opened","properties":{"a":"x&y","b":{"c":"2","d":"3"}},"userId":"u"}`,
		"a=1&a.b=2&key=secret&.x=1&y.=2": `{"a":"1","a.b":"2",".x":"1","y.":"2"}`,
		"a.b=1&a=2":                      `{"a":{"b":"1"},"a":"2"}`,
		"a.b.c.d.e.f.g.h.i.j.k=1":        `{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i.j.k":"1"}}}}}}}}}`,
		"a=%FF%22":                       `{"a":"` + "\\ufffd" + `\""}`,
	} {
		got, err := wire.FlatJSON(query, "key")
		require.NoError(t, err)
		require.Equal(t, want, got, query)
	}
	_, err := wire.FlatJSON(strings.Repeat("a=1&", 1001))
	requireKind(t, err, wire.TooLarge)
}

func TestNotesAreFew(t *testing.T) {
	t.Parallel()
	var notes wire.Notes
	for i := range 100 {
		notes.Addf("note %d", i)
	}
	require.Len(t, notes, 20)
	require.Equal(t, "there is more to remark", notes[19])
}
