package store

import (
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"
)

// anyRank stands for all ranks together.
const anyRank = RankSubstring + 1

// matcher writes the conditions of a query for documents, in either dialect. The documents are called d.
type matcher struct {
	*entsql.Builder
	words words
}

func (m matcher) postgres() bool { return m.Dialect() == dialect.Postgres }

// indexed writes FROM and WHERE for a query that the indexes answer.
func (m matcher) indexed(rank Rank, q Search) {
	if !m.postgres() {
		m.WriteString("search_index CROSS JOIN search_document AS d ON d.seq = search_index.rowid WHERE search_index MATCH ")
		m.Arg(m.match(rank, q)).WriteString(" AND ")
		m.check(rank, q)
		return
	}
	m.WriteString("search_document AS d WHERE ")
	m.check(rank, q)
	if rank >= RankSubstring {
		// Last, because without the index it costs most.
		m.WriteString(" AND d.tokens @> ").Arg(pq.Array(m.words.tokens()))
	}
}

// match is a query of FTS5: https://www.sqlite.org/fts5.html#full_text_query_syntax
func (m matcher) match(rank Rank, q Search) string {
	tokens := m.words.tokens()
	if rank < RankSubstring {
		tokens = append(tokens, tokenOf(factStart, prefix(m.words.whole(), 2)))
	}
	text := `"` + strings.Join(asWords(tokens), `" AND "`) + `"`
	if len(q.Kinds) > 0 {
		text += " AND " + either(factKind, q.Kinds...)
	}
	if q.AppIDs != nil {
		text += " AND " + either(factApp, append([]string{""}, q.AppIDs...)...)
	}
	return text
}

func either(fact string, values ...string) string {
	tokens := make([]token, len(values))
	for i, v := range values {
		tokens[i] = tokenOf(fact, v)
	}
	return `("` + strings.Join(asWords(tokens), `" OR "`) + `")`
}

// check writes what proves that a document is a hit of a rank, and of none better.
func (m matcher) check(rank Rank, q Search) {
	whole := m.words.whole()
	m.WriteString("true")
	switch rank {
	case RankExact:
		m.equals(" AND ", whole)
	case RankPrefix:
		m.begins(" AND ", whole)
		m.equals(" AND NOT ", whole)
	case RankSubstring:
		m.begins(" AND NOT ", whole)
	case anyRank:
	}
	if len(q.Kinds) > 0 {
		m.in(" AND ", "d.kind", q.Kinds)
	}
	if q.AppIDs != nil {
		m.WriteString(" AND (d.app_id IS NULL")
		if len(q.AppIDs) > 0 {
			m.in(" OR ", "d.app_id", q.AppIDs)
		}
		m.WriteString(")")
	}
	if rank >= RankSubstring {
		for _, word := range m.words {
			m.WriteString(" AND " + m.position() + `(d."text", `).Arg(word).WriteString(") > 0")
		}
	}
}

func (m matcher) equals(and, whole string) {
	m.WriteString(and + `(d."key" = `).Arg(whole).WriteString(" OR d.name = ").Arg(whole).WriteString(")")
}

// begins compares by ranges, which both databases' indexes understand: nothing sorts behind U+10FFFF.
func (m matcher) begins(and, whole string) {
	end := whole + "\U0010FFFF"
	m.WriteString(and + `(d."key" >= `).Arg(whole).WriteString(` AND d."key" < `).Arg(end)
	m.WriteString(" OR d.name >= ").Arg(whole).WriteString(" AND d.name < ").Arg(end).WriteString(")")
}

func (m matcher) in(and, column string, values []string) {
	m.WriteString(and + column + " IN (")
	for i, v := range values {
		if i > 0 {
			m.WriteString(", ")
		}
		m.Arg(v)
	}
	m.WriteString(")")
}

// position is the function that finds a text in another.
func (m matcher) position() string {
	if m.postgres() {
		return "strpos"
	}
	return "instr"
}
