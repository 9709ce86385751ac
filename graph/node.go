package graph

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
)

// finders read the nodes of each type by their ids, in one statement each, by the prefix of the ids.
func (r *Resolver) finders() map[string]func(ctx context.Context, ids []string) (map[string]model.Node, error) {
	return map[string]func(ctx context.Context, ids []string) (map[string]model.Node, error){
		"app": nodes(r.Catalog.AppsByID), "trm": nodes(r.Catalog.TerminalsByID),
		"env": nodes(r.Catalog.EnvironmentsByID), "key": nodes(r.Catalog.WriteKeysByID),
		"bat": nodes(r.Catalog.BatchesByID), "itm": nodes(r.Catalog.ItemsByID),
		"evt": nodes(r.Catalog.EventsByID), "rev": nodes(r.Catalog.EventRevisionsByID),
		"epr": nodes(r.Catalog.EventPropertiesByID), "prp": nodes(r.Catalog.PropertiesByID),
		"prv": nodes(r.Catalog.PropertyRevisionsByID), "vst": nodes(r.Catalog.ValueSetsByID),
		"vsv": nodes(r.Catalog.ValueSetRevisionsByID), "usr": nodes(r.Catalog.UsersByID),
		"inc": nodes(r.Catalog.IncidentsByID), "tok": nodes(r.Catalog.TokensByID), "inv": nodes(r.Catalog.InvitationsByID), "cap": r.capturedByID,
		"rel": nodes(r.Catalog.ReleasesByID), "slt": nodes(r.Catalog.ReleaseSlotsByID), "apv": nodes(r.Catalog.ApprovalsByID),
		"cmt": nodes(r.Catalog.CommentsByID), "fil": nodes(r.Catalog.FilesByID),
		"rgc": nodes(r.Catalog.RegressionCasesByID), "mrk": nodes(r.Catalog.AcceptanceMarksByID), "sgn": nodes(r.Catalog.SignOffsByID), "cev": r.evidenceByID, "cps": nodes(r.Catalog.CaptureSessionsByID), "bnd": nodes(r.Catalog.SessionBindingsByID),
	}
}

// nodes makes a finder of a read by ids.
func nodes[T any, R row[T]](
	read func(ctx context.Context, ids []string) (map[string]*T, error),
) func(ctx context.Context, ids []string) (map[string]model.Node, error) {
	return func(ctx context.Context, ids []string) (map[string]model.Node, error) {
		rows, err := read(ctx, ids)
		found := make(map[string]model.Node, len(rows))
		for id, r := range rows {
			found[id] = R(r)
			sibling.Register(ctx, R(r))
		}
		return found, err
	}
}

func (r *Resolver) node(ctx context.Context, id string) (model.Node, error) {
	found, err := r.nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (r *Resolver) nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	if err := auth.Allow(ctx, "Query.nodes", ""); err != nil {
		return nil, err
	}
	if len(ids) > catalog.MaxPage {
		return nil, fault.Invalid(fault.Field{
			Path: "ids", Reason: "too_many", Message: fmt.Sprintf("at most %d ids at once", catalog.MaxPage),
		})
	}
	byType := map[string][]string{}
	for _, id := range ids {
		prefix, _, _ := strings.Cut(id, "_")
		byType[prefix] = append(byType[prefix], id)
	}
	found := make(map[string]model.Node, len(ids))
	for prefix, find := range r.finders() {
		if len(byType[prefix]) == 0 {
			continue
		}
		some, err := find(ctx, byType[prefix])
		if err != nil {
			return nil, err
		}
		maps.Copy(found, some)
	}
	out := make([]model.Node, len(ids))
	for i, id := range ids {
		out[i] = found[id]
	}
	return out, nil
}

// orNull turns NOT_FOUND into null, for fields whose answer to "is there one?" is no error.
func orNull[T any, R row[T]](ctx context.Context, name string, read func(ctx context.Context, name string) (*T, error)) (*T, error) {
	found, err := read(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	if err != nil {
		return nil, err
	}
	sibling.Register(ctx, R(found))
	return found, nil
}
