package wire

import (
	"iter"
	"strings"
)

// Pairs yields the parameters of a query or form, unescaped, in order. Those without a name are left out.
func Pairs(query string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if name = unescape(name); name != "" && !yield(name, unescape(value)) {
				return
			}
		}
	}
}

// MaxPairs is how many parameters of a query become members of a record.
const MaxPairs = maxFlatPairs
