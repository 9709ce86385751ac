package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	question = `query Verify($app: String!, $environment: String!, $run: String!, $after: Cursor) {
  testRun(app: $app, environment: $environment, id: $run) {
    validCount invalidCount unplannedCount
    events { eventKey name terminal validCount invalidCount unplannedCount }
    failures(first: 200, after: $after) {
      nodes { eventKey name terminal verdict violations { code severity property expected actual } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`
	// maxFailures is how many failures are looked at; all are counted.
	maxFailures = 2000
	askTimeout  = 30 * time.Second
	maxAnswer   = 64 << 20 // bytes
)

// seen is what a run has seen. The zero value is one of which nothing came.
type seen struct {
	counts
	Events   []sighting `json:"events"`
	Failures struct {
		Nodes    []failure `json:"nodes"`
		PageInfo struct {
			HasNextPage bool    `json:"hasNextPage"`
			EndCursor   *string `json:"endCursor"`
		} `json:"pageInfo"`
	} `json:"failures"`
}

type counts struct {
	ValidCount     int64 `json:"validCount"`
	InvalidCount   int64 `json:"invalidCount"`
	UnplannedCount int64 `json:"unplannedCount"`
}

func (c *counts) sum() int64 { return c.ValidCount + c.InvalidCount + c.UnplannedCount }

func (c *counts) add(o counts) {
	c.ValidCount += o.ValidCount
	c.InvalidCount += o.InvalidCount
	c.UnplannedCount += o.UnplannedCount
}

// sighting is what was seen of an event on a terminal.
type sighting struct {
	EventKey *string `json:"eventKey"`
	Name     string  `json:"name"`
	Terminal string  `json:"terminal"` // empty where it was not recognised
	counts
}

// failure is an event that is invalid or unplanned.
type failure struct {
	EventKey   *string     `json:"eventKey"`
	Name       string      `json:"name"`
	Terminal   string      `json:"terminal"`
	Verdict    string      `json:"verdict"`
	Violations []violation `json:"violations"`
}

type violation struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Property string `json:"property"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
}

// ask reads a run, with its failures page by page.
func ask(ctx context.Context, o Options) (*seen, error) {
	var all *seen
	variables := map[string]any{"app": o.Expect.App, "environment": o.Expect.Environment, "run": o.Run}
	for {
		page, err := o.post(ctx, variables)
		if err != nil {
			return nil, err
		}
		if page == nil {
			return &seen{}, nil
		}
		if all != nil {
			page.Failures.Nodes = append(all.Failures.Nodes, page.Failures.Nodes...)
		}
		all = page
		if next := page.Failures.PageInfo; !next.HasNextPage || len(page.Failures.Nodes) >= maxFailures {
			return all, nil
		}
		variables["after"] = page.Failures.PageInfo.EndCursor
	}
}

// post asks for one page; nil where nothing of the run was seen.
func (o Options) post(ctx context.Context, variables map[string]any) (*seen, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]any{"query": question, "variables": variables})
	if err != nil {
		return nil, err
	}
	url := strings.TrimSuffix(o.URL, "/") + "/graphql"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if o.Token != "" {
		request.Header.Set("Authorization", "Bearer "+o.Token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	return read(response)
}

func read(response *http.Response) (*seen, error) {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	var answer struct {
		Data *struct {
			TestRun *seen `json:"testRun"`
		} `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("the server answered %s, and not as the API of Waymark does", response.Status)
	}
	if len(answer.Errors) > 0 {
		return nil, errors.New(answer.Errors[0].Message)
	}
	if answer.Data == nil {
		return nil, fmt.Errorf("the server answered %s without data", response.Status)
	}
	return answer.Data.TestRun, nil
}
