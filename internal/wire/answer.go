package wire

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// defaultRetryAfter is when a sender may come back where the outcome does not say it: SDKs back off by themselves from
// about a second on, so this only keeps a crowd away for a moment.
const defaultRetryAfter = 5 * time.Second

// GIF is a transparent image of one pixel.
const GIF = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// JSON is an answer with a JSON body.
func JSON(status int, body string) Answer {
	return Answer{Status: status, ContentType: "application/json", Body: body}
}

// Text is an answer in plain words.
func Text(status int, body string) Answer {
	return Answer{Status: status, ContentType: "text/plain; charset=utf-8", Body: body}
}

// Image is the answer to a pixel: always the same image, because nobody would hear anything else.
func Image(*Request, Outcome) Answer { return Answer{Status: 200, ContentType: "image/gif", Body: GIF} }

// Retry asks the sender to come back as the outcome says.
func Retry(status int, body string, o Outcome) Answer {
	a := Text(status, body)
	if a.RetryAfter = o.RetryAfter; a.RetryAfter <= 0 {
		a.RetryAfter = defaultRetryAfter
	}
	return a
}

// seconds returns d in whole seconds, rounded up, as the Retry-After header wants them.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// Quote returns s as a JSON string.
func Quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // cannot be: it is a string
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
