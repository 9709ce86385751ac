package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"github.com/waymarkhq/waymark/ent"
)

// Document is what of one object can be searched for.
type Document struct {
	// ID is the object's id; a document replaces the one with the same id.
	ID string
	// AppID is the app that it belongs to, empty for a global object.
	AppID string
	// Kind says what it is, e.g. "EVENT"; the store attaches no meaning to it.
	Kind string
	// Names is what it is called: key, name, what devices send, synonyms. They decide how good a hit is, and they alone are
	// found by pinyin and in spite of a typing error. Those beyond the first 64 are not found.
	Names []Text
	// Prose is what else it can be found by, e.g. its description.
	Prose []Text
	// EventKind, Level and Module are what hits are counted and narrowed by beside app and kind, where it has them.
	EventKind, Level, Module string
}

// Text is what one of an object's fields says.
type Text struct {
	// Field names the field; the store attaches no meaning to it.
	Field string
	Text  string
}

// How much of a document is indexed: names, characters of each as far as it decides how good a hit is, and characters in
// all. What stands behind is not found.
const (
	maxNames   = 64
	maxTitle   = 200
	maxIndexed = 20_000
)

// indexVersion grows when documents are indexed in another way; those of an earlier one are Stale.
const indexVersion = 2

// Index makes documents findable, in the transaction that changes the objects themselves.
func (s *Store) Index(ctx context.Context, tx *ent.Tx, docs ...Document) error {
	for _, d := range docs {
		if err := s.index(ctx, tx, d); err != nil {
			return fmt.Errorf("index %s: %w", d.ID, err)
		}
	}
	return nil
}

// Unindex makes objects unfindable, by id; ids that were never indexed are ignored.
func (s *Store) Unindex(ctx context.Context, tx *ent.Tx, ids ...string) error {
	for chunk := range slices.Chunk(ids, 500) {
		if err := s.unindex(ctx, tx, chunk); err != nil {
			return fmt.Errorf("remove from the search index: %w", err)
		}
	}
	return nil
}

// Stale returns up to limit documents that an earlier program indexed, ids by kind, the oldest first. They are found, but
// not in every way.
func (s *Store) Stale(ctx context.Context, limit int) (ids map[string][]string, err error) {
	hits, err := s.searchHits(ctx, RankExact, limit, s.query(func(m matcher) {
		m.WriteString("SELECT " + hitColumns + " FROM search_document AS d WHERE d.version < ").Arg(indexVersion)
		m.WriteString(" ORDER BY d.seq LIMIT ").Arg(limit)
	}))
	if err != nil {
		return nil, fmt.Errorf("look for stale documents: %w", Fault(err))
	}
	ids = map[string][]string{}
	for _, h := range hits {
		ids[h.Kind] = append(ids[h.Kind], h.ID)
	}
	return ids, nil
}

func (s *Store) index(ctx context.Context, tx *ent.Tx, d Document) error {
	e := d.entry()
	args := []any{d.ID, nullable(d.AppID), d.Kind, d.EventKind, d.Level, d.Module, e.names, e.text, indexVersion}
	if s.dialect == dialect.Postgres {
		_, err := tx.ExecContext(ctx, `INSERT INTO search_document (id, app_id, kind, event_kind, level, module, names, "text",
			version, tokens) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET app_id = excluded.app_id,
			kind = excluded.kind, event_kind = excluded.event_kind, level = excluded.level, module = excluded.module,
			names = excluded.names, "text" = excluded."text", version = excluded.version, tokens = excluded.tokens`,
			append(args, pq.Array(e.tokens))...)
		return err
	}
	seq, err := queryInt(ctx, tx, `INSERT INTO search_document (id, app_id, kind, event_kind, level, module, names, "text", version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET app_id = excluded.app_id, kind = excluded.kind,
		event_kind = excluded.event_kind, level = excluded.level, module = excluded.module, names = excluded.names,
		"text" = excluded."text", version = excluded.version RETURNING seq`, args...)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM search_index WHERE rowid = ?", seq); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO search_index (rowid, tokens) VALUES (?, ?)", seq, strings.Join(asWords(e.tokens), " "))
	return err
}

// indexEntry is a document as it is stored.
type indexEntry struct {
	// names are the lines of all names (see name.line), text all that it can be found by: squeezed names and loosened prose,
	// a line each.
	names, text string
	tokens      []token
}

func (d Document) entry() indexEntry {
	e := indexEntry{tokens: []token{
		tokenOf(factKind, d.Kind), tokenOf(factApp, d.AppID), tokenOf(factEventKind, d.EventKind), tokenOf(factLevel, d.Level),
		tokenOf(factModule, d.Module),
	}}
	add := func(t token) { e.tokens = append(e.tokens, t) }
	var names strings.Builder
	var lines []string
	for _, t := range d.Names[:min(len(d.Names), maxNames)] {
		n := newName(t.Text)
		if n.text == "" {
			continue
		}
		lines = append(lines, squeeze(fold(t.Text)))
		names.WriteString(n.line())
		n.addTokens(add)
	}
	for _, t := range d.Prose {
		lines = append(lines, loosen(fold(t.Text)))
	}
	e.names, e.text = names.String(), prefix(strings.Join(lines, "\n"), maxIndexed)
	grams(e.text, func(gram string) { add(tokenOf(factGram, gram)) })
	e.tokens = distinct(e.tokens)
	return e
}

// addTokens adds what a name is found by, but for its grams.
func (n name) addTokens(add func(token)) {
	add(tokenOf(factWhole, n.text))
	add(tokenOf(factStems, n.stems()))
	add(tokenOf(factSound, n.sound()))
	for i, at := range n.starts {
		for _, length := range startLengths {
			start := prefix(n.text[at:], length)
			if i == 0 {
				add(tokenOf(factStart, start))
			}
			add(tokenOf(factWord, start))
		}
	}
	pinyinTokens(spoken(n.text), add)
	fuzzyTokens(n, add)
}

func asWords(tokens []token) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		out[i] = t.word()
	}
	return out
}

func (s *Store) unindex(ctx context.Context, tx *ent.Tx, ids []string) error {
	if s.dialect == dialect.Postgres {
		_, err := tx.ExecContext(ctx, "DELETE FROM search_document WHERE id = ANY($1)", pq.Array(ids))
		return err
	}
	list, err := jsonArray(ids)
	if err != nil {
		return err
	}
	for _, query := range []string{
		"DELETE FROM search_index WHERE rowid IN (SELECT seq FROM search_document WHERE id IN (SELECT value FROM json_each(?)))",
		"DELETE FROM search_document WHERE id IN (SELECT value FROM json_each(?))",
	} {
		if _, err := tx.ExecContext(ctx, query, list); err != nil {
			return err
		}
	}
	return nil
}
