package catalog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// The longest texts, in code points.
const (
	maxProse = 10_000 // descriptions, triggers, notes
	maxLine  = 500    // examples, references, modules
)

// validatePeopleName refuses what cannot be the name that people call something.
func validatePeopleName(path string, name *string, f *fault.Fields) {
	if name != nil {
		plan.ValidateName(path, *name, f)
	}
}

// validateProse refuses a text of several lines that no database could hold or nobody could read. Reasons: too_long,
// bad_text, control_character.
func validateProse(path string, text *string, f *fault.Fields) {
	validateFree(path, text, maxProse, func(r rune) bool { return r == '\n' || r == '\t' || r == '\r' }, f)
}

// validateLine is validateProse for a text of one line.
func validateLine(path string, text *string, f *fault.Fields) {
	validateFree(path, text, maxLine, func(r rune) bool { return r == '\t' }, f)
}

func validateFree(path string, text *string, limit int, allowed func(rune) bool, f *fault.Fields) {
	switch {
	case text == nil:
	case !utf8.ValidString(*text):
		f.Add(path, "bad_text", "the text is not valid UTF-8")
	case utf8.RuneCountInString(*text) > limit:
		f.Add(path, "too_long", fmt.Sprintf("the text has at most %d characters", limit))
	case strings.ContainsFunc(*text, func(r rune) bool { return unicode.IsControl(r) && !allowed(r) }):
		f.Add(path, "control_character", "control characters are not allowed")
	}
}

// validateRange refuses a number that is out of bounds. Reasons: out_of_range.
func validateRange(path string, n *int, least, greatest int, f *fault.Fields) {
	if n != nil && (*n < least || *n > greatest) {
		f.Add(path, "out_of_range", fmt.Sprintf("a number from %d to %d is needed", least, greatest))
	}
}

// taken says that what should be unique is there already.
func taken(typ, path, value string) error {
	e := fault.New(fault.Conflict, "already_exists", fmt.Sprintf("there is already %s %q", article(typ), value)).
		With("type", typ).With("value", value)
	e.Fields = []fault.Field{{Path: path, Reason: "already_exists", Message: "is already taken"}}
	return e
}

func article(typ string) string {
	name := words[typ]
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// words are the types of the API as people say them.
var words = map[string]string{
	"App": "app", "Terminal": "terminal", "Environment": "environment", "WriteKey": "write key", "Batch": "batch",
	"BatchItem": "item", "Event": "event", "Property": "property", "ValueSet": "value set",
	"EventRevision": "revision", "PropertyRevision": "revision", "ValueSetRevision": "revision",
	"CapturedEvent": "captured events of", "DataIncident": "data incident", "RegressionCase": "regression case",
	"Comment": "comment", "File": "file",
}
