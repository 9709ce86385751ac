package wire

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/minio/highwayhash"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Limits of what is taken from one payload.
const (
	// MaxField is how much of an identity or context field is kept, in bytes: they are columns that are searched. The
	// record itself is kept as sent.
	MaxField = 1024
	// MaxEvents is how many records a payload may hold.
	MaxEvents = 10_000
	// MaxEventBytes is how large a record may be.
	MaxEventBytes = 1 << 20
)

// Notes are remarks about one event, for its tester.
type Notes []string

// maxNotes is how many remarks an event gets.
const maxNotes = 20

// Addf adds a remark, unless there are enough.
func (n *Notes) Addf(format string, args ...any) {
	switch len(*n) {
	case maxNotes:
	case maxNotes - 1:
		*n = append(*n, "there is more to remark")
	default:
		*n = append(*n, fmt.Sprintf(format, args...))
	}
}

// Text returns a scalar as text: what identity and context fields should be. null is the empty text. What is no string is
// noted, and so is a text that had to be cut.
func (n *Notes) Text(node *capture.Node, field string) string {
	switch node.Kind {
	case capture.String:
		if len(node.Text) <= MaxField {
			return node.Text
		}
		n.Addf("%s is longer than %d bytes and was cut", field, MaxField)
		return Cut(node.Text, MaxField)
	case capture.Null:
		return ""
	case capture.Number, capture.Bool:
		n.Addf("%s is %s, not a string", field, A(node.Kind))
		return node.Text
	default:
		n.Addf("%s is %s, not a string", field, A(node.Kind))
		return ""
	}
}

// A returns the kind's name with its article.
func A(k capture.Kind) string {
	switch k {
	case capture.Null:
		return "null"
	case capture.Array, capture.ObjectKind:
		return "an " + k.String()
	default:
		return "a " + k.String()
	}
}

// ID returns the sender's id of a record: text, or where there is none but the record tells its time, a hash of the
// record. An id that is too long for a field becomes its hash too, as a cut one might be that of another record.
func ID(text string, at time.Time, raw string) string {
	switch {
	case text == "" && !at.IsZero():
		return hash(raw)
	case len(text) > MaxField:
		return hash(text)
	default:
		return text
	}
}

// hashKey only has to stay as it is: whoever sends a record again, perhaps to a later program, gets the same id.
var hashKey = []byte("waymark: the id of a record is it")[:highwayhash.Size]

// hash returns "h:" and 128 bits in hexadecimal. They tell records apart and keep no secret, so speed decides: a SHA-256
// takes as long as reading and checking the record together.
func hash(s string) string {
	sum := highwayhash.Sum128(unsafe.Slice(unsafe.StringData(s), len(s)), hashKey)
	id := make([]byte, 0, 2+2*len(sum))
	return string(hex.AppendEncode(append(id, "h:"...), sum[:]))
}

// Cut returns the first most bytes of s, without splitting a character.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// Reject notes that record number index, standing at the given place of the text, could not be read.
func (d *Decoded) Reject(index int, raw, reason string) {
	d.Rejected = append(d.Rejected, Rejection{Index: index, Reason: reason, Raw: strings.ToValidUTF8(Cut(raw, MaxRejectedRaw), "\ufffd")})
}
