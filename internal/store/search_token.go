package store

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/waymarkhq/waymark/internal/fault"
)

// token is the hash of a fact about a document. A query asks the index for the documents that have all of its tokens and
// then looks at them, so that tokens may collide or say too little, but never too much.
type token int32

// The kinds of facts.
const (
	factGram      = "g" // one or two neighbouring characters of its text
	factWhole     = "x" // a name
	factStart     = "s" // the beginning of a name, of each of startLengths
	factWord      = "w" // the same, from the beginning of a word in a name
	factInitials  = "i" // the first letters of two neighbouring Chinese characters
	factSyllable  = "y" // a Chinese character as it is read, perhaps with the next one's first letter
	factHead      = "f" // the head of a name's words, less a letter
	factTail      = "F" // the tail of a name's words, less a letter
	factStems     = "n" // the stems of a name's words, in alphabetical order
	factSound     = "q" // a name as it is read
	factKind      = "k" // its kind
	factApp       = "a" // its app's id, nothing for a global one
	factEventKind = "e" // its event kind
	factLevel     = "l" // its level
	factModule    = "m" // its module
)

// startLengths are the lengths of which beginnings are indexed, ascending.
var startLengths = [...]int{1, 2, 4, 8}

// indexedStart returns how long the longest indexed beginning of a text is.
func indexedStart(text string) int {
	n, longest := utf8.RuneCountInString(text), 1
	for _, length := range startLengths {
		if length <= n {
			longest = length
		}
	}
	return longest
}

func tokenOf(fact, value string) token { return token(int32(xxhash.Sum64String(fact + value))) }

// word is the token as a word of a text index.
func (t token) word() string { return fmt.Sprintf("%08x", uint32(t)) }

// distinct sorts tokens and drops repetitions.
func distinct(tokens []token) []token {
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// maxQuery is how many characters a query may have.
const maxQuery = 256

// words are a query: folded, squeezed, in order.
type words []string

// parseQuery folds a query and splits it at blanks. What only separates words is no word. One without words is empty and
// finds nothing.
func parseQuery(text string) (words, error) {
	folded := fold(prefix(text, maxQuery+1))
	if prefix(text, maxQuery) != text || prefix(folded, maxQuery) != folded {
		return nil, fault.Invalid(fault.Field{
			Path: "text", Reason: "too_long", Message: fmt.Sprintf("has more than %d characters", maxQuery),
		})
	}
	var w words
	for word := range strings.FieldsSeq(folded) {
		if word = squeeze(word); word != "" {
			w = append(w, word)
		}
	}
	return w, nil
}

// whole is the query as one text, as names are compared with it.
func (w words) whole() string { return strings.Join(w, "") }

// distinct returns the words without repetitions, in order.
func (w words) distinct() words {
	var out words
	for _, word := range w {
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// every is met by what meets a clause for each of the words.
func (w words) every(of func(word string) clause) clause {
	var c clause
	for _, word := range w {
		c.parts = append(c.parts, of(word))
	}
	return c
}

// manyGrams is how many windows of a word are asked for at most without leaving out any.
const manyGrams = 5

// gramClause is what every text has that a word is in. A window of one character is implied by each of two, and of many
// each second one will do: what is offered is looked at anyway, and each costs the index a walk.
func gramClause(word string) clause {
	var all []token
	single := prefix(word, 1) == word
	grams(word, func(gram string) {
		if single || prefix(gram, 1) != gram {
			all = append(all, tokenOf(factGram, gram))
		}
	})
	if len(all) <= manyGrams {
		return clause{tokens: distinct(all)}
	}
	some := []token{all[len(all)-1]}
	for i := 0; i < len(all); i += 2 {
		some = append(some, all[i])
	}
	return clause{tokens: distinct(some)}
}

// startClause is what every name has that begins with a text: the longest indexed beginning, and the windows behind it.
func startClause(fact, text string) clause {
	longest := indexedStart(text)
	c := clause{tokens: []token{tokenOf(fact, prefix(text, longest))}}
	if prefix(text, longest) != text { // the window over the end of the beginning included
		c.parts = append(c.parts, gramClause(strings.TrimPrefix(text, prefix(text, longest-1))))
	}
	return c
}

// spelledClause is met by what holds a word or spells it in pinyin.
func spelledClause(word string) clause {
	if !isPinyin(word) {
		return gramClause(word)
	}
	return clause{any: true, parts: []clause{gramClause(word), pinyinClause(word)}}
}

// forgivingClause is met by what holds a word, spells it in pinyin, or is it with one typing error.
func forgivingClause(word string) clause {
	if !isMistyped(word) {
		return spelledClause(word)
	}
	return clause{any: true, parts: []clause{spelledClause(word), fuzzyClause(word)}}
}
