package graph

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"rsc.io/qr"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/fault"
)

// maxQR is how many bytes a QR picture holds.
const maxQR = 1000

var schemeForm = regexp.MustCompile("^[a-zA-Z][a-zA-Z0-9+.-]{0,99}$")

// handShakeURL is what an app with the Sensors SDK is opened with, so that it tells its id.
func (r *Resolver) handShakeURL(s *ent.CaptureSession, scheme string) (string, error) {
	if !schemeForm.MatchString(scheme) {
		return "", invalid("scheme", "bad_scheme", "a scheme has letters, digits and + . -, without ://")
	}
	q := url.Values{"info_id": {s.Code}, "project": {"default"}, "sf_push_distinct_id": {r.PublicURL() + "/sa"}}
	return scheme + "://debugmode?" + q.Encode(), nil
}

// pageURL is a page's address with the code of a session.
func pageURL(s *ent.CaptureSession, page string) (string, error) {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(page) > maxQR {
		return "", invalid("page", "bad_url", "the address of a page begins with http:// or https://")
	}
	q := u.Query()
	q.Set(collect.LinkParameter, s.Code)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// qrPicture is a QR picture as SVG, with the margin of four modules that readers need.
func qrPicture(text string) (string, error) {
	if text == "" || len(text) > maxQR {
		return "", invalid("text", "out_of_range", fmt.Sprintf("a picture holds 1 to %d bytes", maxQR))
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", invalid("text", "too_long", "this does not fit into a picture")
	}
	const margin = 4
	var b strings.Builder
	size := code.Size + 2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, size, size, size, size)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+margin, y+margin, x-from, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

func invalid(path, reason, message string) error {
	return fault.Invalid(fault.Field{Path: path, Reason: reason, Message: message})
}
