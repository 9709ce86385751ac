package plan

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/fault"
)

// MaxName is the longest wire name, in code points.
const MaxName = 200

var keyForm = regexp.MustCompile(`\A[a-z][a-z0-9_-]{0,39}\z`)

// ValidateKey refuses what cannot be the key of an app, an environment, a terminal, an event, a property or a value set:
// a key is 1 to 40 of a-z, 0-9, "_" and "-", and begins with a letter. Reasons: required, bad_key.
func ValidateKey(path, key string, f *fault.Fields) {
	switch {
	case key == "":
		f.Add(path, "required", "a key is required")
	case !keyForm.MatchString(key):
		f.Add(path, "bad_key", "a key is 1 to 40 of a-z, 0-9, _ and -, and begins with a letter")
	}
}

// ValidateName refuses what cannot be a name on the wire: a name is 1 to MaxName code points without control characters
// and without a blank at either end. Any script is welcome. Reasons: required, too_long, bad_text, control_character,
// outer_blank.
func ValidateName(path, name string, f *fault.Fields) {
	switch {
	case name == "":
		f.Add(path, "required", "a name is required")
	case utf8.RuneCountInString(name) > MaxName:
		f.Add(path, "too_long", fmt.Sprintf("a name has at most %d characters", MaxName))
	default:
		validateText(path, name, f)
	}
}

// validateText refuses text that people could not tell from another: broken UTF-8, control and invisible characters,
// blanks at the ends.
func validateText(path, text string, f *fault.Fields) {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError):
		f.Add(path, "bad_text", "the text is not valid UTF-8")
	case strings.ContainsFunc(text, invisible):
		f.Add(path, "control_character", "control characters are not allowed")
	case strings.TrimSpace(text) != text:
		f.Add(path, "outer_blank", "blanks at the beginning or end are not allowed")
	}
}

// invisible is true for control characters, and for those that direct the text around them or show nothing at all. The
// joiners (U+200C, U+200D) stay: some scripts and emoji need them.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff' ||
		r == '\u2028' || r == '\u2029'
}

// BatchNumber is the readable number of the n-th batch of an app, e.g. SHOP-0042.
func BatchNumber(appKey string, n int) string {
	return fmt.Sprintf("%s-%04d", strings.ToUpper(appKey), n)
}
