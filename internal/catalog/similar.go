package catalog

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// SimilarQuery asks what is there that nearly has the names of something that somebody is about to save.
type SimilarQuery struct {
	// App is the key of its app; nil is for what is global.
	App *string
	// Type is the kind of the index that it will have, one of what has keys in an app.
	Type string
	// Key, Name and WireName are its names, as far as they are known.
	Key, Name, WireName *string
	// First is how many to return at most; nil means 10.
	First *int
}

// The ways in which names are nearly the same, as the API names them.
const (
	SimilarSpelling = "SPELLING"
	SimilarName     = "NAME"
	SimilarSynonym  = "SYNONYM"
	SimilarWords    = "WORDS"
	SimilarSound    = "SOUND"
	SimilarTyping   = "TYPING"
)

// Similar is something that nearly has a name that was asked for.
type Similar struct {
	Row Row
	// Code says in which way, Field which of the asked names it is about, and Found which of the row's, with its Text.
	Code, Field, Found, Text string
}

// Message says it to people who read English.
func (s *Similar) Message() string {
	return fmt.Sprintf("%s %q has nearly this name: %s", similarTypes[definedIn(s.Row).Kind], s.Text, similarReasons[s.Code])
}

var similarTypes = map[string]string{IndexedEvent: "an event", IndexedProperty: "a property", IndexedValueSet: "a value set"}

var similarReasons = map[string]string{
	SimilarSpelling: "only what separates its words, or letter case, differs", SimilarName: "people call it the same",
	SimilarSynonym: "it is a synonym of this", SimilarWords: "it has the same words in another form or order",
	SimilarSound: "it is read in the same way", SimilarTyping: "it is one typing error apart",
}

// The most that SimilarNames returns, and what it returns untold.
const (
	maxSimilar     = 50
	defaultSimilar = 10
)

// SimilarNames returns what is there that nearly has these names, the nearest first: in the app, and what is global; for
// something global, everywhere that the asking person may see. The number of its
// statements is fixed.
func (s *Service) SimilarNames(ctx context.Context, q SimilarQuery) ([]*Similar, error) {
	apps, err := s.searchable(ctx, "Query.similarNames", q.App)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validateRange("first", q.First, 1, maxSimilar, &f)
	names := []store.Text{{Field: inKey, Text: value(q.Key)}, {Field: inName, Text: value(q.Name)}, {Field: inWireName, Text: value(q.WireName)}}
	for i, path := range []string{"key", "name", "wireName"} {
		if names[i].Text != "" {
			plan.ValidateName(path, names[i].Text, &f)
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	limit := defaultSimilar
	set(&limit, q.First)
	return s.similar(ctx, store.Search{AppIDs: apps, Kinds: []string{q.Type}}, names, "", limit)
}

// SimilarTo returns what nearly has the names of an event or property that was just saved.
func (s *Service) SimilarTo(ctx context.Context, row Row) ([]*Similar, error) {
	d := definedIn(row)
	v, err := seeing(ctx)
	if err != nil {
		return nil, err
	}
	q := store.Search{Kinds: []string{d.Kind}}
	switch {
	case d.AppID != "":
		q.AppIDs = []string{d.AppID}
	case !v.all:
		q.AppIDs = notNil(v.apps)
	}
	return s.similar(ctx, q, d.Names, d.ID, defaultSimilar)
}

func (s *Service) similar(ctx context.Context, q store.Search, names []store.Text, except string, limit int) ([]*Similar, error) {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = n.Text
	}
	hits, err := s.store.Similar(ctx, q, texts, except, limit)
	if err != nil {
		return nil, err
	}
	found, err := s.searched(ctx, hits)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, h := range hits {
		if row := found[h.ID]; row != nil {
			rows = append(rows, row)
		}
	}
	docs, err := documents(ctx, s.read, rows)
	if err != nil {
		return nil, err
	}
	out := make([]*Similar, 0, len(rows))
	for i, row := range rows {
		if similar := nearestName(names, &docs[i]); similar != nil {
			similar.Row = row
			out = append(out, similar)
		}
	}
	return out, nil
}

// nearestName says how a document's names are nearly the same as those asked for; nil when they are not.
func nearestName(asked []store.Text, d *store.Document) *Similar {
	var nearest *Similar
	var best store.Likeness
	for _, a := range asked {
		for _, b := range d.Names {
			if like, ok := store.Alike(a.Text, b.Text); ok && (nearest == nil || like < best) {
				nearest, best = &Similar{Code: similarCode(like, a.Field, b.Field), Field: a.Field, Found: b.Field, Text: b.Text}, like
			}
		}
	}
	return nearest
}

func similarCode(like store.Likeness, asked, found string) string {
	switch {
	case like == store.LikeSpelling && found == inSynonym:
		return SimilarSynonym
	case like == store.LikeSpelling && asked == inName && found == inName:
		return SimilarName
	}
	return [...]string{SimilarSpelling, SimilarWords, SimilarSound, SimilarTyping}[like]
}
