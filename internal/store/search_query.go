package store

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// Rank says how good a hit is; smaller is better.
type Rank int

// The ranks of hits.
const (
	RankExact  Rank = iota // one of its names is the query
	RankPrefix             // one of its names begins with the query
	RankWord               // words of its names begin with the words of the query
	RankText               // its text holds each word of the query
	RankPinyin             // its names spell in pinyin what its text does not hold
	RankFuzzy              // the rest is in its names but for a typing error
)

// Search is a question to the search index.
type Search struct {
	// Text is what to look for: words separated by blanks, each of which a hit holds somewhere. Nothing in it is syntax.
	Text string
	// AppIDs restricts hits to these apps and what is global; nil means all apps, an empty list global objects alone.
	AppIDs []string
	// Kinds, EventKinds, Levels and Modules restrict hits to these; empty means all.
	Kinds, EventKinds, Levels, Modules []string
	// Limit is how many hits to return at most.
	Limit int
	// After continues behind an earlier hit.
	After *SearchCursor
}

// SearchCursor is the place of a hit in the order of all: by rank, then by when the object was first indexed.
type SearchCursor struct {
	Rank Rank
	Seq  int64
}

// SearchHit is one object that was found, and where it belongs.
type SearchHit struct {
	ID, AppID, Kind, EventKind, Level, Module string
	Cursor                                    SearchCursor
}

// hitColumns are what a query for hits selects.
const hitColumns = "d.seq, d.id, coalesce(d.app_id, ''), d.kind, d.event_kind, d.level, d.module"

// columns are where to read hitColumns into.
func (h *SearchHit) columns() []any {
	return []any{&h.Cursor.Seq, &h.ID, &h.AppID, &h.Kind, &h.EventKind, &h.Level, &h.Module}
}

// Search returns the best hits, and whether there are more behind them. A text without words finds nothing; one of more
// than 256 characters is fault.InvalidInput with the field "text".
func (s *Store) Search(ctx context.Context, q Search) (hits []SearchHit, more bool, err error) {
	w, err := parseQuery(q.Text)
	if err != nil || len(w) == 0 || q.Limit <= 0 {
		return nil, false, err
	}
	var after SearchCursor
	if q.After != nil {
		after = *q.After
	}
	for ; after.Rank <= RankFuzzy && len(hits) <= q.Limit; after = (SearchCursor{Rank: after.Rank + 1}) {
		found, err := s.searchRank(ctx, q, w, after, q.Limit+1-len(hits))
		if err != nil {
			return nil, false, fmt.Errorf("search: %w", Fault(err))
		}
		hits = append(hits, found...)
	}
	if len(hits) > q.Limit {
		return hits[:q.Limit], true, nil
	}
	return hits, false, nil
}

// searchRank returns up to limit hits of one rank behind a cursor, in order.
func (s *Store) searchRank(ctx context.Context, q Search, w words, after SearchCursor, limit int) ([]SearchHit, error) {
	if after.Rank <= RankText {
		return s.searchTexts(ctx, q, w, after, limit)
	}
	return s.searchNames(ctx, q, w, after, limit)
}

// window is how many documents are looked at one after the other before the index is asked, on PostgreSQL, and dense how
// many of them have to be hits for going on so.
const (
	window = 2000
	dense  = window / 20
)

// searchTexts is searchRank for what the database decides alone.
//
// SQLite's index gives the documents in that order one by one, so the first few of many hits cost as much as the only
// ones of a few. PostgreSQL's gives all at once; there, documents are looked at one after the other for as long as many of
// them are hits.
func (s *Store) searchTexts(ctx context.Context, q Search, w words, after SearchCursor, limit int) ([]SearchHit, error) {
	var hits []SearchHit
	for s.dialect == dialect.Postgres && after.Rank != RankExact {
		found, err := s.searchWindow(ctx, q, w, after, limit-len(hits))
		hits = append(hits, found...)
		if err != nil || len(hits) == limit {
			return hits, err
		}
		if len(found) > 0 {
			after = found[len(found)-1].Cursor
		}
		if len(found) < dense {
			break
		}
	}
	found, err := s.searchHits(ctx, after.Rank, limit-len(hits), s.query(func(m matcher) {
		m.WriteString("SELECT " + hitColumns + " FROM ")
		m.indexed(w.clause(after.Rank), q, func() { m.ranked(after.Rank, w) })
		m.behind(after.Seq, limit-len(hits))
	}))
	return append(hits, found...), err
}

