package collect_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/store"
)

// refusalList keeps refusals in memory, or does not take them; it has the time too.
type refusalList struct {
	mu      sync.Mutex
	now     time.Time
	down    bool
	list    []store.Refusal
	notices int
}

func (l *refusalList) AddRefusals(_ context.Context, list []store.Refusal) error {
	if l.down {
		return errors.New("the database is down")
	}
	l.list = append(l.list, list...)
	return nil
}

func (l *refusalList) Notify(subject string, _ []byte) error {
	if subject == collect.RefusalSubject {
		l.notices++
	}
	return nil
}

func (l *refusalList) clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// taken are the refusals that were written since the last time.
func (f *front) taken(t *testing.T) []store.Refusal {
	t.Helper()
	f.Refusals.Flush(t.Context())
	list := f.refused.list
	f.refused.list = nil
	return list
}

func TestWhyThereIsNoData(t *testing.T) {
	t.Parallel()
	f := newFront(t, &memory{})
	event := `{"type":"track","event":"e","userId":"u","messageId":"%d"%s}`
	for i, test := range []struct{ method, path, key, body, kind, reason string }{
		{"POST", "/v1/batch", "nobodys-key", `{"batch":[]}`, collect.RefusedKey, "the write key is missing, unknown or revoked"},
		{"POST", "/v1/batch", "", `{"batch":[]}`, collect.RefusedKey, "the write key is missing, unknown or revoked"},
		{"POST", "/v1/batch", testKey, `{"batch":`, collect.RefusedMalformed, "the body is not JSON"},
		{"POST", "/v1/batch", testKey, strings.Repeat(" ", 6<<20), collect.RefusedTooLarge, "the body is larger than"},
		{"POST", "/v1/batch", testKey, `{"batch":[7,8]}`, collect.RefusedRecords, "a message must be an object, not a number (and 1 more records)"},
		{"POST", "/v1/track", testKey, fmt.Sprintf(event, 1, `,"sentAt":"2026-11-23T20:00:01Z"`), collect.RefusedClock, "the sender's clock is ahead by more than 8 hours"},
		{"POST", "/v1/track", testKey, fmt.Sprintf(event, 2, `,"sentAt":"2020-01-01T00:00:00Z"`), collect.RefusedClock, "the sender's clock is behind by more than a year"},
		{"POST", "/v1/track", testKey, fmt.Sprintf(event, 3, `,"timestamp":"2026-11-23T12:20:00Z"`), collect.RefusedClock, "the sender's clock is ahead by more than 10 minutes"},
		{"POST", "/sa?token=" + testKey, "", `data_list=W3siZWtleSI6ImsiLCJwa3YiOjEsInBheWxvYWRzIjoiYSJ9XQ==`, collect.RefusedEncrypted, "encrypted"},
		{"POST", "/v2/nothing", testKey, `{}`, collect.RefusedUnknownPath, "no SDK sends to this path"},
		{"GET", "/v1/batch", testKey, "", collect.RefusedMethod, "this path takes POST"},
	} {
		f.ask(test.method, test.path, test.body, "Authorization", basic(test.key), "User-Agent", "okhttp/4")
		list := f.taken(t)
		require.Len(t, list, 1, "%d", i)
		r := list[0]
		require.Equal(t, test.kind, r.Kind, "%d", i)
		require.Contains(t, r.Reason, test.reason)
		path, _, _ := strings.Cut(test.path, "?")
		require.Equal(t, []string{test.method, path, "203.0.113.7", "okhttp/4"}, []string{r.Method, r.Path, r.Address, r.UserAgent})
		require.Equal(t, int64(1), r.Count)
		known := (test.key == testKey || r.Kind == collect.RefusedEncrypted) && r.Kind != collect.RefusedUnknownPath && r.Kind != collect.RefusedMethod
		require.Equal(t, known, r.AppID == "app_1", "%d %s", i, r.AppID)
	}
	require.NotZero(t, f.refused.notices)
}

func TestWhatIsInOrderIsNotListed(t *testing.T) {
	t.Parallel()
	f := newFront(t, &memory{})
	for _, more := range []string{"", `,"sentAt":"2026-11-23T12:00:01Z"`, `,"timestamp":"2025-01-01T00:00:00Z"`} {
		f.ask("POST", "/v1/track", `{"type":"track","event":"e","userId":"u"`+more+`}`, "Authorization", basic(testKey))
	}
	f.ask("POST", "/v1/validate", `[7]`, "Authorization", basic(testKey)) // who asks what is wrong is told there
	f.ask("OPTIONS", "/v1/track", "", "Origin", "https://a.example", "Access-Control-Request-Method", "POST")
	require.Empty(t, f.taken(t))
}

func TestAStormOfRefusalsIsFewRows(t *testing.T) {
	t.Parallel()
	f := newFront(t, &memory{})
	ask := func(key string) { f.ask("POST", "/v1/batch", `{"batch":[]}`, "Authorization", basic(key)) }
	for range 50 {
		ask("wrong-key")
	}
	list := f.taken(t)
	require.Len(t, list, 1, "the first is to be seen at once")
	require.Empty(t, f.taken(t))
	f.refused.now = noon.Add(10 * time.Second)
	list = f.taken(t)
	require.Len(t, list, 1)
	require.Equal(t, int64(49), list[0].Count)

	for i := range 1000 {
		ask(fmt.Sprintf("wrong-key-%d", i))
	}
	f.ask("POST", "/v1/batch", `{`, "Authorization", basic(testKey))
	list = f.taken(t)
	require.Len(t, list, 201, "strangers leave room for who has a key")
	require.Equal(t, collect.RefusedMalformed, list[200].Kind)
}

func TestADatabaseThatIsDownCostsTheListOnly(t *testing.T) {
	t.Parallel()
	f := newFront(t, &memory{})
	f.refused.down = true
	f.ask("POST", "/v1/batch", `{`, "Authorization", basic(testKey))
	require.Empty(t, f.taken(t))
	f.refused.down = false
	f.ask("POST", "/v1/batch", `{"`, "Authorization", basic(testKey))
	require.Len(t, f.taken(t), 1)
}
