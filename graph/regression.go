package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
)

// newRegressionCase reads the ids of captured events; what is no such id is no event's number.
func newRegressionCase(in *model.SaveRegressionCaseInput) catalog.NewRegressionCase {
	out := catalog.NewRegressionCase{
		App: in.App, Name: in.Name, Description: in.Description, Seqs: make([]int64, len(in.CapturedEventIds)),
	}
	for i, id := range in.CapturedEventIds {
		if seq, ok := model.CapturedSeq(id); ok {
			out.Seqs[i] = seq
		}
	}
	return out
}

func regressionPayload(row *ent.RegressionCase) *model.RegressionCasePayload {
	return &model.RegressionCasePayload{RegressionCase: row}
}

// regressionEvents resolves the events of cases.
func (r *Resolver) regressionEvents(ctx context.Context, of *ent.RegressionCase) ([]*model.RegressionEvent, error) {
	found, err := sibling.Load(ctx, of, func(ctx context.Context, all []*ent.RegressionCase) (map[string][]*catalog.RegressionEvent, error) {
		return r.Catalog.RegressionEventsOf(ctx, distinct(all, (*ent.RegressionCase).NodeID))
	})
	out := make([]*model.RegressionEvent, len(found))
	for i, e := range found {
		out[i] = regressionEvent(e)
	}
	return out, err
}

func regressionEvent(e *catalog.RegressionEvent) *model.RegressionEvent {
	return &model.RegressionEvent{
		CapturedEvent: model.CapturedEvent{Captured: e.Captured}, Position: e.Position, ExpectedVerdict: e.Verdict, ExpectedCodes: e.Codes,
	}
}

// runRegressionCase resolves the root field.
func (r *Resolver) runRegressionCase(ctx context.Context, id string, against catalog.RegressionAgainst) (*model.RegressionRun, error) {
	run, err := r.Catalog.RunRegressionCase(ctx, id, against)
	if err != nil {
		return nil, err
	}
	sibling.Register(ctx, run.Case)
	out := &model.RegressionRun{RegressionCase: run.Case, Gone: run.Case.Gone, Results: make([]*model.RegressionResult, len(run.Results))}
	for i, one := range run.Results {
		result := model.NewRegressionResult(*regressionEvent(one.Event), one.Judged, one.Holds)
		out.Results[i] = &result
		if one.Holds {
			out.Held++
		} else {
			out.Broken++
		}
	}
	out.Passed = out.Broken == 0 && out.Gone == 0
	return out, nil
}
