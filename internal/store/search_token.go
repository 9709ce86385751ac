package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/waymarkhq/waymark/internal/fault"
)

// token is the hash of a fact about a document. A query asks the index for the documents that have all of its tokens and
// then looks at them, so that tokens may collide or say too little, but never too much.
type token int32

// The kinds of facts.
const (
	factGram  = "g" // one or two neighbouring characters of its text
	factStart = "s" // the first one or two characters of its key or name
	factKind  = "k" // its kind
	factApp   = "a" // its app's id, nothing for a global one
)

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

// words are a query: folded, in order.
type words []string

// parseQuery folds a query and splits it at blanks. One without words is empty and finds nothing.
func parseQuery(text string) (words, error) {
	folded := fold(prefix(text, maxQuery+1))
	if prefix(text, maxQuery) != text || prefix(folded, maxQuery) != folded {
		return nil, fault.Invalid(fault.Field{
			Path: "text", Reason: "too_long", Message: fmt.Sprintf("has more than %d characters", maxQuery),
		})
	}
	return strings.Fields(folded), nil
}

// whole is the query as one text, as keys and names are compared with it.
func (w words) whole() string { return strings.Join(w, " ") }

// tokens returns what every hit has. A window of one character is implied by each of two.
func (w words) tokens() []token {
	var tokens []token
	for _, word := range w {
		single := prefix(word, 1) == word
		grams(word, func(gram string) {
			if single || prefix(gram, 1) != gram {
				tokens = append(tokens, tokenOf(factGram, gram))
			}
		})
	}
	return distinct(tokens)
}
