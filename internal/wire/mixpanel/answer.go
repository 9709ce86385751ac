package mixpanel

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// answer is what Mixpanel says to SDKs: 1 or 0, in JSON where they ask for it, or an image. An unknown key is said with 200,
// which keeps browsers quiet. Browsers drop a payload on 400, halve it on 413 and repeat it on 429 and 5xx.
func answer(r *wire.Request, o wire.Outcome) wire.Answer {
	img, _ := wire.QueryValue(r.Query, "img")
	if comesBack := o.Kind == wire.Throttled || o.Kind == wire.Unavailable; img == "1" && !comesBack {
		return wire.Image(r, o)
	}
	switch o.Kind {
	case wire.Accepted:
		if isVerbose(r) {
			return wire.JSON(http.StatusOK, `{"status":1,"error":null}`)
		}
		return wire.Text(http.StatusOK, "1")
	case wire.UnknownKey:
		return no(r, http.StatusOK, o)
	case wire.TooLarge:
		return no(r, http.StatusRequestEntityTooLarge, o)
	case wire.Throttled:
		return later(no(r, http.StatusTooManyRequests, o), o)
	case wire.Unavailable:
		return later(no(r, http.StatusServiceUnavailable, o), o)
	default:
		return no(r, http.StatusBadRequest, o)
	}
}

func no(r *wire.Request, status int, o wire.Outcome) wire.Answer {
	if isVerbose(r) {
		return wire.JSON(status, `{"status":0,"error":`+wire.Quote(o.Reason)+`}`).Because(o)
	}
	return wire.Text(status, "0").Because(o)
}

// later adds when to come back.
func later(a wire.Answer, o wire.Outcome) wire.Answer {
	a.RetryAfter = wire.Retry(a.Status, "", o).RetryAfter
	return a
}

// isVerbose reports whether the sender wants to hear why.
func isVerbose(r *wire.Request) bool {
	said, ok := wire.QueryValue(r.Query, "verbose")
	if !ok && strings.Contains(r.Body, "&verbose=") {
		said, _ = wire.QueryValue(r.Body, "verbose")
	}
	return said == "1" || said == "true"
}

// decide tells SDKs of before 2022, which ask what to show to the user, that there is nothing.
func decide(r *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind != wire.Accepted {
		return answer(r, o)
	}
	return wire.JSON(http.StatusOK, `{"notifications":[],"config":{"enable_collect_everything":false}}`)
}

// answerImport is what Mixpanel says to who imports. SDKs that do say how verbose they want it, and hear what they hear
// elsewhere.
func answerImport(r *wire.Request, o wire.Outcome) wire.Answer {
	if _, sdk := wire.QueryValue(r.Query, "verbose"); sdk {
		return answer(r, o)
	}
	switch o.Kind {
	case wire.Accepted:
		return imported(r, o)
	case wire.UnknownKey:
		return refuse(http.StatusUnauthorized, o)
	case wire.TooLarge:
		return refuse(http.StatusRequestEntityTooLarge, o)
	case wire.Throttled:
		return later(refuse(http.StatusTooManyRequests, o), o)
	case wire.Unavailable:
		return later(refuse(http.StatusServiceUnavailable, o), o)
	default:
		return refuse(http.StatusBadRequest, o)
	}
}

func refuse(status int, o wire.Outcome) wire.Answer {
	return wire.JSON(status, `{"code":`+strconv.Itoa(status)+`,"error":`+wire.Quote(o.Reason)+`,"status":`+
		wire.Quote(http.StatusText(status))+`}`).Because(o)
}

// imported says how many records were taken, and to who is strict, which were not.
func imported(r *wire.Request, o wire.Outcome) wire.Answer {
	n := count(r)
	var failed []wire.Rejection
	if o.Decoded != nil {
		failed = o.Decoded.Rejected
	}
	taken := strconv.Itoa(n - len(failed))
	if strict, _ := wire.QueryValue(r.Query, "strict"); strict != "1" || len(failed) == 0 {
		return wire.JSON(http.StatusOK, `{"code":200,"num_records_imported":`+taken+`,"status":"OK"}`)
	}
	var list strings.Builder
	for i, f := range failed {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(`{"index":` + strconv.Itoa(f.Index) + `,"insert_id":"","field":"","message":` + wire.Quote(f.Reason) + `}`)
	}
	return wire.JSON(http.StatusBadRequest, `{"code":400,"error":"some data points in the request failed validation","status":"Bad Request",`+
		`"num_records_imported":`+taken+`,"failed_records":[`+list.String()+`]}`)
}

// count returns how many records the payload holds.
func count(r *wire.Request) int {
	tape, err := r.Unwrap(text)
	if err != nil || len(tape) == 0 {
		return 0
	}
	if tape[0].Kind != capture.Array {
		return 1
	}
	return wire.Count(tape, 0)
}

func discard(*wire.Request, wire.Outcome) wire.Answer {
	return wire.JSON(http.StatusOK, `{"code":200,"status":"OK"}`)
}
