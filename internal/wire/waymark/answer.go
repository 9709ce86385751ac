package waymark

import (
	"net/http"
	"strconv"

	"github.com/waymarkhq/waymark/internal/wire"
)

// answer says how many events were taken, and which records were not.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind != wire.Accepted {
		return refuse(o)
	}
	b := append([]byte(`{"accepted":`), strconv.Itoa(len(o.Decoded.Events))...)
	b = append(b, `,"rejected":[`...)
	for i, r := range o.Decoded.Rejected {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"index":`...), int64(r.Index), 10)
		b = append(append(b, `,"reason":`...), wire.Quote(r.Reason)...)
		b = append(b, '}')
	}
	return wire.JSON(http.StatusOK, string(b)+"]}")
}

// problem is a refusal of a whole request.
type problem struct {
	status int
	reason string // stable, for programs
	detail string // for people, where the outcome has no reason
}

var problems = map[wire.Kind]problem{
	wire.UnknownKey:  {http.StatusUnauthorized, "unknown_key", "the write key is missing, unknown or revoked"},
	wire.Malformed:   {http.StatusBadRequest, "malformed", "the body cannot be read"},
	wire.TooLarge:    {http.StatusRequestEntityTooLarge, "too_large", "the body is too large"},
	wire.Throttled:   {http.StatusTooManyRequests, "throttled", "too many requests"},
	wire.Unavailable: {http.StatusServiceUnavailable, "unavailable", "events cannot be taken right now"},
}

// refuse returns the problem details (RFC 9457) of a request that was refused as a whole.
func refuse(o wire.Outcome) wire.Answer {
	p, ok := problems[o.Kind]
	if !ok {
		p = problems[wire.Malformed]
	}
	if o.Reason != "" {
		p.detail = o.Reason
	}
	body := `{"type":"about:blank","title":` + wire.Quote(http.StatusText(p.status)) + `,"status":` + strconv.Itoa(p.status) +
		`,"reason":` + wire.Quote(p.reason) + `,"detail":` + wire.Quote(p.detail) + `}`
	a := wire.JSON(p.status, body)
	if o.Kind == wire.Throttled || o.Kind == wire.Unavailable {
		a = wire.Retry(p.status, body, o)
	}
	a.ContentType = "application/problem+json"
	return a.Because(o)
}
