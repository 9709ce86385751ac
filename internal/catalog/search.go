package catalog

import (
	"context"
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// SearchQuery asks for everything that holds each of some words.
type SearchQuery struct {
	Text string
	// App is the key of the app to search in, with what is global; nil means all that the asking person may see.
	App *string
	// Types are kinds of the index, EventKinds, Levels and Modules are those of events; empty means all.
	Types, EventKinds, Levels, Modules []string
	// First and After are as in PageArgs.
	First *int
	After *string
	// Counted says that Facets will be asked for. It only makes that cheaper: the search looks at everything once.
	Counted bool
}

// Row is a row of any ent table.
type Row interface{ NodeID() string }

// SearchPage is one page of what a search found, best first.
type SearchPage struct {
	// Rows are *ent.App, *ent.Batch, *ent.Event, *ent.Property, *ent.ValueSet and *ent.DataIncident.
	Rows []Row
	// HasNext and HasPrevious say whether there are hits behind and before these.
	HasNext, HasPrevious bool

	places []store.SearchCursor
	asked  store.Search
	// first are the best hits of all, as far as they were read; beyond says whether there are more.
	first  []store.SearchHit
	beyond bool
	// documents reads what of the rows can be searched for, once.
	documents func() ([]store.Document, error)
}

// Rank returns how good the i-th hit is.
func (p *SearchPage) Rank(i int) store.Rank { return p.places[i].Rank }

// Matches returns where the i-th row holds what was looked for. It takes a statement, once for all rows.
func (p *SearchPage) Matches(i int) ([]store.SearchMatch, error) {
	docs, err := p.documents()
	if err != nil {
		return nil, err
	}
	return store.Explain(docs[i], p.asked.Text), nil
}

// Cursor returns the position of the i-th row.
func (p *SearchPage) Cursor(i int) string {
	at := p.places[i]
	return base64.RawURLEncoding.EncodeToString(mustJSON(searchPlace{Order: searchOrder, Rank: int(at.Rank), Seq: at.Seq}))
}

// searchPlace is the JSON of a search's cursor.
type searchPlace struct {
	Order string `json:"o"`
	Rank  int    `json:"r"`
	Seq   int64  `json:"s"`
}

const searchOrder = "search"

// Search finds what holds each of the words, best first: an exact name, then one that begins with them, then one of which
// words do, then the rest, then what spells them in pinyin, then what has a typing error. It takes a fixed number of
// statements: those of the index, and one for each type among the hits.
func (s *Service) Search(ctx context.Context, q SearchQuery) (*SearchPage, error) {
	apps, err := s.searchable(ctx, "Query.search", q.App)
	if err != nil {
		return nil, err
	}
	at, err := q.stretch()
	if err != nil {
		return nil, err
	}
	ask := store.Search{
		Text: q.Text, AppIDs: apps, Kinds: q.Types, EventKinds: q.EventKinds, Levels: q.Levels, Modules: q.Modules,
		Limit: at.size, After: at.place,
	}
	page := &SearchPage{HasPrevious: at.place != nil, asked: ask, beyond: true}
	if q.Counted && !page.HasPrevious {
		ask.Limit = max(at.size, MaxCounted)
	}
	hits, more, err := s.store.Search(ctx, ask)
	if err != nil {
		return nil, inPlaceOf("text", "query", err)
	}
	if !page.HasPrevious {
		page.first, page.beyond = hits, more
	}
	page.HasNext = more || len(hits) > at.size
	hits = hits[:min(len(hits), at.size)]
	rows, err := s.searched(ctx, hits)
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		if row := rows[h.ID]; row != nil { // it may have been deleted since
			page.Rows = append(page.Rows, row)
			page.places = append(page.places, h.Cursor)
		}
	}
	page.documents = sync.OnceValues(func() ([]store.Document, error) { return documents(ctx, s.read, page.Rows) })
	return page, nil
}

// searchable returns the ids of the apps to search in; nil means all.
func (s *Service) searchable(ctx context.Context, action auth.Action, appKey *string) ([]string, error) {
	if appKey != nil {
		a, err := s.appByKey(ctx, action, *appKey)
		if err != nil {
			return nil, err
		}
		return []string{a.ID}, nil
	}
	if err := auth.Allow(ctx, action, ""); err != nil {
		return nil, err
	}
	v, err := seeing(ctx)
	if err != nil || v.all {
		return nil, err
	}
	return notNil(v.apps), nil
}

// searchStretch is the part of a search's answer that is asked for.
type searchStretch struct {
	size  int
	place *store.SearchCursor
}

func (q *SearchQuery) stretch() (searchStretch, error) {
	var f fault.Fields
	at := searchStretch{size: DefaultPage}
	if q.First != nil {
		at.size = *q.First
	}
	if at.size < 1 || at.size > MaxPage {
		f.Add("first", "out_of_range", fmt.Sprintf("a page holds 1 to %d nodes", MaxPage))
	}
	if q.After == nil {
		return at, f.Err()
	}
	var p searchPlace
	raw, err := base64.RawURLEncoding.DecodeString(*q.After)
	if err != nil || strictJSON(raw, &p) != nil || p.Order != searchOrder {
		f.Add("after", "bad_cursor", "this is not a cursor of a search")
	}
	p.Rank = max(p.Rank, 0)
	at.place = &store.SearchCursor{Rank: store.Rank(p.Rank), Seq: p.Seq}
	return at, f.Err()
}

// searched reads the rows of hits, one statement for each kind among them.
func (s *Service) searched(ctx context.Context, hits []store.SearchHit) (map[string]Row, error) {
	ids := map[string][]string{}
	for _, h := range hits {
		ids[h.Kind] = append(ids[h.Kind], h.ID)
	}
	rows := make(map[string]Row, len(hits))
	for kind, list := range ids {
		var err error
		switch kind {
		case IndexedApp:
			err = collect(ctx, rows, list, s.AppsByID)
		case IndexedBatch:
			err = collect(ctx, rows, list, s.BatchesByID)
		case IndexedEvent:
			err = collect(ctx, rows, list, s.EventsByID)
		case IndexedProperty:
			err = collect(ctx, rows, list, s.PropertiesByID)
		case IndexedValueSet:
			err = collect(ctx, rows, list, s.ValueSetsByID)
		case IndexedIncident:
			err = collect(ctx, rows, list, s.IncidentsByID)
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// collect adds the rows that read returns.
func collect[T any, R interface {
	*T
	Row
}](ctx context.Context, rows map[string]Row, ids []string, read func(context.Context, []string) (map[string]*T, error)) error {
	found, err := read(ctx, ids)
	for id, row := range found {
		rows[id] = R(row)
	}
	return err
}

// matching narrows to the rows of an indexed kind that hold all words of the text; nil does not narrow.
func matching(s *store.Store, kind string, text *string) ([]narrow, error) {
	if text == nil {
		return nil, nil
	}
	n, err := s.Matches(kind, *text)
	if err != nil {
		return nil, inPlaceOf("text", "filter.text", err)
	}
	return []narrow{n}, nil
}
