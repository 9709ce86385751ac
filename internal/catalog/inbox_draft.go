package catalog

import (
	"context"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// UnplannedDraft is what would be planned of something that nobody planned.
type UnplannedDraft struct {
	// Type is the type that all values of a property keep, nil for an event; Values are these, where they look like a list
	// of allowed values.
	Type   *plan.Type
	Values []string
	// Mixed: the values are of kinds that no type takes together, and Type is a stopgap. Sensitivity is NONE for an event.
	Mixed       bool
	Sensitivity plan.Sensitivity
	// Properties are those that came in an event, by name, but for what SDKs add by themselves, and what is common.
	Properties []UnplannedProperty
}

// UnplannedProperty is a property that came in an unplanned event.
type UnplannedProperty struct {
	Name        string
	Count       int64
	Type        *plan.Type
	Values      []string
	Mixed       bool
	Sensitivity plan.Sensitivity
}

// UnplannedDrafts tells what would be planned of things from one environment, by their NodeID, in a fixed number of
// statements.
func (s *Service) UnplannedDrafts(ctx context.Context, of []*Unplanned) (map[string]*UnplannedDraft, error) {
	drafts := make(map[string]*UnplannedDraft, len(of))
	if len(of) == 0 {
		return drafts, nil
	}
	keys := make([]inboxKey, len(of))
	for i, u := range of {
		keys[i] = u.key
	}
	seen, err := s.seenOf(ctx, of[0].appID, of[0].environmentID, keys)
	if err != nil {
		return nil, err
	}
	common, err := commonNames(ctx, s.read.Event, of[0].appID)
	if err != nil {
		return nil, err
	}
	for _, u := range of {
		d := &UnplannedDraft{Sensitivity: plan.SensitivityNone}
		if u.Property != nil {
			of := seenOrNothing(seen[u.key])
			d.Type, d.Values = inferred(of)
			d.Mixed, d.Sensitivity = of.Values.Mixed(), sensitivityOf(of)
		}
		for _, name := range propertiesSeen(u.key, seen, common) {
			of := seen[inboxKey{name: u.Name, property: name}]
			p := UnplannedProperty{Name: name, Count: of.Count, Mixed: of.Values.Mixed(), Sensitivity: sensitivityOf(of)}
			p.Type, p.Values = inferred(of)
			d.Properties = append(d.Properties, p)
		}
		drafts[u.NodeID()] = d
	}
	return drafts, nil
}

func seenOrNothing(seen *store.PropertySeen) *store.PropertySeen {
	if seen == nil {
		return &store.PropertySeen{}
	}
	return seen
}

func inferred(seen *store.PropertySeen) (*plan.Type, []string) {
	of, values := seen.Values.Infer()
	return &of, values
}

// sensitivityOf suggests what a property is whose values looked personal and were masked.
func sensitivityOf(seen *store.PropertySeen) plan.Sensitivity {
	if seen.Values.Masked > 0 {
		return plan.SensitivityPersonal
	}
	return plan.SensitivityNone
}

// seenOf reads what an environment of an app saw of things, and of the properties of events among them. What is not to be
// kept of sensitive properties, and is still there until the next sweep, is left out.
func (s *Service) seenOf(ctx context.Context, appID, environmentID string, keys []inboxKey) (map[inboxKey]*store.PropertySeen, error) {
	var names, events, properties []string
	for _, k := range keys {
		if k.eventID == "" {
			names = append(names, k.name)
		} else {
			events, properties = append(events, k.eventID), append(properties, k.property)
		}
	}
	found := map[inboxKey]*store.PropertySeen{}
	for _, q := range []store.SightingQuery{{EventIDs: []string{""}, Names: names}, {EventIDs: events, Properties: properties}} {
		if len(q.Names)+len(q.Properties) == 0 {
			continue
		}
		q.EnvironmentIDs = []string{environmentID}
		some, err := s.summaries(ctx, q)
		if err != nil {
			return nil, err
		}
		maps.Copy(found, some)
	}
	secret, err := s.SensitiveProperties(ctx, []string{appID})
	if err != nil {
		return nil, err
	}
	for k, p := range found {
		if slices.Contains(secret[appID], k.property) {
			p.Values.Forget()
		}
	}
	return found, nil
}

// summaries reads what was seen of properties, from all terminals and versions together: of planned events by the event's
// id, of others by the name.
func (s *Service) summaries(ctx context.Context, q store.SightingQuery) (map[inboxKey]*store.PropertySeen, error) {
	rows, err := s.captured.Sightings(ctx, q)
	if err != nil {
		return nil, err
	}
	found := map[inboxKey]*store.PropertySeen{}
	for _, r := range rows {
		k := inboxKey{eventID: r.Key.EventID, property: r.Key.Property}
		if k.eventID == "" {
			k.name = r.Key.Name
		}
		if found[k] == nil {
			found[k] = &store.PropertySeen{}
		}
		found[k].Count, found[k].Unplanned = found[k].Count+r.Seen.Count, found[k].Unplanned+r.Seen.Unplanned
		found[k].Values.Add(&r.Seen.Values)
	}
	return found, nil
}

// propertiesSeen lists what came in the events of a name, but for what SDKs add by themselves, and what is common.
func propertiesSeen(of inboxKey, seen map[inboxKey]*store.PropertySeen, common map[string]bool) (names []string) {
	for k, p := range seen {
		inIt := k.eventID == "" && of.eventID == "" && k.name == of.name && k.property != ""
		if inIt && p.Unplanned > 0 && !k.isOther() && !common[k.property] {
			names = append(names, k.property)
		}
	}
	slices.Sort(names)
	return names
}
