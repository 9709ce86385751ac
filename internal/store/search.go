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
	// Key and Name are what decides how good a hit is; a batch's key is its number.
	Key, Name string
	// More is what else it can be found by, e.g. wire name and description.
	More []string
}

// How many characters of a document are indexed: in all, and of its key and its name for how good a hit is. What stands
// behind is not found.
const (
	maxIndexed = 20_000
	maxTitle   = 200
)

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

func (s *Store) index(ctx context.Context, tx *ent.Tx, d Document) error {
	key, name := prefix(fold(d.Key), maxTitle), prefix(fold(d.Name), maxTitle)
	text := d.text()
	tokens := documentTokens(d, key, name, text)
	args := []any{d.ID, nullable(d.AppID), d.Kind, key, name, text}
	if s.dialect == dialect.Postgres {
		_, err := tx.ExecContext(ctx, `INSERT INTO search_document (id, app_id, kind, "key", name, "text", tokens)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET app_id = excluded.app_id, kind = excluded.kind,
			"key" = excluded."key", name = excluded.name, "text" = excluded."text", tokens = excluded.tokens`,
			append(args, pq.Array(tokens))...)
		return err
	}
	seq, err := queryInt(ctx, tx, `INSERT INTO search_document (id, app_id, kind, "key", name, "text")
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET app_id = excluded.app_id, kind = excluded.kind,
		"key" = excluded."key", name = excluded.name, "text" = excluded."text" RETURNING seq`, args...)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM search_index WHERE rowid = ?", seq); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO search_index (rowid, tokens) VALUES (?, ?)", seq, strings.Join(asWords(tokens), " "))
	return err
}

// text is all that a document can be found by, folded, a line for each part.
func (d Document) text() string {
	lines := []string{fold(d.Key), fold(d.Name)}
	for _, m := range d.More {
		lines = append(lines, fold(m))
	}
	return prefix(strings.Join(lines, "\n"), maxIndexed)
}

func documentTokens(d Document, key, name, text string) []token {
	tokens := []token{tokenOf(factKind, d.Kind), tokenOf(factApp, d.AppID)}
	for _, s := range []string{key, name} {
		tokens = append(tokens, tokenOf(factStart, prefix(s, 1)), tokenOf(factStart, prefix(s, 2)))
	}
	grams(text, func(gram string) { tokens = append(tokens, tokenOf(factGram, gram)) })
	return distinct(tokens)
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
