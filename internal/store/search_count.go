package store

import (
	"context"
	"fmt"
	"unicode/utf8"

	"entgo.io/ent/dialect"
)

// SearchCount is how many hits are of one place.
type SearchCount struct {
	Kind, AppID, EventKind, Level, Module string
	Count                                 int
}

// place is where a hit belongs: a SearchCount of none.
type place = SearchCount

// maxCounted is how many documents are looked at to count hits. What the index is sure of is not looked at.
const maxCounted = 10_000

// CountHits counts the hits of a question by where they belong, in no order. Limit and After do not matter. Where very
// many documents would have to be looked at, it counts among the first of them and is not complete.
func (s *Store) CountHits(ctx context.Context, q Search) (counts []SearchCount, complete bool, err error) {
	w, err := parseQuery(q.Text)
	if err != nil || len(w) == 0 {
		return nil, true, err
	}
	w = w.distinct()
	counts, complete, err = s.countTexts(ctx, q, w)
	if err != nil {
		return nil, false, fmt.Errorf("count hits: %w", Fault(err))
	}
	more, all, err := s.countNames(ctx, q, w)
	if err != nil {
		return nil, false, fmt.Errorf("count hits: %w", Fault(err))
	}
	return append(counts, more...), complete && all, nil
}

// countTexts counts what holds all words.
func (s *Store) countTexts(ctx context.Context, q Search, w words) (counts []SearchCount, complete bool, err error) {
	long, plain := w.long(), false
	if s.dialect == dialect.Postgres && len(long) > 0 {
		if plain, err = s.common(ctx, q, w); err != nil {
			return nil, false, err
		}
	}
	text, args := s.query(func(m matcher) {
		m.WriteString("SELECT d.kind, coalesce(d.app_id, ''), d.event_kind, d.level, d.module, count(*), sum(CASE WHEN true")
		m.contains(long)
		m.WriteString(" THEN 1 ELSE 0 END) FROM ")
		switch {
		case plain:
			m.WriteString("search_document AS d WHERE ")
			m.within(q)
			m.contains(w)
		case len(long) == 0:
			m.indexed(w.clause(RankText), q, func() {})
		default:
			m.WriteString("(SELECT d.* FROM ")
			m.indexed(w.clause(RankText), q, func() {})
			m.WriteString(" LIMIT ").Arg(maxCounted + 1).WriteString(") AS d")
		}
		m.WriteString(" GROUP BY 1, 2, 3, 4, 5")
	})()
	rows, err := s.plan.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	looked := 0
	for rows.Next() {
		var c SearchCount
		var offered int
		if err := rows.Scan(&c.Kind, &c.AppID, &c.EventKind, &c.Level, &c.Module, &offered, &c.Count); err != nil {
			return nil, false, err
		}
		looked += offered
		if c.Count > 0 {
			counts = append(counts, c)
		}
	}
	return counts, plain || len(long) == 0 || looked <= maxCounted, rows.Err()
}

// common says whether about every twentieth document or more holds the words. Then looking at all texts is faster than
// asking PostgreSQL's index, which has to look through their tokens where it gives up.
func (s *Store) common(ctx context.Context, q Search, w words) (bool, error) {
	hits, err := s.searchHits(ctx, RankText, window/20, s.query(func(m matcher) {
		m.WriteString("SELECT d.seq, d.id, d.kind FROM (SELECT * FROM search_document ORDER BY seq LIMIT ").Arg(window)
		m.WriteString(") AS d WHERE ")
		m.within(q)
		m.contains(w)
		m.WriteString(" LIMIT ").Arg(window / 20)
	}))
	return len(hits) == window/20, err
}

// countNames counts what is found in pinyin or with a typing error alone.
func (s *Store) countNames(ctx context.Context, q Search, w words) (counts []SearchCount, complete bool, err error) {
	rank := RankFuzzy
	if !w.canBe(rank) {
		rank = RankPinyin
	}
	if !w.canBe(rank) {
		return nil, true, nil
	}
	found, looked := map[SearchCount]int{}, 0
	err = s.eachCandidate(ctx, q, w, SearchCursor{Rank: rank}, maxCounted, func(c *candidate) bool {
		if looked++; looked > maxCounted {
			return false
		}
		if _, ok := c.rank(w); ok {
			found[c.place]++
		}
		return true
	})
	for place, n := range found {
		place.Count = n
		counts = append(counts, place)
	}
	return counts, looked <= maxCounted, err
}

// long leaves out the words that the index alone is sure of: those of one and two characters, which are tokens.
func (w words) long() words {
	var long words
	for _, word := range w {
		if utf8.RuneCountInString(word) > 2 {
			long = append(long, word)
		}
	}
	return long
}
