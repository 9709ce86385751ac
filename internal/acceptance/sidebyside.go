package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// SideBySide is an event as two terminals sent it (双端一致性).
type SideBySide struct {
	// Left and Right are the newest valid ones; nil for none.
	Left, Right *capture.Captured
	Properties  []*SidePair
}

// SidePair is one property of both; a side is nil where it did not come.
type SidePair struct {
	Name        string
	Left, Right json.RawMessage
	// Consistent says that both or neither came, with values of one kind.
	Consistent bool
}

// SideBySide compares the newest valid captured events of an event on two terminals, in the environment with a key. The asking
// person was allowed to read the event before.
func (s *Service) SideBySide(ctx context.Context, e *ent.Event, environmentKey, left, right string) (*SideBySide, error) {
	if err := auth.AllowOn(ctx, "CapturedEvent", auth.Object{App: e.AppID, Type: "Event", Name: e.Key}); err != nil {
		return nil, err
	}
	env, err := s.read.Environment.Query().Where(environment.AppID(e.AppID), environment.Key(environmentKey)).Only(ctx)
	if err != nil {
		return nil, lost(err, "Environment", environmentKey)
	}
	if err := s.requireTerminals(ctx, e.AppID, left, right); err != nil {
		return nil, err
	}
	uses, err := s.read.EventProperty.Query().Where(eventproperty.EventID(e.ID), eventproperty.Newest(true)).
		Order(eventproperty.ByPosition()).WithProperty().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read properties: %w", store.Fault(err))
	}
	var names []string
	for _, u := range uses {
		names = append(names, u.Edges.Property.Key)
	}
	out := &SideBySide{}
	for _, side := range []struct {
		terminal string
		to       **capture.Captured
	}{{left, &out.Left}, {right, &out.Right}} {
		pages, err := s.store.CapturedPages(ctx, store.CapturedQuery{
			By: store.ByEvent, Parents: []string{e.ID}, EnvironmentIDs: []string{env.ID}, Terminals: []string{side.terminal},
			Verdicts: []capture.Verdict{capture.Valid}, Limit: 1,
		})
		if err != nil {
			return nil, err
		}
		if list := pages[e.ID]; len(list) > 0 {
			*side.to = list[0]
		}
	}
	out.pair(names)
	return out, nil
}

func (s *Service) requireTerminals(ctx context.Context, appID string, keys ...string) error {
	known, err := s.read.Terminal.Query().Where(terminal.AppID(appID)).Select(terminal.FieldKey).Strings(ctx)
	if err != nil {
		return fmt.Errorf("read terminals: %w", store.Fault(err))
	}
	for _, k := range keys {
		if !slices.Contains(known, k) {
			return fault.NotFoundf("Terminal", k)
		}
	}
	return nil
}

// pair sets the properties side by side: those of the plan first, then what else came.
func (s *SideBySide) pair(names []string) {
	left, right := members(s.Left), members(s.Right)
	for _, side := range []capture.Object{left, right} {
		for _, n := range side.Members {
			names = append(names, n.Name)
		}
	}
	done := map[string]bool{}
	for _, name := range names {
		if done[name] {
			continue
		}
		done[name] = true
		a, kindA := valueAt(s.Left, left, name)
		b, kindB := valueAt(s.Right, right, name)
		s.Properties = append(s.Properties, &SidePair{Name: name, Left: a, Right: b, Consistent: kindA == kindB})
	}
}

// members are the properties of an event, as they are kept.
func members(c *capture.Captured) capture.Object {
	if c == nil {
		return nil
	}
	tape, err := capture.Parse(nil, c.PropertiesJSON())
	if err != nil || len(tape) == 0 {
		return nil
	}
	return capture.Object(tape).Inside(0)
}

func valueAt(c *capture.Captured, of capture.Object, name string) (json.RawMessage, capture.Kind) {
	i := of.Find(name)
	if i < 0 {
		return nil, 0
	}
	return json.RawMessage(c.PropertiesJSON()[of[i].At.Start:of[i].At.End]), of[i].Kind
}
