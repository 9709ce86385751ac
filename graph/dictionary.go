package graph

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// entryOf returns what the dictionary says of a row; nothing is an empty entry.
func entryOf[P sibling.Row](ctx context.Context, r *Resolver, about P) (*ent.DictionaryEntry, error) {
	entry, err := sibling.Load(ctx, about, func(ctx context.Context, all []P) (map[string]*ent.DictionaryEntry, error) {
		return r.Catalog.DictionaryOf(ctx, distinct(all, P.NodeID))
	})
	if err != nil {
		return nil, err
	}
	if entry == nil {
		entry = &ent.DictionaryEntry{}
	}
	return entry, nil
}

func synonymsOf[P sibling.Row](ctx context.Context, r *Resolver, about P) ([]string, error) {
	entry, err := entryOf(ctx, r, about)
	if err != nil {
		return nil, err
	}
	return entry.Synonyms, nil
}

func consumersOf[P sibling.Row](ctx context.Context, r *Resolver, about P) ([]*plan.Consumer, error) {
	entry, err := entryOf(ctx, r, about)
	if err != nil {
		return nil, err
	}
	out := make([]*plan.Consumer, len(entry.Consumers))
	for i := range entry.Consumers {
		out[i] = &entry.Consumers[i]
	}
	return out, nil
}

// columnOf returns where a property of an event ends up.
func (r *Resolver) columnOf(ctx context.Context, p *ent.EventProperty) (string, error) {
	return sibling.Load(ctx, p, r.Catalog.ColumnsOf)
}

func (r *Resolver) incidentsOfEvent(ctx context.Context, e *ent.Event) ([]*ent.DataIncident, error) {
	return sibling.Load(ctx, e, func(ctx context.Context, events []*ent.Event) (map[string][]*ent.DataIncident, error) {
		of, err := r.Catalog.IncidentsOfEvents(ctx, events)
		for _, list := range of {
			sibling.Register(ctx, list...)
		}
		return of, err
	})
}

func (r *Resolver) updateDictionary(ctx context.Context, in catalog.UpdateDictionaryInput) (*model.UpdateDictionaryPayload, error) {
	row, err := r.Catalog.UpdateDictionary(ctx, in)
	if err != nil {
		return nil, err
	}
	registerFound(ctx, row)
	subject, ok := row.(model.Node)
	if !ok {
		return nil, fmt.Errorf("%T is no node", row)
	}
	return &model.UpdateDictionaryPayload{Subject: subject}, nil
}

func incidentPayload(row *ent.DataIncident) *model.DataIncidentPayload {
	return &model.DataIncidentPayload{DataIncident: row}
}

// similarNames makes answers of what was found.
func similarNames(ctx context.Context, found []*catalog.Similar, err error) ([]*model.SimilarName, error) {
	names := make([]*model.SimilarName, len(found))
	for i, s := range found {
		registerFound(ctx, s.Row)
		names[i] = &model.SimilarName{
			Code: model.SimilarCode(s.Code), Message: s.Message(), Field: model.SearchField(s.Field),
			FoundIn: model.SearchField(s.Found), Text: s.Text, Node: s.Row,
		}
	}
	return names, err
}
