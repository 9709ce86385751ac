package sensors

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/reason"
)

// answer is what phones and servers hear. Phones keep on 403, 404 and 5xx what they sent, and repeat it for ever; they
// drop it on any other status. So what will never be taken is answered with success, and what may be later with 503.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind == wire.Throttled || o.Kind == wire.Unavailable {
		return wire.Retry(http.StatusServiceUnavailable, reason.Outcome(o), o)
	}
	return wire.Answer{Status: http.StatusOK, Reason: o.Reason}
}

// image is answer for pixels. A browser hears nothing of it, but not all who send that way are browsers.
func image(r *wire.Request, o wire.Outcome) wire.Answer {
	if a := answer(r, o); a.Status != http.StatusOK {
		return a
	}
	return wire.Image(r, o).Because(o)
}

// answerDebug says what is wrong, in the words that the SDK shows on the developer's phone.
func answerDebug(r *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Throttled, wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, reason.Outcome(o), o)
	case wire.Accepted:
		var list []reason.Reason
		if o.Decoded != nil {
			list = reason.Of(o.Decoded)
		}
		if len(list) == 0 {
			return wire.JSON(http.StatusOK, "{}")
		}
		return invalid(r, reason.Text(list))
	case wire.UnknownKey, wire.Malformed, wire.TooLarge:
	}
	return invalid(r, reason.Outcome(o)).Because(o)
}

// invalid is the answer for data that is wrong. The browser SDK shows nothing for an error status; it shows any object
// that is not empty.
func invalid(r *wire.Request, text string) wire.Answer {
	if isBrowser(r) {
		return wire.JSON(http.StatusOK, `{"error":`+wire.Quote(text)+`}`)
	}
	return wire.Text(http.StatusBadRequest, text)
}

// noConfig answers SDKs that ask for remote settings: on 404 they stop asking and keep what the app set.
func noConfig(*wire.Request, wire.Outcome) wire.Answer {
	return wire.Text(http.StatusNotFound, "no remote config")
}
