package wire

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/waymarkhq/waymark/internal/capture"
)

// FormValue returns a parameter of the form that a request carries, unescaped: in its body, whatever type that is said to
// be, or where there is none in its query; ok tells an empty one from none. A body that is JSON has none. Bodies of several parts (FormData in browsers)
// are forms too.
func (r *Request) FormValue(name string) (value string, ok bool) {
	value, ok, plain := r.formValue(name)
	if plain {
		return value, ok
	}
	return unescape(value), ok
}

// unescapeValue is unescape for values that are long and have few escapes, as base64 has. It appends to buf, and returns
// that too, unless there is nothing to undo.
func unescapeValue(s string, buf []byte) (string, []byte) {
	at := strings.IndexByte(s, '%')
	if at < 0 && strings.IndexByte(s, '+') < 0 {
		return s, buf
	}
	buf = slices.Grow(buf, len(s))
	for rest := s; ; {
		if at < 0 {
			buf = appendPlain(buf, rest)
			return unsafe.String(unsafe.SliceData(buf), len(buf)), buf
		}
		buf = appendPlain(buf, rest[:at])
		c, ok := percent(rest[at:])
		if !ok {
			return s, buf[:0] // not well-formed: it stays as it is
		}
		buf = append(buf, c)
		rest = rest[at+3:]
		at = strings.IndexByte(rest, '%')
	}
}

// appendPlain appends a part of a form without percent signs.
func appendPlain(out []byte, s string) []byte {
	for {
		at := strings.IndexByte(s, '+')
		if at < 0 {
			return append(out, s...)
		}
		out = append(append(out, s[:at]...), ' ')
		s = s[at+1:]
	}
}

// percent returns the byte that the percent-encoding at the beginning of s stands for.
func percent(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	high, low := hexDigit(s[1]), hexDigit(s[2])
	return high<<4 | low, high < 16 && low < 16
}

// formValue is FormValue before unescaping; plain says that there is nothing to unescape.
func (r *Request) formValue(name string) (value string, ok, plain bool) {
	form := r.Body
	switch {
	case form == "":
		form = r.Query
	case isJSON(form): // whatever parameters stand in it are of some URL
		return "", false, true
	case strings.HasPrefix(form, "--"):
		value, ok = partValue(form, name)
		return value, ok, true
	}
	for pair := range strings.SplitSeq(form, "&") {
		if n, v, found := strings.Cut(pair, "="); found && n == name {
			return v, true, false
		}
	}
	return "", false, false
}

// partValue returns the part with a name of a body of type multipart/form-data.
func partValue(body, name string) (string, bool) {
	boundary, rest, _ := strings.Cut(body, "\n")
	boundary = strings.TrimRight(boundary, "\r")
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, boundary)
		head, value, ok := strings.Cut(part, "\r\n\r\n")
		if ok && strings.Contains(head, `name="`+name+`"`) {
			return strings.TrimSuffix(value, "\r\n"), true
		}
	}
	return "", false
}

// Records returns the JSON text of the records in a request, for Unwrap: the body where that is JSON, else what Packed
// finds in the form's data (one record) or data_list, or in the body where it is no form. Where both are there, the text is
// a list of the two, see HasTwo; where one of them cannot be read, it is the other.
func Records(r *Request) (string, error) {
	if isJSON(r.Body) {
		return r.Body, nil
	}
	list, hasList, plain := r.formValue("data_list")
	data, hasData, _ := r.formValue("data")
	switch {
	case hasList && hasData:
		return r.bothRecords()
	case hasList:
		return r.unpackValue(list, plain)
	case hasData:
		return r.unpackValue(data, plain)
	case r.Body == "":
		return "", NewMalformed("there is neither a body nor data or data_list in the query")
	}
	text, err := r.Packed(r.Body)
	if e, own := errors.AsType[*Error](err); own && e.Kind == Malformed {
		err = NewMalformed("the body has neither data nor data_list")
	}
	return text, err
}

// scratch is memory for one value of a form on its way to JSON.
type scratch struct{ value, data, text []byte }

func (m scratch) kept() scratch {
	return scratch{kept(m.value, keepBytes), kept(m.data, keepBytes), kept(m.text, keepBytes)}
}

// unpackValue is Packed for a value of a form that may have to be unescaped first. What it returns stands in the request's
// memory where that is the usual way of it: base64, perhaps of gzip.
func (r *Request) unpackValue(value string, plain bool) (string, error) {
	m := &r.scratch
	if !plain {
		value, m.value = unescapeValue(value, m.value[:0])
	}
	if isJSON(value) { // percent signs in it are its own
		return value, nil
	}
	var err error
	if m.data, err = appendStandard(m.data[:0], strings.TrimRight(value, "=")); err != nil {
		return r.Packed(value)
	}
	data := unsafe.String(unsafe.SliceData(m.data), len(m.data))
	if !isGzip(m.data) {
		return data, nil
	}
	if m.text, err = r.unpack(data, m.text[:0]); err != nil {
		return "", err
	}
	return unsafe.String(unsafe.SliceData(m.text), len(m.text)), nil
}

