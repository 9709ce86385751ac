package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/ent/sessionbinding"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/store"
)

// DeletePersonInput says who is deleted: whoever bears one of the ids. App and Environment are keys; a nil Environment is all
// of the app's.
type DeletePersonInput struct {
	App                              string
	Environment                      *string
	UserIDs, AnonymousIDs, DeviceIDs []string
	DryRun                           bool
}

// DeletePersonPayload is how much was stored of a person. Lookalikes are those of the captured and the copied events that bear
// an id only as masking leaves it.
type DeletePersonPayload struct{ CapturedEvents, RefusedRequests, RegressionEvents, Evidence, Lookalikes int64 }

// maxPersonIDs bounds the ids of a kind: each is looked for in records, and SQLite takes so many conditions.
const maxPersonIDs = 50

// DeletePerson deletes what is stored of one person in an app, or only counts it. Before it looks, caughtUp has to bring into
// the database what was answered with success before. The audit log has an entry before anything is gone.
func (s *Service) DeletePerson(
	ctx context.Context, in DeletePersonInput, caughtUp func(context.Context) error,
) (*DeletePersonPayload, error) {
	a, err := s.appByKey(ctx, "Mutation.deletePerson", in.App)
	if err != nil {
		return nil, err
	}
	if err := in.validate(); err != nil {
		return nil, err
	}
	rooms, err := s.roomsOf(ctx, a.ID, in.Environment)
	if err != nil {
		return nil, err
	}
	person := store.Person{Users: personIDs(in.UserIDs), Visitors: personIDs(in.AnonymousIDs), Devices: personIDs(in.DeviceIDs)}
	for _, e := range rooms {
		person.EnvironmentIDs = append(person.EnvironmentIDs, e.ID)
	}
	if err := caughtUp(ctx); err != nil {
		return nil, err
	}
	counted, err := s.captured.CountPerson(ctx, &person)
	if err != nil {
		return nil, err
	}
	out := &DeletePersonPayload{CapturedEvents: counted.Samples, RefusedRequests: counted.Refusals, Lookalikes: counted.Alike}
	if in.DryRun {
		copied, kept, err := copiesOf(ctx, s.read, a.ID, &person)
		out.copies(&counted, &copied, &kept)
		return out, err
	}
	err = s.change(ctx, "delete person", func(ctx context.Context, c *change) error {
		copied, kept, err := c.forgetPerson(ctx, a.ID, &person)
		if err != nil {
			return err
		}
		out.copies(&counted, &copied, &kept)
		if _, err := c.SessionBinding.Delete().Where(personsBindings(&person)).Exec(ctx); err != nil {
			return fmt.Errorf("delete from capture sessions: %w", err)
		}
		return audit.Tell(ctx, ent.TypeApp, a.ID, in.told(rooms, out))
	})
	if err != nil {
		return nil, err
	}
	removed, err := s.captured.DeletePerson(ctx, &person)
	out.CapturedEvents, out.RefusedRequests = removed.Samples, removed.Refusals
	out.Lookalikes += removed.Alike - counted.Alike
	return out, err
}

// copies says how many copies there are in regression cases, and how many are kept as evidence.
func (out *DeletePersonPayload) copies(counted *store.PersonRows, cases, evidence *personsCopies) {
	out.RegressionEvents, out.Evidence = int64(len(cases.ids)), int64(len(evidence.ids))
	out.Lookalikes = counted.Alike + cases.alike + evidence.alike
}

// personIDs are ids as given, and what masking makes of them.
func personIDs(ids []string) store.PersonIDs {
	return store.PersonIDs{Exact: ids, Masked: masking.AlsoMasked(ids)[len(ids):]}
}

// personsBindings is the condition of what is bound to sessions and is a person's.
func personsBindings(p *store.Person) predicate.SessionBinding {
	return sessionbinding.And(sessionbinding.EnvironmentIDIn(p.EnvironmentIDs...), sessionbinding.Or(
		sessionbinding.ValueIn(p.Users.Exact...), sessionbinding.ValueIn(p.Visitors.Exact...), sessionbinding.ValueIn(p.Devices.Exact...),
	))
}

func (in *DeletePersonInput) validate() error {
	var f fault.Fields
	given := 0
	for _, list := range in.lists() {
		given += len(list.ids)
		if len(list.ids) > maxPersonIDs {
			f.Add("input."+list.name, "too_many", fmt.Sprintf("at most %d ids", maxPersonIDs))
		}
		for i, id := range list.ids {
			if id == "" {
				f.Add(fmt.Sprintf("input.%s[%d]", list.name, i), "required", "an id is needed")
			}
		}
	}
	if given == 0 {
		f.Add("input.userIds", "required", "one id of a user, a visitor or a device is needed")
	}
	return f.Err()
}

type idList struct {
	name string
	ids  []string
}

func (in *DeletePersonInput) lists() []idList {
	return []idList{{"userIds", in.UserIDs}, {"anonymousIds", in.AnonymousIDs}, {"deviceIds", in.DeviceIDs}}
}

// roomsOf returns the environments of an app, or the one with a key.
func (s *Service) roomsOf(ctx context.Context, appID string, key *string) ([]*ent.Environment, error) {
	q := s.read.Environment.Query().Where(environment.AppID(appID)).Order(environment.ByPosition(), environment.ByID())
	if key != nil {
		q = q.Where(environment.Key(*key))
	}
	rows, err := q.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read environments: %w", store.Fault(err))
	}
	if len(rows) == 0 && key != nil {
		return nil, fault.NotFoundf("Environment", *key)
	}
	return rows, nil
}

// told is what the audit log is told: where, how much, and of each id so much of a hash that who knows the id finds it again.
func (in *DeletePersonInput) told(rooms []*ent.Environment, counted *DeletePersonPayload) map[string]any {
	keys := make([]string, len(rooms))
	for i, e := range rooms {
		keys[i] = e.Key
	}
	told := map[string]any{
		"environments": keys, "capturedEvents": counted.CapturedEvents, "refusedRequests": counted.RefusedRequests,
		"regressionEvents": counted.RegressionEvents, "evidence": counted.Evidence, "lookalikes": counted.Lookalikes,
	}
	for _, list := range in.lists() {
		var hashes []string
		for _, id := range list.ids {
			sum := sha256.Sum256([]byte(id))
			hashes = append(hashes, hex.EncodeToString(sum[:4]))
		}
		if len(hashes) > 0 {
			told[list.name+"Hashed"] = hashes
		}
	}
	return map[string]any{"deletedPerson": told}
}
