package store

import (
	"slices"
	"strings"

	"github.com/lib/pq"
)

// clause is a condition on a document's tokens: it has all of these, or any one of them. One without anything is met.
type clause struct {
	any    bool
	tokens []token
	parts  []clause
}

// empty says whether every document meets the clause.
func (c clause) empty() bool {
	met := func(p clause) bool { return p.empty() }
	if c.any {
		return len(c.tokens) == 0 && (len(c.parts) == 0 || slices.ContainsFunc(c.parts, met))
	}
	return len(c.tokens) == 0 && !slices.ContainsFunc(c.parts, func(p clause) bool { return !p.empty() })
}

// fts writes the clause as a query of FTS5: https://www.sqlite.org/fts5.html#full_text_query_syntax
func (c clause) fts() string {
	terms := make([]string, 0, len(c.tokens)+len(c.parts))
	for _, t := range c.tokens {
		terms = append(terms, `"`+t.word()+`"`)
	}
	for _, p := range c.parts {
		if !p.empty() {
			terms = append(terms, "("+p.fts()+")")
		}
	}
	if c.any {
		return strings.Join(terms, " OR ")
	}
	return strings.Join(terms, " AND ")
}

// has writes a clause as a condition of PostgreSQL, which is met when it is empty.
func (m matcher) has(c clause) {
	if c.empty() {
		m.WriteString("true")
		return
	}
	first := true
	term := func() {
		if !first {
			m.WriteString(map[bool]string{true: " OR ", false: " AND "}[c.any])
		}
		first = false
	}
	if len(c.tokens) > 0 {
		term()
		m.WriteString("d.tokens " + map[bool]string{true: "&&", false: "@>"}[c.any] + " ").Arg(pq.Array(c.tokens))
	}
	for _, p := range c.parts {
		if !p.empty() {
			term()
			m.WriteString("(")
			m.has(p)
			m.WriteString(")")
		}
	}
}