// bothRecords returns a list of what can be read of data_list and data.
func (r *Request) bothRecords() (string, error) {
	list, err1 := r.readable("data_list")
	data, err2 := r.readable("data")
	switch {
	case err1 == nil && err2 == nil:
		return "[" + list + "," + data + "]", nil
	case err1 == nil:
		return list, nil
	case err2 == nil:
		return data, nil
	default:
		return "", err1
	}
}

// readable returns what a parameter of the form holds, which must be JSON, in memory of its own.
func (r *Request) readable(name string) (string, error) {
	value, _, plain := r.formValue(name)
	text, err := r.unpackValue(value, plain)
	if err != nil {
		return "", err
	}
	var alone Request
	if _, err = alone.Unwrap(func(*Request) (string, error) { return text, nil }); err != nil {
		return "", err
	}
	return strings.Clone(alone.Text()), nil
}

// isJSON reports whether a text begins as an object or a list does.
func isJSON(text string) bool {
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

// Form is what a request says about the records that Records reads.
type Form struct {
	// IsJSON says that the body is JSON, and no form.
	IsJSON bool
	// HasTwo says that there is data and data_list. Lost is why one of them could not be read, with its name; else the
	// text is a list of the two.
	HasTwo bool
	Lost   string
	// GZip is what the sender says about packing: "1" is gzip, "0" or nothing is not; other values are encrypted.
	GZip string
}

// Form looks at what a request says about its records, and notes what of it is not so. The records have been read.
func (r *Request) Form(notes *Notes) Form {
	f := Form{IsJSON: isJSON(r.Body)}
	if f.IsJSON {
		return f
	}
	list, hasList, _ := r.formValue("data_list")
	data, hasData, _ := r.formValue("data")
	if f.HasTwo = hasList && hasData; f.HasTwo {
		f.Lost = r.lost()
		notes.Addf("the payload has data and data_list")
	}
	if f.GZip, _ = r.FormValue("gzip"); f.GZip != "" {
		noteGzip(f.GZip, cmp.Or(list, data), notes)
	}
	if !f.HasTwo {
		r.checkSum(cmp.Or(list, data), notes)
	}
	return f
}

// lost says which of data and data_list cannot be read.
func (r *Request) lost() string {
	for _, name := range []string{"data_list", "data"} {
		if _, err := r.readable(name); err != nil {
			return name + ": " + err.Error()
		}
	}
	return ""
}

// zippedBase64 is how gzip begins in base64.
const zippedBase64 = "H4sI"

func noteGzip(said, value string, notes *Notes) {
	switch zipped := strings.HasPrefix(value, zippedBase64); {
	case said == "1" && !zipped:
		notes.Addf("gzip is 1, but the data is not gzip")
	case said == "0" && zipped:
		notes.Addf("gzip is 0, but the data is gzip")
	}
}

// checkSum compares the checksum that some SDKs send, crc= or ext=crc%3D, with that of the data. It only notes: what
// arrived is judged by what it is.
func (r *Request) checkSum(value string, notes *Notes) {
	said, ok := r.FormValue("crc")
	if !ok {
		ext, _ := r.FormValue("ext")
		if said, ok = strings.CutPrefix(ext, "crc="); !ok {
			return
		}
	}
	if is := strconv.Itoa(int(JavaHash(value))); is != strings.TrimSpace(said) {
		notes.Addf("crc is %s, but that of the data is %s", Cut(said, 20), is)
	}
}

// JavaHash returns what Java's String.hashCode is of a value of a form, which may be percent-encoded or not. Blanks count
// as the plus signs that they were before they came into a form.
func JavaHash(escaped string) int32 {
	h := int32(0)
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if c == '%' {
			if decoded, ok := percent(escaped[i:]); ok {
				c = decoded
				i += 2
			}
		}
		if c == ' ' {
			c = '+'
		}
		h = 31*h + int32(c)
	}
	return h
}

func hexDigit(c byte) byte {
	switch {
	case c-'0' <= 9:
		return c - '0'
	case c|0x20-'a' <= 5:
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// IsEncrypted reports whether the object at index i of a tape is a record that its SDK has encrypted.
func IsEncrypted(tape capture.Tape, i int) bool {
	if tape[i].Kind != capture.ObjectKind {
		return false
	}
	o := capture.Object(tape).Inside(i)
	return o.Find("ekey") >= 0 && (o.Find("payload") >= 0 || o.Find("payloads") >= 0)
}

// Encrypted is the reason of a rejection of what an SDK has encrypted.
const Encrypted = "encrypted: only the vendor's server has the key; turn encryption off for this environment"
