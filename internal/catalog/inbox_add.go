package catalog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// AddUnplanned plans what an environment saw, under a batch: events with the properties that came in them, and properties of
// planned events, of the types that their values had, and PERSONAL where these were masked. All are optional and drafts: people make
// of them what is meant.
func (s *Service) AddUnplanned(ctx context.Context, in AddUnplannedInput) ([]*ent.Event, error) {
	b, err := s.batchByNumber(ctx, "Mutation.addUnplanned", in.Batch)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	keys := unplannedKeys(in.Items, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	env, err := s.environmentOf(ctx, b.AppID, in.Environment)
	if err != nil {
		return nil, err
	}
	seen, err := s.seenOf(ctx, b.AppID, env.ID, keys)
	if err != nil {
		return nil, err
	}
	var made []*ent.Event
	err = s.change(ctx, "add what is unplanned", func(ctx context.Context, c *change) error {
		made = nil
		for i, k := range keys {
			path := fmt.Sprintf("input.items[%d]", i)
			if err := c.checkEventOf(ctx, b.AppID, k, path+".eventId"); err != nil {
				return err
			}
			if seen[k] == nil {
				return fault.Invalid(fault.Field{Path: path, Reason: "not_seen", Message: "the environment has not seen it"})
			}
			e, err := c.plan(ctx, b, k, &sights{of: seen, enums: in.Enums})
			if err != nil {
				return inPlaceOf("input", path, err)
			}
			made = append(made, e)
			if err := c.record(ctx, b.AppID, k, decision{state: plan.InboxAdded, targetID: e.ID, batchID: b.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	return made, err
}

// environmentOf returns an app's environment by key.
func (s *Service) environmentOf(ctx context.Context, appID, key string) (*ent.Environment, error) {
	of, err := s.EnvironmentsOf(ctx, []string{appID})
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(of[appID], func(e *ent.Environment) bool { return e.Key == key })
	if at < 0 {
		return nil, fault.NotFoundf("Environment", key)
	}
	return of[appID][at], nil
}

// sights are what drafts are made of.
type sights struct {
	of    map[inboxKey]*store.PropertySeen
	enums bool
}

// plan makes a draft of something that was seen.
func (c *change) plan(ctx context.Context, b *ent.Batch, k inboxKey, seen *sights) (*ent.Event, error) {
	if k.eventID == "" {
		return c.planSeenEvent(ctx, b, k, seen)
	}
	if err := c.register(ctx, b, k, seen); err != nil {
		return nil, err
	}
	p, err := c.registry(ctx, b.AppID, []EventPropertyInput{{Key: &k.property}})
	if err != nil {
		return nil, err
	}
	row, _, err := c.editEvent(ctx, k.eventID, &b.Number, func(doc *eventDocument) {
		doc.Properties = append(doc.Properties, propertyOfEvent{PropertyID: p.byKey[k.property].ID, Key: k.property, Presence: plan.PresenceOptional})
	})
	return row, err
}

func (c *change) planSeenEvent(ctx context.Context, b *ent.Batch, k inboxKey, seen *sights) (*ent.Event, error) {
	common, err := commonNames(ctx, c.Event, b.AppID)
	if err != nil {
		return nil, err
	}
	var uses []EventPropertyInput
	for _, name := range propertiesSeen(k, seen.of, common) {
		if err := c.register(ctx, b, inboxKey{name: k.name, property: name}, seen); err != nil {
			return nil, err
		}
		uses = append(uses, EventPropertyInput{Key: &name, Presence: plan.PresenceOptional})
	}
	key, err := c.freeKey(ctx, b.AppID, k.name)
	if err != nil {
		return nil, err
	}
	in := CreateEventInput{Key: &key, Kind: plan.KindTrack, Name: k.name, WireName: &k.name, Level: plan.LevelP1}
	doc := in.document()
	var f fault.Fields
	doc.validate(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return c.createEvent(ctx, b, doc, uses, in.keyPath())
}

// maxMadeKey leaves room for a number behind a key that is made of a name.
const maxMadeKey = 36

var noKeyCharacters = regexp.MustCompile(`[^a-z0-9_-]+`)

// freeKey makes a key of a wire name that no event of the app has: the name itself where it is one.
func (c *change) freeKey(ctx context.Context, appID, name string) (string, error) {
	key := strings.Trim(noKeyCharacters.ReplaceAllString(strings.ToLower(store.Romanised(name)), "_"), "_-")
	if key == "" || key[0] < 'a' || key[0] > 'z' {
		key = strings.TrimRight("event_"+key, "_")
	}
	key = key[:min(len(key), maxMadeKey)]
	taken, err := c.Event.Query().Where(event.AppID(appID), event.KeyHasPrefix(key)).Select(event.FieldKey).Strings(ctx)
	if err != nil {
		return "", fmt.Errorf("look for keys like %s: %w", key, err)
	}
	free := key
	for n := 2; slices.Contains(taken, free); n++ {
		free = fmt.Sprintf("%s_%d", key, n)
	}
	return free, nil
}

// commonNames returns the names of an app's common properties.
func commonNames(ctx context.Context, events *ent.EventClient, appID string) (map[string]bool, error) {
	rows, err := events.Query().Where(event.AppID(appID), event.KindEQ(plan.KindCommon), standing).
		WithProperties(func(q *ent.EventPropertyQuery) { q.Where(eventproperty.Newest(true)).WithProperty() }).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read common properties: %w", err)
	}
	names := map[string]bool{}
	for _, e := range rows {
		for _, u := range e.Edges.Properties {
			names[u.Edges.Property.Key] = true
		}
	}
	return names, nil
}

// register makes a property of the type that its values had, unless the app can use one of that name.
func (c *change) register(ctx context.Context, b *ent.Batch, k inboxKey, seen *sights) error {
	name := k.property
	there, err := c.Property.Query().Where(property.Key(name), property.Or(property.AppID(b.AppID), property.AppIDIsNil())).Exist(ctx)
	if err != nil || there {
		return err
	}
	var f fault.Fields
	if plan.ValidateName("input.property", name, &f); f.Err() != nil {
		return f.Err()
	}
	of, description := seenOrNothing(seen.of[k]), ""
	if of.Values.Mixed() {
		description = "Values of different kinds came: " + of.Values.Kinds()
	}
	_, err = c.createProperty(ctx, b.AppID, &CreatePropertyInput{
		Batch: &b.Number, Key: name, Name: name, Description: description, Type: seen.typeOf(k), Sensitivity: sensitivityOf(of),
	})
	return err
}

func (s *sights) typeOf(k inboxKey) PropertyTypeInput {
	of, values := inferred(seenOrNothing(s.of[k]))
	t := PropertyTypeInput{Base: of.Base, Constraints: &ConstraintsInput{Nullable: of.Nullable}}
	if of.Items != nil {
		t.Items = &PropertyTypeInput{Base: of.Items.Base}
	}
	if s.enums && len(values) > 0 {
		t.Base = plan.TypeEnum
		for _, v := range values {
			t.Values = append(t.Values, EnumValueInput{Value: v})
		}
	}
	return t
}
