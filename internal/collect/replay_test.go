package collect_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
)

// recorded reads one request of a real SDK from the recordings of package wire: request line, headers, an empty line, the
// body (base64 where it is binary), and behind a line of its own what a person may read instead.
func recorded(tb testing.TB, file string) *http.Request {
	tb.Helper()
	data, err := os.ReadFile(file)
	require.NoError(tb, err)
	text, _, _ := strings.Cut(string(data), "\n=== decoded")
	head, body, _ := strings.Cut(text, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	if rest, binary := strings.CutPrefix(body, "<<binary "); binary {
		_, encoded, _ := strings.Cut(rest, "\n")
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		require.NoError(tb, err)
		body = string(decoded)
	}
	lines := bufio.NewScanner(strings.NewReader(head))
	require.True(tb, lines.Scan())
	first := strings.Fields(lines.Text())
	r := httptest.NewRequest(first[0], first[1], strings.NewReader(body))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		r.Header.Add(name, value)
	}
	return r
}

// TestWhatRealSDKsSendArrives replays recorded requests, twice, all the way into the database and to the viewers.
func TestWhatRealSDKsSendArrives(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		f := newFront(t, s.Bus)
		a := newAudience("env_test", "end")
		feed(t, s, s, a)
		files, err := filepath.Glob("../wire/testdata/recordings/*.txt")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		want := map[string]capture.Captured{} // by id, of which two recordings may have the same
		sent, loose := 0, 0                   // loose are those without an id, which are never repeats
		for range 2 {
			for _, file := range files {
				w := httptest.NewRecorder()
				f.ServeHTTP(w, recorded(t, file))
				require.Equal(t, 2, w.Code/100, file)
				for _, e := range decoded(t, file) {
					switch sent++; {
					case e.ID == "":
						loose++
					case want[e.ID].ID == "":
						want[e.ID] = e
					}
				}
			}
		}
		work(t, s, db, window, 1, hurry)
		kept := db.counted(t, "env_test")
		require.Len(t, kept.Samples, len(want)+loose)
		verdicts := map[capture.Verdict]int{}
		for _, e := range kept.Samples {
			w := want[e.ID]
			if e.ID == "" {
				continue
			}
			require.Equal(t, w.Name, e.Name)
			require.Equal(t, w.Raw, e.Raw)
			require.Equal(t, w.UserID, e.UserID)
			require.True(t, json.Valid([]byte(e.Raw)) && utf8.ValidString(e.Raw))
			verdicts[e.Verdict]++
		}
		require.Positive(t, verdicts[capture.Valid])
		require.Positive(t, verdicts[capture.Unplanned])
		var repeats int64
		for _, m := range kept.Minutes {
			repeats += m.Duplicates
		}
		require.EqualValues(t, sent-len(want)-loose, repeats, "the second time everything is a repeat")

		end := s.event("end", "", "end")
		s.put(t, end)
		require.Len(t, a.await(t, "end"), len(want)+loose+1)
	})
}

// decoded is what package wire says is in a recording, and is to be kept.
func decoded(tb testing.TB, file string) (events []capture.Captured) {
	tb.Helper()
	name := strings.TrimSuffix(filepath.Base(file), ".txt")
	data, err := os.ReadFile(filepath.Join(filepath.Dir(file), "..", "golden", name+".json"))
	require.NoError(tb, err)
	var golden struct {
		Events []capture.Captured
		DryRun bool
	}
	if json.Unmarshal(data, &golden) != nil || golden.DryRun {
		return nil // a preflight, or a question
	}
	return golden.Events
}
