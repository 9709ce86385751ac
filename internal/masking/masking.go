// Package masking hides personal values in what devices report: those of properties that the plan marks as personal or
// sensitive, and whatever looks like a phone number, an identity card number, a mail address or a bank card number, wherever
// in a record it stands.
//
// Numbers are known in full-width digits too, and with separators beyond those of ASCII.
//
// A masked text has the length of the original, in bytes, so that everything else in a record stays where it was. It stays
// JSON: a masked number becomes a string.
//
// The package is pure. Rules are immutable and safe for concurrent use.
package masking

import (
	"slices"
	"strings"
)

// Pattern is a kind of text that is known by its looks.
type Pattern string

// The patterns.
const (
	// Phone is a Chinese mobile number, as 13800138000, 138-0013-8000 or with 86 before it, or any number as +14155550123.
	Phone Pattern = "PHONE"
	// IDCard is a Chinese identity card number of 18 characters whose check character is right (GB 11643-1999).
	IDCard Pattern = "ID_CARD"
	// Email is a mail address, also percent-encoded.
	Email Pattern = "EMAIL"
	// BankCard is a card number of 15 to 19 digits of a known network whose check digit is right (ISO/IEC 7812).
	BankCard Pattern = "BANK_CARD"
)

// Patterns lists all patterns.
func Patterns() []Pattern { return []Pattern{Phone, IDCard, Email, BankCard} }

// Rules say what is masked.
type Rules struct {
	phone, idCard, email, bankCard bool

	names   map[string]bool // of properties, in lower case
	lengths uint64          // those of the names: a bit each, the last for all that are longer
}

// New makes rules that mask what looks like one of the patterns, and the values of the properties with one of the names,
// whatever their case.
func New(patterns []Pattern, names []string) *Rules {
	r := &Rules{
		phone: slices.Contains(patterns, Phone), idCard: slices.Contains(patterns, IDCard),
		email: slices.Contains(patterns, Email), bankCard: slices.Contains(patterns, BankCard),
		names: make(map[string]bool, len(names)),
	}
	for _, n := range names {
		r.names[strings.ToLower(n)] = true
		r.lengths |= 1 << min(len(n), 63)
	}
	return r
}

// Sensitive reports whether a property with that name is masked whatever its values look like. A sign of the vendor's before the name,
// a path before it and blanks around it do not make it another: $phone, user.phone.
func (r *Rules) Sensitive(name string) bool {
	if r.lengths&(1<<min(len(name), 63)) != 0 && r.names[strings.ToLower(name)] {
		return true
	}
	if len(r.names) == 0 || !strings.ContainsAny(name, "$#. ") {
		return false
	}
	name = name[strings.LastIndexByte(name, '.')+1:]
	return r.names[strings.ToLower(strings.Trim(name, "$# "))]
}

// Text masks what looks like one of the patterns in a text. It returns the text itself where there is nothing.
func (r *Rules) Text(s string) string {
	for pass := range passes {
		hits := r.find(pass, s)
		if len(hits) == 0 {
			continue
		}
		out := []byte(s)
		for _, h := range hits {
			h.stars(out)
		}
		s = string(out)
	}
	return s
}

// Unread masks a text that could not be read as a record: what looks like one of the patterns, and everything behind the first name of
// a sensitive property, as nobody knows where its value ends.
func (r *Rules) Unread(s string) string {
	if at := r.firstName(s); at < len(s) {
		s = s[:at] + strings.Repeat("*", len(s)-at)
	}
	return r.Text(s)
}

// firstName returns the place behind the first sensitive name in a text; its length where there is none.
func (r *Rules) firstName(s string) int {
	at, lower := len(s), strings.ToLower(s)
	if len(lower) != len(s) { // of letters whose cases differ in length; the names' do not
		lower = s
	}
	for name := range r.names {
		if i := strings.Index(lower, name); i >= 0 {
			at = min(at, i+len(name))
		}
	}
	return at
}

// few is for how many names it is worth looking for each in a text.
const few = 32

// anyName reports whether a text may hold a sensitive name.
func (r *Rules) anyName(s string) bool {
	if len(r.names) > few {
		return true
	}
	for name := range r.names {
		if strings.Contains(s, name) {
			return true
		}
	}
	return false
}

// AlsoMasked returns the texts, and what becomes of those that look like a pattern, in a string and as a number, so that who asks for
// a person by a phone number finds what was stored masked. Several persons may look the same then.
func AlsoMasked(texts []string) []string {
	all, out := New(Patterns(), nil), slices.Clone(texts)
	for _, text := range texts {
		masked := all.Text(text)
		if masked == text {
			continue
		}
		out = append(out, masked)
		if number, ok := all.asNumber(text); ok {
			out = append(out, number)
		}
	}
	return out
}

// asNumber returns what becomes of a number that looks like a pattern where it is no string. It is false for what is no such number.
func (r *Rules) asNumber(text string) (string, bool) {
	if hits := r.numbers(text); len(hits) != 1 || hits[0].end-hits[0].start != len(text) || !isJSONNumber(text) {
		return "", false
	}
	masked := []byte(text)
	quote(masked, numberFirst, numberLast)
	return string(masked[1 : len(masked)-1]), true
}

// isJSONNumber reports whether a text of digits, signs and separators is a number in JSON.
func isJSONNumber(text string) bool {
	text = strings.TrimPrefix(text, "-")
	return text[0] != '0' && !strings.ContainsFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
}
