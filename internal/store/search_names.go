package store

import (
	"context"
	"slices"

	"entgo.io/ent/dialect"
)

// How many documents are looked at on PostgreSQL before the index is asked, how many of them have to be hits for going on
// so, and how many of those that the index offers are read at once.
const (
	namesWindow = 400
	namesDense  = namesWindow / 10
	namesAtOnce = 1000
)

// candidate is a document that the index offers as a hit by pinyin or with a typing error.
type candidate struct {
	hit   SearchHit
	names string
	// held says of each word whether the text holds it as it is.
	held []bool
}

// searchNames is searchRank for what is decided by looking at the names: in pinyin and with a typing error.
func (s *Store) searchNames(ctx context.Context, q Search, w words, after SearchCursor, limit int) ([]SearchHit, error) {
	w = w.distinct()
	if !w.canBe(after.Rank) {
		return nil, nil
	}
	hits := make([]SearchHit, 0, limit)
	see := func(c *candidate) (enough bool) {
		if rank, ok := c.rank(w); ok && rank == after.Rank {
			c.hit.Cursor.Rank = rank
			hits = append(hits, c.hit)
		}
		return len(hits) == limit
	}
	seq := after.Seq
	for s.dialect == dialect.Postgres {
		before := len(hits)
		last, enough, err := s.candidates(ctx, w, seq, see, s.nextNames(q, w, seq))
		if err != nil || enough {
			return hits, err
		}
		seq = last.seq
		if len(hits)-before < namesDense {
			break
		}
	}
	for {
		last, enough, err := s.candidates(ctx, w, seq, see, s.offeredNames(q, w, after.Rank, seq))
		if err != nil || enough || last.count < namesAtOnce {
			return hits, err
		}
		seq = last.seq
	}
}

// nextNames asks for the next few documents that may be hits by their names.
func (s *Store) nextNames(q Search, w words, seq int64) func() (string, []any) {
	return s.query(func(m matcher) {
		m.candidateColumns(w)
		m.WriteString("(SELECT * FROM search_document WHERE seq > ").Arg(seq).WriteString(" ORDER BY seq LIMIT ").Arg(namesWindow)
		m.WriteString(") AS d WHERE ")
		m.within(q)
		m.missing(w)
		m.WriteString(" ORDER BY d.seq")
	})
}

// offeredNames asks for the next documents that the index offers as hits of a rank.
func (s *Store) offeredNames(q Search, w words, rank Rank, seq int64) func() (string, []any) {
	return s.query(func(m matcher) {
		m.candidateColumns(w)
		m.indexed(w.clause(rank), q, func() { m.missing(w) })
		m.behind(seq, namesAtOnce)
	})
}

// canBe says whether a query has a word of which something may be a hit of a rank.
func (w words) canBe(rank Rank) bool {
	if rank == RankPinyin {
		return slices.ContainsFunc(w, isPinyin)
	}
	return slices.ContainsFunc(w, isMistyped)
}

// rank is how good a hit the document is by its names, if it is one.
func (c *candidate) rank(w words) (rank Rank, ok bool) {
	rank = RankText
	var names []name
	var spell [][][]string
	for i, word := range w {
		if c.held[i] {
			continue
		}
		if names == nil {
			names = readNames(c.names)
		}
		if isPinyin(word) {
			if spell == nil {
				for _, n := range names {
					spell = append(spell, spoken(n.text))
				}
			}
			if slices.ContainsFunc(spell, func(text [][]string) bool { _, _, ok := findPinyin(word, text); return ok }) {
				rank = max(rank, RankPinyin)
				continue
			}
		}
		if !isMistyped(word) || !slices.ContainsFunc(names, func(n name) bool { _, _, ok := findMistyped(word, n); return ok }) {
			return 0, false
		}
		rank = RankFuzzy
	}
	return rank, true
}

// missing writes that the text does not hold all words: then the document is a better hit.
func (m matcher) missing(w words) {
	m.WriteString(" AND NOT (true")
	m.contains(w)
	m.WriteString(")")
}

func (m matcher) candidateColumns(w words) {
	m.WriteString("SELECT " + hitColumns + ", d.names")
	for _, word := range w {
		m.WriteString(", ")
		m.holds(`d."text"`, word)
	}
	m.WriteString(" FROM ")
}

// stretch is what was read: how many, and where it ended.
type stretch struct {
	count int
	seq   int64
}

// candidates calls see with what a query for candidateColumns finds, until it has seen enough.
func (s *Store) candidates(
	ctx context.Context, w words, seq int64, see func(*candidate) (enough bool), query func() (string, []any),
) (last stretch, enough bool, err error) {
	last.seq = seq
	text, args := query()
	rows, err := s.plan.read.QueryContext(ctx, text, args...)
	if err != nil {
		return last, false, err
	}
	defer rows.Close()
	for rows.Next() {
		c := candidate{held: make([]bool, len(w))}
		into := append(c.hit.columns(), &c.names)
		for i := range c.held {
			into = append(into, &c.held[i])
		}
		if err := rows.Scan(into...); err != nil {
			return last, false, err
		}
		last = stretch{count: last.count + 1, seq: c.hit.Cursor.Seq}
		if see(&c) {
			return last, true, nil
		}
	}
	return last, false, rows.Err()
}
