package amplitude

import (
	"net/http"
	"strconv"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// answer is what Amplitude's API says. Its SDKs look at the code in the body, not at the status: an answer without one is
// repeated. On 400 they repeat everything that the answer does not name, unless it names a missing field of the payload or
// begins with "Invalid API key"; they halve a payload on 413 and wait on 429.
func answer(r *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return wire.JSON(http.StatusOK, `{"code":200,"events_ingested":`+strconv.Itoa(ingested(r, o.Decoded))+
			`,"payload_size_bytes":`+strconv.Itoa(len(r.Body))+`,"server_upload_time":`+strconv.FormatInt(r.ReceivedAt.UnixMilli(), 10)+`}`)
	case wire.UnknownKey:
		if k := key(r); k != "" {
			return refuse(http.StatusBadRequest, "Invalid API key: "+wire.Cut(k, wire.MaxField), "").Because(o)
		}
		return refuse(http.StatusBadRequest, "Request missing required field", `,"missing_field":"api_key"`).Because(o)
	case wire.TooLarge:
		return refuse(http.StatusRequestEntityTooLarge, "Payload too large", "").Because(o)
	case wire.Throttled:
		return later(http.StatusTooManyRequests, refuse(http.StatusTooManyRequests, "Too many requests", `,"throttled_events":`+indexes(r)), o)
	case wire.Unavailable:
		return later(http.StatusServiceUnavailable, refuse(http.StatusServiceUnavailable, "Service unavailable", ""), o)
	default:
		return refuse(http.StatusBadRequest, "Invalid request: "+o.Reason, `,"missing_field":"events"`).Because(o)
	}
}

// refuse says no; more are further members.
func refuse(status int, reason, more string) wire.Answer {
	return wire.JSON(status, `{"code":`+strconv.Itoa(status)+`,"error":`+wire.Quote(reason)+more+`}`)
}

// later adds when to come back.
func later(status int, a wire.Answer, o wire.Outcome) wire.Answer {
	a.RetryAfter = wire.Retry(status, "", o).RetryAfter
	return a
}

// count returns how many records the payload holds.
func count(r *wire.Request) int {
	tape, err := r.Unwrap(text)
	if err != nil || len(tape) == 0 {
		return 0
	}
	list, ok := events(tape)
	if !ok {
		return 0
	}
	if tape[list].Kind != capture.Array {
		return 1
	}
	return wire.Count(tape, list)
}

func ingested(r *wire.Request, d *wire.Decoded) int {
	n := count(r)
	if d != nil {
		n -= len(d.Rejected)
	}
	return n
}

// indexes is the list of the places of all records, up to as many as a payload may hold.
func indexes(r *wire.Request) string {
	list := []byte{'['}
	for i := range min(count(r), wire.MaxEvents) {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, int64(i), 10)
	}
	return string(append(list, ']'))
}
