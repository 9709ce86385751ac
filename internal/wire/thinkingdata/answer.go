package thinkingdata

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/reason"
)

// The codes of refusals; any code but 0 is an error.
const (
	codeUnreadable = -1
	codeUnknownKey = -2
)

// answer is what SDKs hear. Server SDKs raise the message in the program that reports; 503 makes all of them come again.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return wire.JSON(http.StatusOK, `{"code":0}`)
	case wire.Throttled, wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, reason.Outcome(o), o)
	case wire.UnknownKey:
		return coded(codeUnknownKey, o)
	case wire.Malformed, wire.TooLarge:
	}
	return coded(codeUnreadable, o)
}

func coded(code int, o wire.Outcome) wire.Answer {
	return wire.JSON(http.StatusOK, `{"code":`+strconv.Itoa(code)+`,"msg":`+wire.Quote(reason.Outcome(o))+`}`).Because(o)
}

// image is answer for pixels. A browser hears nothing of it, but not all who send that way are browsers.
func image(r *wire.Request, o wire.Outcome) wire.Answer {
	if a := answer(r, o); a.Status != http.StatusOK {
		return a
	}
	return wire.Image(r, o).Because(o)
}

// The levels of what is wrong: the SDK tells the developer that properties are, or the data as a whole.
const (
	levelProperty = 1
	levelData     = 2
)

// answerDebug says what is wrong, in the words that the SDK writes to the developer's log. It never says -1, the level of a
// device that may not debug: the SDK would go on as if in production.
func answerDebug(_ *wire.Request, o wire.Outcome) wire.Answer {
	var list []reason.Reason
	switch o.Kind {
	case wire.Throttled, wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, reason.Outcome(o), o)
	case wire.Accepted:
		if o.Decoded != nil {
			list = reason.Of(o.Decoded)
		}
	case wire.UnknownKey, wire.Malformed, wire.TooLarge:
		list = []reason.Reason{{Text: reason.Outcome(o)}}
	}
	level, properties, reasons := 0, []string{}, []string{}
	for _, r := range list {
		if r.Property != "" {
			level = max(level, levelProperty)
			properties = append(properties, `{"propertyName":`+wire.Quote(r.Property)+`,"errorReason":`+wire.Quote(r.Text)+`}`)
		} else {
			level = levelData
		}
		reasons = append(reasons, wire.Quote(r.Text))
	}
	return wire.JSON(http.StatusOK, `{"errorLevel":`+strconv.Itoa(level)+`,"errorProperties":[`+strings.Join(properties, ",")+
		`],"errorReasons":[`+strings.Join(reasons, ",")+`]}`).Because(o)
}
