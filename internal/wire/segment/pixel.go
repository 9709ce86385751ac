package segment

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/wire"
)

// Pixel returns the decoder of a message in the query of an image: base64 or plain JSON as data=, or one parameter for
// each field (event=…&properties.price=…). Where typ is empty, the variable of the path names the type of the message.
func Pixel(format, typ string) func(*wire.Request, *wire.Decoded) error {
	return func(r *wire.Request, out *wire.Decoded) error {
		tape, err := r.Unwrap(pixelJSON)
		if err != nil {
			return err
		}
		name := typ
		if name == "" {
			name = strings.TrimSuffix(r.Param, ".gif")
		}
		known := typeNamed(name)
		if known == 0 {
			return wire.NewMalformed("there is no message type " + wire.Quote(name))
		}
		return decodePayload(r, tape, format, known, out)
	}
}

// PixelKey returns the write key of an image: the query's, or that of the message in it.
func PixelKey(r *wire.Request) string {
	if key, _ := wire.QueryValue(r.Query, "writeKey"); key != "" {
		return key
	}
	tape, err := r.Unwrap(pixelJSON)
	if err != nil || len(tape) == 0 {
		return ""
	}
	return member(tape, 0, "writeKey")
}

// pixelJSON takes the JSON text of a message out of the query.
func pixelJSON(r *wire.Request) (string, error) {
	data, ok := wire.QueryValue(r.Query, "data")
	if !ok {
		return wire.FlatJSON(r.Query, "writeKey")
	}
	if strings.HasPrefix(strings.TrimSpace(data), "{") {
		return data, nil
	}
	text, ok := wire.Base64(data)
	if !ok {
		return "", wire.NewMalformed("data is neither base64 nor JSON")
	}
	return text, nil
}
