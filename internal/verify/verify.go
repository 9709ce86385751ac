// Package verify asks a server what a test run has seen, and says whether that is what was expected: for CI, where each job
// has a run of its own. It is a client of the public API like any other.
//
// Nothing here keeps state; everything is safe for concurrent use.
package verify

import (
	"context"
	"time"
)

// Options say what to verify.
type Options struct {
	// URL is the server's, Token an API token of somebody who may read the app.
	URL, Token string
	Run        string
	Expect     *Expectations
	// Wait is for how long what is missing may still come.
	Wait time.Duration
}

// askEvery is how long to wait before what was missing is asked for again.
const askEvery = time.Second

// Run asks until nothing is missing, something is wrong or Wait has passed, and returns the last report. The error says why
// the server could not be asked.
func Run(ctx context.Context, o Options) (*Report, error) {
	late := time.NewTimer(o.Wait)
	defer late.Stop()
	for {
		seen, err := ask(ctx, o)
		if err != nil {
			return nil, err
		}
		report := judge(o.Run, o.Expect, seen)
		if !report.onlyMissing() {
			return report, nil
		}
		select {
		case <-time.After(askEvery):
		case <-late.C:
			return report, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
