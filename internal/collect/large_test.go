package collect_test

import (
	"compress/gzip"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A few senders with large payloads, however slow, hold up others like them and nobody else: whoever waits too long is
// asked to come back.
func TestLargePayloadsAreFewAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stored := &memory{}
		f := newFront(t, stored)
		noise := make([]byte, 2<<20)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range noise {
			noise[i] = "aaaaaaaabc"[random.IntN(10)]
		}
		large := strings.TrimSuffix(viewed, "}") + `,"noise":"` + string(noise) + `"}`
		packed := gzipped(t, large)
		require.Less(t, len(packed), 1<<20, "it becomes large only when it is unpacked")
		send := func(body string) *http.Response {
			answer, _ := f.ask(http.MethodPost, "/v1/batch", body, "Authorization", basic(testKey))
			return answer
		}
		var slow sync.WaitGroup
		hold := make(chan struct{})
		for range 2 {
			slow.Go(func() {
				r := httptest.NewRequest(http.MethodPost, "/v1/batch", io.MultiReader(strings.NewReader(large[:len(large)-1]), waiting(hold), strings.NewReader("}")))
				r.Header.Set("Authorization", basic(testKey))
				w := httptest.NewRecorder()
				f.ServeHTTP(w, r)
				require.Equal(t, http.StatusOK, w.Code)
			})
		}
		synctest.Wait()

		begun := time.Now()
		require.Equal(t, http.StatusOK, send(viewed).StatusCode)
		require.Zero(t, time.Since(begun), "others go on")
		for _, body := range []string{large, packed} {
			begun = time.Now()
			answer := send(body)
			require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
			require.NotEmpty(t, answer.Header.Get("Retry-After"))
			require.Equal(t, 5*time.Second, time.Since(begun))
		}
		var next sync.WaitGroup
		for _, body := range []string{large, packed} {
			next.Go(func() { require.Equal(t, http.StatusOK, send(body).StatusCode, "who waits comes next") })
		}
		synctest.Wait()
		close(hold)
		slow.Wait()
		next.Wait()
		for range 5 {
			require.Equal(t, http.StatusOK, send(packed).StatusCode, "places are given back")
		}
	})
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// waiting is a reader that gives nothing until hold is closed.
type waiting chan struct{}

func (w waiting) Read([]byte) (int, error) {
	<-w
	return 0, io.EOF
}
