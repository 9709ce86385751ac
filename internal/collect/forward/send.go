package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/outward"
)

const (
	// maxRetryAfter is how long a target may ask to be left alone.
	maxRetryAfter = 5 * time.Minute
	// maxSaid is how much of what a target says is kept, in bytes.
	maxSaid = 300
)

// outcome is how an attempt came out.
type outcome struct {
	kind   outcomeKind
	status int           // 0 where there was no answer
	said   string        // what the target said, or what was wrong
	after  time.Duration // how long the target wants to be left alone
}

type outcomeKind int

const (
	taken outcomeKind = iota + 1
	refused
	failed
)

// send sends a payload once.
func (f *Forwarder) send(ctx context.Context, t *Target, p *Payload) outcome {
	request, err := t.request(ctx, p)
	if err != nil {
		return outcome{kind: refused, said: "no request can be made of it: " + err.Error()}
	}
	response, err := f.Client.Do(request)
	if err != nil {
		return outcome{kind: failed, said: whyUnsent(err)}
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(response.Body) // so that the connection can be used again; the status is what counts
	return judge(response, clean(string(said)), f.Now())
}

// judge reads an answer: success, and a redirect, which is not followed, say that it was taken; a status that asks to come
// back, or speaks of trouble on the other side, has it sent again; any other refusal is final.
func judge(r *http.Response, said string, now time.Time) outcome {
	switch s := r.StatusCode; {
	case s < 400:
		return outcome{kind: taken, status: s}
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests:
		return outcome{kind: failed, status: s, said: fmt.Sprintf("%d %s", s, said), after: retryAfter(r.Header.Get("Retry-After"), now)}
	default:
		return outcome{kind: refused, status: s, said: said}
	}
}

func retryAfter(text string, now time.Time) time.Duration {
	var d time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		d = time.Duration(min(seconds, int(maxRetryAfter.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(now)
	}
	return max(0, min(d, maxRetryAfter))
}

// whyUnsent is an error without the URL, whose query may hold what not everybody should see.
func whyUnsent(err error) string {
	if errors.Is(err, outward.ErrForbidden) {
		return outward.ErrForbidden.Error()
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return clean(err.Error())
}

// clean cuts a text that somebody else has written.
func clean(text string) string {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError {
			return ' '
		}
		return c
	}, text))
	if len(text) <= maxSaid {
		return text
	}
	cut := maxSaid
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
