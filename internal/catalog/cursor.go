package catalog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
)

// maxCursor is the longest cursor that is read, in bytes; the longest that is written holds one name.
const maxCursor = 4096

// cursor is a position in a list: that of the row with the given values in the columns that the list is ordered by.
// Values are string, int64 or time.Time. In text it is the base64url form of a JSON object.
type cursor struct {
	order  string
	values []any
	id     string
}

// cursorText is the JSON of a cursor.
type cursorText struct {
	Order  string            `json:"o"`
	Values []json.RawMessage `json:"v,omitempty"`
	ID     string            `json:"i"`
}

// String returns what a client gets.
func (c *cursor) String() string {
	t := cursorText{Order: c.order, ID: c.id}
	for _, v := range c.values {
		if at, ok := v.(time.Time); ok {
			v = at.UnixMicro()
		}
		t.Values = append(t.Values, mustJSON(v))
	}
	return base64.RawURLEncoding.EncodeToString(mustJSON(t))
}

func (c *cursor) equal(o *cursor) bool {
	return c.order == o.order && c.id == o.id && slices.EqualFunc(c.values, o.values, func(a, b any) bool {
		if t, ok := a.(time.Time); ok {
			u, ok := b.(time.Time)
			return ok && t.Equal(u)
		}
		return a == b
	})
}

// readCursor reads what String wrote for a list of the given order. Whatever else comes is noted at path: bad_cursor for
// what is none, wrong_order for one that another list or ordering made.
func readCursor(path, text string, order *orderSpec, f *fault.Fields) *cursor {
	var t cursorText
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > maxCursor || strictJSON(raw, &t) != nil || t.ID == "" || strings.Contains(t.ID, "\x00") {
		f.Add(path, "bad_cursor", "this is not a cursor of a page")
		return nil
	}
	if t.Order != order.name {
		f.Add(path, "wrong_order", "the cursor belongs to a list in another order")
		return nil
	}
	c := &cursor{order: t.Order, id: t.ID}
	if len(t.Values) != len(order.columns) {
		f.Add(path, "bad_cursor", "this is not a cursor of a page")
		return nil
	}
	for i, v := range t.Values {
		value, err := order.columns[i].read(v)
		if err != nil {
			f.Add(path, "bad_cursor", "this is not a cursor of a page")
			return nil
		}
		c.values = append(c.values, value)
	}
	return c
}

// valueKind says of which Go type the values of a column are.
type valueKind uint8

const (
	textValue valueKind = iota // string
	intValue                   // int64
	timeValue                  // time.Time, to the microsecond
)

func (k valueKind) read(raw json.RawMessage) (any, error) {
	if k == textValue {
		var s string
		err := json.Unmarshal(raw, &s)
		if err == nil && strings.Contains(s, "\x00") {
			err = errors.New("read cursor value: no stored text has a NUL")
		}
		return s, err
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil {
		return nil, fmt.Errorf("read cursor value: %w", err)
	}
	if k == timeValue {
		at := time.UnixMicro(n).UTC()
		if at.Year() < 1970 || at.Year() > 9999 { // neither database keeps every number as a time
			return nil, fmt.Errorf("read cursor value: %s is no time that was ever stored", at)
		}
		return at, nil
	}
	return n, nil
}

func strictJSON(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read cursor: %w", err)
	}
	if d.More() {
		return errors.New("read cursor: more than one value")
	}
	return nil
}

// mustJSON encodes what always can be encoded: our own structs of texts and numbers.
func mustJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("catalog: encode %T: %v", v, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
