package store

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	entsql "entgo.io/ent/dialect/sql"
	"modernc.org/sqlite"
)

// holds writes that JSON in a column holds a text: letter case makes no difference, and neither does whether the JSON has
// a character as it is or escaped. Most rows are decided by a plain look; the expression is for escapes, and for letters
// whose case the databases do not know everywhere.
func holds(b *entsql.Builder, column, text string) {
	text = keyText(text)
	m := matcher{Builder: b}
	regexpOperator := "REGEXP"
	if m.postgres() {
		regexpOperator = "~"
	}
	// The databases' lower() knows ASCII everywhere.
	plain, known := strings.Map(asciiLower, text), true
	for _, r := range text {
		known = known && (r < utf8.RuneSelf || len(forms(r)) == 1)
	}
	if !known {
		b.WriteString(column + " " + regexpOperator + " ").Arg(jsonPattern(text))
		return
	}
	b.WriteString("(" + m.position() + "(lower(" + column + "), ").Arg(plain).WriteString(") > 0 OR ")
	b.WriteString(m.position() + "(" + column + `, '\') > 0 AND ` + column + " " + regexpOperator + " ").Arg(jsonPattern(text))
	b.WriteString(")")
}

func asciiLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		r += 'a' - 'A'
	}
	return r
}

// jsonPattern is a regular expression, as PostgreSQL and Go both read it, for a text in JSON.
func jsonPattern(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString("(?:")
		for i, form := range forms(r) {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(literal(form))
			for _, escape := range escapes(form) {
				b.WriteByte('|')
				b.WriteString(escape)
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}

// forms returns the letter in each case; none outside ASCII for one of ASCII.
func forms(r rune) []rune {
	out := []rune{r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if (f < utf8.RuneSelf) == (r < utf8.RuneSelf) {
			out = append(out, f)
		}
	}
	return out
}

// literal is the pattern of a character itself.
func literal(r rune) string {
	if r > ' ' && r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return `\` + string(r)
	}
	return string(r)
}

// short are the escapes of JSON that name a character.
var short = map[rune]string{
	'"': `"`, '\\': `\\`, '/': `/`, '\b': `b`, '\f': `f`, '\n': `n`, '\r': `r`, '\t': `t`,
}

// escapes returns the patterns of a character's escapes in JSON: https://www.rfc-editor.org/rfc/rfc8259#section-7
func escapes(r rune) []string {
	var out []string
	if s, ok := short[r]; ok {
		out = append(out, `\\`+s)
	}
	var coded strings.Builder
	for _, unit := range utf16.Encode([]rune{r}) {
		coded.WriteString(`\\u` + hexPattern(fmt.Sprintf("%04x", unit)))
	}
	return append(out, coded.String())
}

// hexPattern lets each digit be of either case.
func hexPattern(digits string) string {
	var b strings.Builder
	for _, d := range digits {
		if d >= 'a' {
			fmt.Fprintf(&b, "[%c%c]", d, d-'a'+'A')
		} else {
			b.WriteRune(d)
		}
	}
	return b.String()
}

// registerRegexp gives SQLite its REGEXP operator, which it leaves to the program: X REGEXP Y calls regexp(Y, X). It is
// the driver's for the whole process.
var registerRegexp = sync.OnceValue(func() error {
	var last atomic.Pointer[regexp.Regexp] // a statement asks with the same pattern for each row
	return sqlite.RegisterDeterministicScalarFunction("regexp", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		pattern, ok1 := args[0].(string)
		text, ok2 := args[1].(string)
		if !ok1 || !ok2 {
			return nil, nil
		}
		re := last.Load()
		if re == nil || re.String() != pattern {
			var err error
			if re, err = regexp.Compile(pattern); err != nil {
				return nil, err
			}
			last.Store(re)
		}
		return re.MatchString(text), nil
	})
})