// searchWindow returns the hits of a rank among the next few documents, up to limit.
func (s *Store) searchWindow(ctx context.Context, q Search, w words, after SearchCursor, limit int) ([]SearchHit, error) {
	return s.searchHits(ctx, after.Rank, limit, s.query(func(m matcher) {
		m.WriteString("SELECT " + hitColumns + " FROM (SELECT * FROM search_document WHERE seq > ").Arg(after.Seq)
		m.WriteString(" ORDER BY seq LIMIT ").Arg(window).WriteString(") AS d WHERE ")
		m.within(q)
		m.ranked(after.Rank, w)
		m.WriteString(" ORDER BY d.seq LIMIT ").Arg(limit)
	}))
}

// behind writes which documents, in order, and how many.
func (m matcher) behind(seq int64, limit int) {
	if m.postgres() {
		// The sum hides the primary key, which PostgreSQL would go along in the hope to find enough soon.
		m.WriteString(" AND d.seq > ").Arg(seq).WriteString(" ORDER BY d.seq + 0")
	} else {
		m.WriteString(" AND search_index.rowid > ").Arg(seq).WriteString(" ORDER BY search_index.rowid")
	}
	m.WriteString(" LIMIT ").Arg(limit)
}

// clause is what every hit of a rank has.
func (w words) clause(rank Rank) clause {
	switch rank {
	case RankExact:
		return clause{tokens: []token{tokenOf(factWhole, prefix(w.whole(), maxTitle))}}
	case RankPrefix:
		return startClause(factStart, w.whole())
	case RankWord:
		return w.every(func(word string) clause { return startClause(factWord, word) })
	case RankText:
		return w.every(gramClause)
	case RankPinyin:
		return w.every(spelledClause)
	case RankFuzzy:
	}
	return w.every(forgivingClause)
}

// query makes a query.
func (s *Store) query(write func(matcher)) func() (string, []any) {
	return func() (string, []any) {
		b := &entsql.Builder{}
		b.SetDialect(s.dialect)
		write(matcher{b})
		return b.Query()
	}
}

// searchHits runs a query for hitColumns.
func (s *Store) searchHits(ctx context.Context, rank Rank, limit int, query func() (string, []any)) ([]SearchHit, error) {
	text, args := query()
	rows, err := s.plan.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hits := make([]SearchHit, 0, limit)
	for rows.Next() {
		hit := SearchHit{Cursor: SearchCursor{Rank: rank}}
		if err := rows.Scan(hit.columns()...); err != nil {
			return nil, err
		}
		hits = append(hits, hit)
	}
	return hits, rows.Err()
}

// fewMatches is how many ids a list query takes by name. When there are more, about every fiftieth object of 50,000
// matches at least, and a page of a list is full soon when each object in turn is looked at.
const fewMatches = 1000

// Matches returns a predicate for a list query of ent on objects of one kind, whose id is in the column "id": those whose
// document holds each word of text, pinyin and typing errors left aside. It asks the index once, when the query is made. A
// text without words matches all. The error is that of [Store.Search].
func (s *Store) Matches(kind, text string) (func(*entsql.Selector), error) {
	w, err := parseQuery(text)
	if err != nil || len(w) == 0 {
		return func(*entsql.Selector) {}, err
	}
	q := Search{Kinds: []string{kind}}
	return func(sel *entsql.Selector) {
		ids, err := s.matching(sel.Context(), w, q)
		if err == nil && len(ids) <= fewMatches {
			sel.Where(entsql.In(sel.C("id"), ids...))
			return
		}
		// If the database failed just now, the list query will, and with an error that it keeps whole.
		sel.Where(entsql.P(func(b *entsql.Builder) {
			b.WriteString("EXISTS (SELECT 1 FROM search_document AS d WHERE d.id = ").Ident(sel.C("id")).WriteString(" AND ")
			m := matcher{b}
			m.within(q)
			m.contains(w)
			b.WriteString(")")
		}))
	}, nil
}

// matching returns the ids of documents that match, or of a few too many.
func (s *Store) matching(ctx context.Context, w words, q Search) ([]any, error) {
	hits, err := s.searchHits(ctx, RankText, fewMatches+1, s.query(func(m matcher) {
		m.WriteString("SELECT " + hitColumns + " FROM ")
		m.indexed(w.clause(RankText), q, func() { m.contains(w) })
		m.WriteString(" LIMIT ").Arg(fewMatches + 1)
	}))
	ids := make([]any, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	return ids, err
}
