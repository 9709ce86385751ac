package plan

import (
	"regexp"
	"strings"
	"unicode"
)

// Casing is how the words of a name are joined.
type Casing string

// The casings.
const (
	CasingFree   Casing = ""
	CasingSnake  Casing = "SNAKE_CASE"  // order_paid
	CasingCamel  Casing = "CAMEL_CASE"  // orderPaid
	CasingPascal Casing = "PASCAL_CASE" // OrderPaid
	CasingKebab  Casing = "KEBAB_CASE"  // order-paid
)

var casings = []Casing{CasingFree, CasingSnake, CasingCamel, CasingPascal, CasingKebab}

// casingForms are what names look like. Letters without case stand wherever any letter may.
var casingForms = map[Casing]*regexp.Regexp{
	CasingSnake:  regexp.MustCompile(`\A[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{M}\p{N}]*(_[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}]*)*\z`),
	CasingKebab:  regexp.MustCompile(`\A[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{M}\p{N}]*(-[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}]*)*\z`),
	CasingCamel:  regexp.MustCompile(`\A[\p{Ll}\p{Lo}][\p{L}\p{M}\p{N}]*\z`),
	CasingPascal: regexp.MustCompile(`\A[\p{Lu}\p{Lt}\p{Lo}][\p{L}\p{M}\p{N}]*\z`),
}

// Fits reports whether a name is in the casing.
func (c Casing) Fits(name string) bool {
	form := casingForms[c]
	return form == nil || form.MatchString(name)
}

// Example is how people call the casing: by an example of itself.
func (c Casing) Example() string {
	switch c {
	case CasingSnake:
		return "snake_case"
	case CasingCamel:
		return "camelCase"
	case CasingPascal:
		return "PascalCase"
	case CasingKebab:
		return "kebab-case"
	default:
		return "any casing"
	}
}

// Convert writes a name in the casing, as well as that goes.
func (c Casing) Convert(name string) string {
	words := Words(name)
	for i, w := range words {
		if c == CasingPascal || c == CasingCamel && i > 0 {
			words[i] = capitalised(w)
		} else {
			words[i] = strings.ToLower(w)
		}
	}
	switch c {
	case CasingSnake:
		return strings.Join(words, "_")
	case CasingKebab:
		return strings.Join(words, "-")
	case CasingCamel, CasingPascal:
		return strings.Join(words, "")
	default:
		return name
	}
}

func capitalised(word string) string {
	runes := []rune(strings.ToLower(word))
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

// Words returns the words of a name: what stands between blanks and signs, and what begins with a capital letter inside.
// Capital letters in a row are one word, but for the last where a small one follows: HTTPServer is HTTP and Server.
// Digits belong to the word before them. Scripts without case are not told apart: 支付成功 is one word.
func Words(name string) []string {
	var words []string
	begin, runes := 0, []rune(name)
	cut := func(end int) {
		if end > begin {
			words = append(words, string(runes[begin:end]))
		}
	}
	for i, r := range runes {
		switch {
		case !unicode.In(r, unicode.L, unicode.M, unicode.N):
			cut(i)
			begin = i + 1
		case i > begin && startsWord(runes, i):
			cut(i)
			begin = i
		}
	}
	cut(len(runes))
	return words
}

// startsWord reports whether the letter at i begins a word inside one.
func startsWord(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i]) {
		return false
	}
	return !unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
