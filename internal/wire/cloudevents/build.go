package cloudevents

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// parse returns the tape of the payload's events: as they were sent, or made anew where their data is not JSON in place.
func parse(r *wire.Request) (capture.Tape, error) {
	switch {
	case isBinary(r.Header):
		return r.Build(fromHeaders)
	case strings.Contains(r.Body, `"`+dataBase64+`"`):
		return r.Build(withData)
	default:
		return r.JSON()
	}
}

const dataBase64 = "data_base64"

// isBinary tells a message in binary mode: its attributes are headers. A gateway may have copied those of a structured
// one, which its type tells.
func isBinary(h http.Header) bool {
	if strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "application/cloudevents") {
		return false
	}
	return h.Get("Ce-Type") != "" || h.Get("Ce-Id") != "" || h.Get("Ce-Specversion") != ""
}

// fromHeaders writes the event of a message in binary mode as the structured one that it stands for.
func fromHeaders(b *wire.Builder) error {
	h := b.Request.Header
	var names []string
	for name := range h {
		if len(name) > len("Ce-") && strings.HasPrefix(name, "Ce-") {
			names = append(names, name)
		}
	}
	if len(names) > wire.MaxPairs {
		return wire.NewTooLarge("too many attributes")
	}
	slices.Sort(names)
	b.New(func() {
		b.Object("")
		for _, name := range names {
			b.String(strings.ToLower(name[len("Ce-"):]), headerText(h.Get(name)))
		}
		if media := h.Get("Content-Type"); media != "" {
			b.String("datacontenttype", media)
		}
		if body := b.Request.Body; body != "" {
			data(b, body)
		}
		b.Close()
	})
	return nil
}

// headerText returns the text of an attribute in a header: percent-encoded UTF-8, and by some senders in quotes.
func headerText(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = strings.ReplaceAll(s[1:len(s)-1], `\"`, `"`)
	}
	if text, err := url.PathUnescape(s); err == nil {
		return text
	}
	return s
}

// data writes the data of an event: JSON if it is, else the text, else base64 of the bytes.
func data(b *wire.Builder, text string) {
	switch {
	case b.JSON("data", text) == nil:
	case utf8.ValidString(text):
		b.String("data", text)
	default:
		b.String(dataBase64, base64.StdEncoding.EncodeToString([]byte(text)))
	}
}

// withData writes events with what their data_base64 is of.
func withData(b *wire.Builder) error {
	tape, err := b.Request.JSON()
	if err != nil {
		return err
	}
	o := capture.Object(tape)
	write := func(i int) {
		b.Object("")
		for j, n := range o.Inside(i).Members {
			if text, ok := wire.Base64(n.Text); ok && n.Name == dataBase64 && n.Kind == capture.String {
				data(b, text)
			} else {
				b.Copy(n.Name, i+1+j)
			}
		}
		b.Close()
	}
	b.Array("")
	if tape[0].Kind != capture.Array {
		b.Record(0, write)
	} else {
		for j := range o.Inside(0).Members {
			b.Record(1+j, write)
		}
	}
	b.Close()
	return nil
}
