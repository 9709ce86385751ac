package store

import (
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// matcher writes the conditions of a query for documents, in either dialect. The documents are called d.
type matcher struct{ *entsql.Builder }

func (m matcher) postgres() bool { return m.Dialect() == dialect.Postgres }

// indexed writes FROM and WHERE for a query that the index answers: documents that meet the clause, in the places that
// the question is about, further narrowed by check. An empty clause is for PostgreSQL alone.
func (m matcher) indexed(c clause, q Search, check func()) {
	if !m.postgres() {
		m.WriteString("search_index CROSS JOIN search_document AS d ON d.seq = search_index.rowid WHERE search_index MATCH ")
		m.Arg(clause{parts: []clause{c, q.clause()}}.fts()).WriteString(" AND ")
		m.within(q)
		check()
		return
	}
	m.WriteString("search_document AS d WHERE ")
	m.within(q)
	check()
	m.WriteString(" AND (") // last, because without the index it costs most
	m.has(c)
	m.WriteString(")")
}

// clause is what the places that a question is about have in common.
func (q Search) clause() clause {
	var c clause
	for _, n := range q.narrowed() {
		if len(n.values) > 0 {
			c.parts = append(c.parts, either(n.fact, n.values...))
		}
	}
	if q.AppIDs != nil {
		c.parts = append(c.parts, either(factApp, append([]string{""}, q.AppIDs...)...))
	}
	return c
}

// narrowing is a column that a question may narrow, the fact that it is indexed as, and the values.
type narrowing struct {
	column, fact string
	values       []string
}

func (q Search) narrowed() []narrowing {
	return []narrowing{
		{"d.kind", factKind, q.Kinds},
		{"d.event_kind", factEventKind, q.EventKinds},
		{"d.level", factLevel, q.Levels},
		{"d.module", factModule, q.Modules},
	}
}

func either(fact string, values ...string) clause {
	c := clause{any: true}
	for _, v := range values {
		c.tokens = append(c.tokens, tokenOf(fact, v))
	}
	c.tokens = distinct(c.tokens)
	return c
}

// within writes where the question is about.
func (m matcher) within(q Search) {
	m.WriteString("true")
	for _, n := range q.narrowed() {
		if len(n.values) > 0 {
			m.in(" AND ", n.column, n.values)
		}
	}
	if q.AppIDs != nil {
		m.WriteString(" AND (d.app_id IS NULL")
		if len(q.AppIDs) > 0 {
			m.in(" OR ", "d.app_id", q.AppIDs)
		}
		m.WriteString(")")
	}
}

// ranked writes what proves that a document is a hit of a rank up to RankText, and of none better.
func (m matcher) ranked(rank Rank, w words) {
	whole := w.whole()
	switch rank {
	case RankExact:
		m.WriteString(" AND ")
		m.holds("d.names", "\n"+whole+"\t")
	case RankPrefix:
		m.WriteString(" AND ")
		m.holds("d.names", "\n"+whole)
		m.WriteString(" AND NOT ")
		m.holds("d.names", "\n"+whole+"\t")
	case RankWord:
		m.starts(w)
		m.WriteString(" AND NOT ")
		m.holds("d.names", "\n"+whole)
	case RankText:
		m.contains(w)
		m.WriteString(" AND NOT ")
		m.holds("d.names", "\n"+whole)
		m.WriteString(" AND NOT (true")
		m.starts(w)
		m.WriteString(")")
	case RankPinyin, RankFuzzy:
		panic("store: decided by looking at the names")
	}
}

// starts writes that a word of a name begins with each word of the query.
func (m matcher) starts(w words) {
	for _, word := range w {
		m.WriteString(" AND (")
		m.holds("d.names", "\n"+word)
		m.WriteString(" OR ")
		m.holds("d.names", "\t"+word)
		m.WriteString(")")
	}
}

// contains writes that the text holds each word of the query.
func (m matcher) contains(w words) {
	for _, word := range w {
		m.WriteString(" AND ")
		m.holds(`d."text"`, word)
	}
}

// holds writes that a column holds a text.
func (m matcher) holds(column, text string) {
	m.WriteString(m.position() + "(" + column + ", ").Arg(text).WriteString(") > 0")
}

// position is the function that finds a text in another.
func (m matcher) position() string {
	if m.postgres() {
		return "strpos"
	}
	return "instr"
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
