package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// client asks a server's GraphQL API: as a person with a session cookie once signed in, or with an API token.
type client struct {
	server *server
	token  string
	http   *http.Client
}

// nobody is a client that has not signed in.
func (s *server) nobody(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &client{server: s, http: &http.Client{Jar: jar}}
}

// admin is the administrator, signed in.
func (s *server) admin(t *testing.T) *client {
	t.Helper()
	c := s.nobody(t)
	c.must(t, `mutation($email: String!, $password: String!) { signIn(input: {email: $email, password: $password}) { viewer { isToken } } }`,
		vars{"email": adminEmail, "password": adminPassword})
	return c
}

// with is a client of the same server that uses an API token.
func (c *client) with(token string) *client {
	return &client{server: c.server, token: token, http: &http.Client{}}
}

// bot makes an API token with one role and returns its secret and id.
func (c *client) bot(t *testing.T, role string) (secret, id string) {
	t.Helper()
	made := c.must(t, `mutation($role: Role!) { createAPIToken(input: {name: "e2e", roles: [{role: $role}]}) { secret apiToken { id } } }`,
		vars{"role": role})
	return made.text("createAPIToken", "secret"), made.text("createAPIToken", "apiToken", "id")
}

type vars map[string]any

// answer is a GraphQL response.
type answer struct {
	Status int         `json:"-"`
	Header http.Header `json:"-"`
	Data   value       `json:"data"`
	Errors []apiError  `json:"errors"`
}

type apiError struct {
	Message    string `json:"message"`
	Extensions struct {
		Code   string         `json:"code"`
		Reason string         `json:"reason"`
		Params map[string]any `json:"params"`
		Fields []struct {
			Path, Reason, Message string
		} `json:"fields"`
	} `json:"extensions"`
}

// code is the first error's code, "" where there is none.
func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

func (a answer) reason() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Reason
}

// ask sends an operation and returns the answer, whatever it is.
func (c *client) ask(t *testing.T, document string, variables vars) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	require.NoError(t, err)
	return c.post(t, bytes.NewReader(body))
}

// post sends a body to /graphql; the answer has to be JSON.
func (c *client) post(t *testing.T, body io.Reader) answer {
	t.Helper()
	a := answer{}
	status, header, text := c.send(t, body)
	require.NoError(t, json.Unmarshal(text, &a), "%d %s", status, text)
	a.Status, a.Header = status, header
	return a
}

// send sends a body to /graphql.
func (c *client) send(t *testing.T, body io.Reader) (status int, header http.Header, text []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.server.URL+"/graphql", body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, text
}

// must sends an operation that has to succeed, and returns its data.
func (c *client) must(t *testing.T, document string, variables vars) value {
	t.Helper()
	a := c.ask(t, document, variables)
	require.Empty(t, a.Errors, document)
	return a.Data
}

// value is a piece of JSON.
type value struct{ v any }

// UnmarshalJSON implements json.Unmarshaler.
func (v *value) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &v.v) }

// at follows member names and list indexes; what is not there is null.
func (v value) at(path ...any) value {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			members, _ := v.v.(map[string]any)
			v = value{members[step]}
		case int:
			list, _ := v.v.([]any)
			if step >= len(list) {
				return value{}
			}
			v = value{list[step]}
		}
	}
	return v
}

func (v value) text(path ...any) string {
	s, _ := v.at(path...).v.(string)
	return s
}

func (v value) number(path ...any) float64 {
	n, _ := v.at(path...).v.(float64)
	return n
}

func (v value) list(path ...any) []value {
	items, _ := v.at(path...).v.([]any)
	out := make([]value, len(items))
	for i, item := range items {
		out[i] = value{item}
	}
	return out
}

// said puts, for each value, what stands at dotted paths into one line, such as "ios ann" for "terminal", "createdBy.name"; the items of lists by their number.
func said(values []value, paths ...string) []string {
	lines := make([]string, len(values))
	for i, v := range values {
		words := make([]string, len(paths))
		for k, path := range paths {
			at := v
			for step := range strings.SplitSeq(path, ".") {
				if n, err := strconv.Atoi(step); err == nil {
					at = at.at(n)
				} else {
					at = at.at(step)
				}
			}
			if at.v != nil {
				words[k] = fmt.Sprint(at.v)
			}
		}
		lines[i] = strings.Join(words, " ")
	}
	return lines
}

// quoted is a text as a JSON string.
func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// members are those of an object.
func (v value) members() map[string]any {
	m, _ := v.v.(map[string]any)
	return m
}
