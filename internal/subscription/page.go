package subscription

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

type pageKind uint8

const (
	pageNext     pageKind = iota // body is an execution result
	pageError                    // body is an array of errors; ends the operation
	pageComplete                 // no body; ends the operation
)

// page is one encoded response, immutable and shared by all viewers of an execution.
type page struct {
	kind   pageKind
	weight int // events that are lost with it
	body   []byte
}

var completePage = &page{kind: pageComplete}

// ends reports whether nothing follows p.
func (p *page) ends() bool { return p.kind != pageNext }

// encodeResponse encodes what an execution yielded. gqlgen reuses the buffer behind resp.Data, so it is copied. A
// response without data is a request error: it ends the operation.
func encodeResponse(resp *graphql.Response, weight int) (*page, error) {
	if resp.Data == nil && len(resp.Errors) > 0 {
		return encodeErrors(resp.Errors)
	}
	body, err := encodeResult(resp)
	if err != nil {
		return nil, err
	}
	return &page{weight: weight, body: singleLine(body)}, nil
}

func encodeResult(resp *graphql.Response) ([]byte, error) {
	if len(resp.Errors) > 0 || len(resp.Extensions) > 0 || resp.Data == nil {
		return json.Marshal(resp)
	}
	body := make([]byte, 0, len(`{"data":}`)+len(resp.Data))
	body = append(body, `{"data":`...)
	body = append(body, resp.Data...)
	return append(body, '}'), nil
}

func encodeErrors(errs gqlerror.List) (*page, error) {
	body, err := json.Marshal(errs)
	if err != nil {
		return nil, err
	}
	return &page{kind: pageError, body: singleLine(body)}, nil
}

// singleLine makes body fit for both transports: a raw JSON scalar may have brought line breaks, which end an SSE event
// and mean nothing in JSON, or invalid UTF-8, for which a browser closes its WebSocket.
func singleLine(body []byte) []byte {
	for _, c := range []byte("\n\r") {
		for i := bytes.IndexByte(body, c); i >= 0; i = bytes.IndexByte(body, c) {
			body[i] = ' '
		}
	}
	if utf8.Valid(body) {
		return body
	}
	return bytes.ToValidUTF8(body, []byte("\ufffd"))
}
