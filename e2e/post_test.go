package e2e_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reply is an answer to an SDK.
type reply struct {
	status int
	header http.Header
	body   string
}

// post sends a body as an SDK does, with a write key.
func post(t *testing.T, url, key, body string) reply {
	t.Helper()
	return postFrom(t, url, key, strings.NewReader(body))
}

func postFrom(t *testing.T, url, key string, body io.Reader) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	require.NoError(t, err)
	request.SetBasicAuth(key, "")
	request.Header.Set("Content-Type", "application/json")
	return hear(t, request)
}

// get asks for something as a browser does that loads a picture.
func get(t *testing.T, url string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	return hear(t, request)
}

func hear(t *testing.T, request *http.Request) reply {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return reply{response.StatusCode, response.Header, string(text)}
}
