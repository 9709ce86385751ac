package posthog

import (
	"net/http"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// settings are what an SDK is told of its project: gzip is welcome (posthog-js falls back to base64 forms and preflights
// without it), and there is nothing to replay, to ask or to switch.
const settings = `"supportedCompression":["gzip-js"],"sessionRecording":false,"surveys":false`

// noFlags is the answer of a project without feature flags.
const noFlags = `"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false`

// answer answers v0. Anything but 200 makes posthog-js send again, a 204 too.
func answer(r *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind == wire.Accepted {
		return wire.JSON(http.StatusOK, `{"status":"Ok"}`)
	}
	return refuse(r, o)
}

// discard answers what is of no use here.
func discard(*wire.Request, wire.Outcome) wire.Answer {
	return wire.JSON(http.StatusOK, `{"status":"Ok"}`)
}

// refuse says no in the vendor's words. Server SDKs drop a payload on 400 and 401, halve it on 413 and repeat it on 429 and
// 503; posthog-js drops it on every 4xx.
func refuse(r *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.UnknownKey:
		if key(r) == "" {
			return wire.Text(http.StatusUnauthorized, "event submitted without an api_key").Because(o)
		}
		return wire.Text(http.StatusUnauthorized, "API key is not valid").Because(o)
	case wire.TooLarge:
		return wire.Text(http.StatusRequestEntityTooLarge, "maximum event size exceeded: "+o.Reason).Because(o)
	case wire.Throttled:
		return wire.Retry(http.StatusTooManyRequests, "rate limited", o)
	case wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, "transient error, please retry", o)
	default:
		return wire.Text(http.StatusBadRequest, "failed to parse request: "+o.Reason).Because(o)
	}
}

// answerEach answers v1: each event that has an id hears whether it was taken.
func answerEach(r *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind != wire.Accepted {
		return refuse(r, o)
	}
	var body strings.Builder
	body.WriteString(`{"results":{`)
	var rejected []wire.Rejection // in the order of the payload
	if o.Decoded != nil {
		rejected = o.Decoded.Rejected
	}
	first := true
	eachUUID(r, func(index int, uuid string) {
		if !first {
			body.WriteByte(',')
		}
		first = false
		body.WriteString(wire.Quote(uuid))
		for len(rejected) > 0 && rejected[0].Index < index {
			rejected = rejected[1:]
		}
		if len(rejected) > 0 && rejected[0].Index == index {
			body.WriteString(`:{"result":"drop","details":` + wire.Quote(rejected[0].Reason) + `}`)
		} else {
			body.WriteString(`:{"result":"ok"}`)
		}
	})
	body.WriteString(`}}`)
	return wire.JSON(http.StatusOK, body.String())
}

// eachUUID calls yield for each record that has an id.
func eachUUID(r *wire.Request, yield func(index int, uuid string)) {
	tape, err := r.Unwrap(text)
	if err != nil || len(tape) == 0 {
		return
	}
	list, ok := records(tape)
	switch {
	case !ok:
	case tape[list].Kind != capture.Array:
		if uuid := wire.Member(tape, list, "uuid"); uuid != "" {
			yield(0, uuid)
		}
	default:
		index := 0
		for j := range capture.Object(tape).Inside(list).Members {
			if uuid := wire.Member(tape, list+1+j, "uuid"); uuid != "" {
				yield(index, uuid)
			}
			index++
		}
	}
}

// flags answers who asks which feature flags are on. The older question (/decide), and the newer one of phones, want the
// settings too.
func flags(r *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind != wire.Accepted {
		return refuse(r, o)
	}
	if with, _ := wire.QueryValue(r.Query, "config"); with == "true" || strings.HasPrefix(r.Path, "/decide") {
		return wire.JSON(http.StatusOK, "{"+noFlags+","+settings+"}")
	}
	return wire.JSON(http.StatusOK, "{"+noFlags+"}")
}

// config answers a browser or phone that asks for its settings.
func config(r *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return wire.JSON(http.StatusOK, `{"hasFeatureFlags":false,`+settings+`}`)
	case wire.UnknownKey:
		return wire.Text(http.StatusNotFound, "there is no such project").Because(o)
	default:
		return refuse(r, o)
	}
}

// noScript says that there are no settings as a script: the SDK then asks for them as JSON.
func noScript(*wire.Request, wire.Outcome) wire.Answer {
	return wire.Text(http.StatusNotFound, "Not Found")
}

func surveys(r *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind != wire.Accepted {
		return refuse(r, o)
	}
	return wire.JSON(http.StatusOK, `{"surveys":[]}`)
}
