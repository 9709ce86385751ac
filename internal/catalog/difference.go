package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// differing is how two versions of one sort are read and compared, by the prefix of their ids.
var differing = map[string]func(ctx context.Context, s *Service, from, to string) ([]diff.Change, error){
	"rev": func(ctx context.Context, s *Service, from, to string) ([]diff.Change, error) {
		return revisionsDiffer(ctx, s, eventLine, s.EventRevisionsByID, from, to,
			func(r *ent.EventRevision) (string, []byte) { return r.EventID, r.Definition })
	},
	"prv": func(ctx context.Context, s *Service, from, to string) ([]diff.Change, error) {
		return revisionsDiffer(ctx, s, propertyLine, s.PropertyRevisionsByID, from, to,
			func(r *ent.PropertyRevision) (string, []byte) { return r.PropertyID, r.Definition })
	},
	"vsv": func(ctx context.Context, s *Service, from, to string) ([]diff.Change, error) {
		return revisionsDiffer(ctx, s, valueSetLine, s.ValueSetRevisionsByID, from, to,
			func(r *ent.ValueSetRevision) (string, []byte) { return r.ValueSetID, r.Definition })
	},
	"apv": approvalsDiffer,
}

// Difference returns the fields in which two versions differ, each with its impact: two revisions of one event, property or
// value set, or two approvals, of one event or of two. Of revisions, the shared definitions that they refer to count as they
// are now; of approvals, as they were frozen.
func (s *Service) Difference(ctx context.Context, from, to string) ([]diff.Change, error) {
	if err := auth.Allow(ctx, "Query.difference", ""); err != nil {
		return nil, err
	}
	sort, _, _ := strings.Cut(from, "_")
	other, _, _ := strings.Cut(to, "_")
	compare := differing[sort]
	switch {
	case compare == nil:
		return nil, fault.Invalid(fault.Field{Path: "from", Reason: "not_comparable", Message: "this is neither a revision nor an approval"})
	case other != sort:
		return nil, fault.Invalid(fault.Field{Path: "to", Reason: "not_comparable", Message: "two revisions of one definition are compared, or two approvals"})
	}
	changes, err := compare(ctx, s, from, to)
	if err != nil {
		return nil, fmt.Errorf("compare %s with %s: %w", to, from, err)
	}
	return changes, nil
}

// revisionsDiffer compares two revisions of one definition.
func revisionsDiffer[T any](
	ctx context.Context, s *Service, l *line, read func(context.Context, []string) (map[string]*T, error), from, to string,
	of func(*T) (owner string, definition []byte),
) ([]diff.Change, error) {
	a, b, err := two(ctx, l.of+"Revision", read, from, to)
	if err != nil {
		return nil, err
	}
	owner, before := of(a)
	other, after := of(b)
	if owner != other {
		return nil, fault.Invalid(fault.Field{Path: "to", Reason: "other_definition", Message: "it is a revision of another definition"})
	}
	z := s.newFreezer()
	if err := z.loadTexts(ctx, l, before, after); err != nil {
		return nil, err
	}
	return z.differ(l, owner, before, after)
}

// two reads two rows by their ids.
func two[T any](
	ctx context.Context, typ string, read func(context.Context, []string) (map[string]*T, error), from, to string,
) (a, b *T, err error) {
	rows, err := read(ctx, distinct([]string{from, to}))
	if err != nil {
		return nil, nil, err
	}
	for _, id := range []string{from, to} {
		if rows[id] == nil {
			return nil, nil, fault.NotFoundf(typ, id)
		}
	}
	return rows[from], rows[to], nil
}

// approvalsDiffer compares what two approvals froze.
func approvalsDiffer(ctx context.Context, s *Service, from, to string) ([]diff.Change, error) {
	a, b, err := two(ctx, "Approval", s.ApprovalsByID, from, to)
	if err != nil {
		return nil, err
	}
	before, err := s.definitions(ctx, a.Hash, b.Hash)
	if err != nil {
		return nil, err
	}
	sets, err := s.valueSetsOf(ctx, before)
	if err != nil {
		return nil, err
	}
	return diff.Definitions(before[a.Hash], before[b.Hash], sets), nil
}

// definitions reads frozen definitions by their hashes.
func (s *Service) definitions(ctx context.Context, hashes ...string) (map[string]*plan.Frozen, error) {
	texts, err := s.FrozenByHash(ctx, distinct(hashes))
	if err != nil {
		return nil, err
	}
	found := make(map[string]*plan.Frozen, len(hashes))
	for _, hash := range hashes {
		if texts[hash] == nil {
			return nil, fmt.Errorf("the frozen definition %s is gone", hash)
		}
		f, err := plan.ParseFrozen(texts[hash].Body)
		if err != nil {
			return nil, err
		}
		found[hash] = &f
	}
	return found, nil
}

// valueSetsOf reads the value sets that frozen definitions draw on, by hash.
func (s *Service) valueSetsOf(ctx context.Context, definitions map[string]*plan.Frozen) (map[string]*plan.FrozenValueSet, error) {
	var hashes []string
	for _, f := range definitions {
		hashes = slices.AppendSeq(hashes, maps.Values(f.ValueSets))
	}
	texts, err := s.FrozenByHash(ctx, distinct(hashes))
	if err != nil {
		return nil, err
	}
	sets := make(map[string]*plan.FrozenValueSet, len(texts))
	for hash, text := range texts {
		set, err := plan.ParseFrozenValueSet(text.Body)
		if err != nil {
			return nil, err
		}
		sets[hash] = &set
	}
	return sets, nil
}
