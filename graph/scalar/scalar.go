// Package scalar writes and reads the schema's scalars and those enums whose Go type is not a string.
//
// All functions are pure and safe for concurrent use.
package scalar

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// maxSafeInteger is the largest integer that a JSON number carries without loss in every client.
const maxSafeInteger = 1<<53 - 1

// timeLayout is RFC 3339 with up to six digits of fraction: what both databases keep.
const timeLayout = "2006-01-02T15:04:05.999999Z07:00"

// maxYear is the last year that RFC 3339 can write.
const maxYear = 9999

// MarshalTime writes a moment in UTC; the zero time is null.
func MarshalTime(t time.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) {
		var buf [len(timeLayout) + 2]byte
		b := append(buf[:0], '"')
		b = t.UTC().AppendFormat(b, timeLayout)
		_, _ = w.Write(append(b, '"'))
	})
}

// UnmarshalTime reads an RFC 3339 text, cut to the microsecond. In UTC it has to lie in a year of four digits, which an
// offset may lead out of.
func UnmarshalTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a Time is a string such as 2026-11-23T08:00:00Z, not %T", v)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("a Time is a string such as 2026-11-23T08:00:00Z, not %q", s)
	}
	t = t.UTC().Truncate(time.Microsecond)
	if t.Year() < 1 || t.Year() > maxYear {
		return time.Time{}, fmt.Errorf("a Time lies in the years 1 to %d in UTC, %q does not", maxYear, s)
	}
	return t, nil
}

// MarshalJSON writes a JSON text as it stands; an empty one is null.
func MarshalJSON(v json.RawMessage) graphql.Marshaler {
	if len(v) == 0 {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(v) })
}

// UnmarshalJSON reads any JSON value.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	return b, nil
}

// MarshalInt53 writes an integer.
func MarshalInt53(v int64) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.FormatInt(v, 10)) })
}

// UnmarshalInt53 reads an integer of up to 53 bits.
func UnmarshalInt53(v any) (int64, error) {
	var n int64
	switch v := v.(type) {
	case json.Number:
		i, err := v.Int64()
		if err != nil {
			return 0, fmt.Errorf("an Int53 is a whole number, not %s", v)
		}
		n = i
	case int:
		n = int64(v)
	case int64:
		n = v
	case float64:
		if v != math.Trunc(v) {
			return 0, fmt.Errorf("an Int53 is a whole number, not %v", v)
		}
		n = int64(v)
	default:
		return 0, fmt.Errorf("an Int53 is a whole number, not %T", v)
	}
	if n > maxSafeInteger || n < -maxSafeInteger {
		return 0, fmt.Errorf("an Int53 has at most 53 bits, %d has more", n)
	}
	return n, nil
}

// MarshalVerdict writes a verdict's name.
func MarshalVerdict(v capture.Verdict) graphql.Marshaler { return quoted(v.String()) }

// UnmarshalVerdict reads a verdict's name.
func UnmarshalVerdict(v any) (capture.Verdict, error) {
	return enum(v, map[string]capture.Verdict{
		"VALID": capture.Valid, "INVALID": capture.Invalid, "UNPLANNED": capture.Unplanned,
	})
}

// MarshalSeverity writes a severity's name.
func MarshalSeverity(v capture.Severity) graphql.Marshaler { return quoted(v.String()) }

// UnmarshalSeverity reads a severity's name.
func UnmarshalSeverity(v any) (capture.Severity, error) {
	return enum(v, map[string]capture.Severity{"ERROR": capture.Error, "WARNING": capture.Warning})
}

// MarshalRecordType writes a record type's name.
func MarshalRecordType(v capture.Type) graphql.Marshaler {
	return quoted(recordTypes[v])
}

// UnmarshalRecordType reads a record type's name.
func UnmarshalRecordType(v any) (capture.Type, error) {
	for t, name := range recordTypes {
		if name != "" && name == v {
			return capture.Type(t), nil
		}
	}
	return 0, fmt.Errorf("%v is not one of the enum's values", v)
}

var recordTypes = [...]string{
	capture.Track: "TRACK", capture.Page: "PAGE", capture.Screen: "SCREEN", capture.Identify: "IDENTIFY",
	capture.Group: "GROUP", capture.Alias: "ALIAS", capture.Item: "ITEM",
}

// MarshalEncoding writes an encoding's name.
func MarshalEncoding(v plan.Encoding) graphql.Marshaler {
	if v == plan.EncodingNone {
		return quoted("NONE")
	}
	return quoted(string(v))
}

// UnmarshalEncoding reads an encoding's name.
func UnmarshalEncoding(v any) (plan.Encoding, error) {
	return enum(v, map[string]plan.Encoding{
		"NONE": plan.EncodingNone, "JSON": plan.EncodingJSON, "URL": plan.EncodingURL,
	})
}

// MarshalUpload writes null: files are never handed out in an answer.
func MarshalUpload(catalog.Upload) graphql.Marshaler { return graphql.Null }

// UnmarshalUpload takes what the transport put in the place of a file.
func UnmarshalUpload(v any) (catalog.Upload, error) {
	u, ok := v.(catalog.Upload)
	if !ok {
		return catalog.Upload{}, errors.New("an Upload is a file of a GraphQL multipart request: send multipart/form-data")
	}
	return u, nil
}

func quoted(name string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, `"`+name+`"`) })
}

func enum[T any](v any, values map[string]T) (T, error) {
	name, _ := v.(string)
	t, ok := values[name]
	if !ok {
		return t, fmt.Errorf("%v is not one of the enum's values", v)
	}
	return t, nil
}
