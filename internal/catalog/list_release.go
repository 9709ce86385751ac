package catalog

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/frozen"
	"github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

var releases = table[ent.Release]{
	name: release.Table, id: func(r *ent.Release) string { return r.ID }, visible: byApp(release.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Release, error) {
		return modified(ctx, c.Release.Query(), m)
	},
}

var releaseSlots = table[ent.ReleaseSlot]{
	name: releaseslot.Table, id: func(r *ent.ReleaseSlot) string { return r.ID },
	visible: byOwner(releaseslot.FieldEnvironmentID, environment.Table, byApp(environment.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.ReleaseSlot, error) {
		return modified(ctx, c.ReleaseSlot.Query(), m)
	},
}

var approvals = table[ent.Approval]{
	name: approval.Table, id: func(r *ent.Approval) string { return r.ID },
	visible: byOwner(approval.FieldEventID, event.Table, byApp(event.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Approval, error) {
		return modified(ctx, c.Approval.Query(), m)
	},
}

// ApprovalsByID reads approvals as AppsByID does apps.
func (s *Service) ApprovalsByID(ctx context.Context, ids []string) (map[string]*ent.Approval, error) {
	return byID(ctx, s, &approvals, ids)
}

// ReleasesByID reads releases as AppsByID does apps.
func (s *Service) ReleasesByID(ctx context.Context, ids []string) (map[string]*ent.Release, error) {
	return byID(ctx, s, &releases, ids)
}

// ReleaseSlotsByID reads slots as AppsByID does apps.
func (s *Service) ReleaseSlotsByID(ctx context.Context, ids []string) (map[string]*ent.ReleaseSlot, error) {
	return byID(ctx, s, &releaseSlots, ids)
}

// ReleasesOfEnvironments lists the releases of environments, newest first.
func (s *Service) ReleasesOfEnvironments() Children[ent.Release] {
	order := intOrder(&releases, release.FieldNumber, func(r *ent.Release) int { return r.Number })
	return Children[ent.Release]{s: s, r: releasesOfEnvironment, order: order.towards(Descending)}
}

var releasesOfEnvironment = reference(&releases, release.FieldEnvironmentID, func(r *ent.Release) string { return r.EnvironmentID })

// ReleaseNumber names a release as people do: by its environment, here by id, and number.
type ReleaseNumber struct {
	EnvironmentID string
	Number        int
}

// String is a text of which every release has one of its own.
func (n ReleaseNumber) String() string { return fmt.Sprintf("%s#%d", n.EnvironmentID, n.Number) }

// ReleasesByNumber reads releases by their numbers, in one statement; those that are not there or may not be seen are
// missing in the answer.
func (s *Service) ReleasesByNumber(ctx context.Context, numbers []ReleaseNumber) (map[ReleaseNumber]*ent.Release, error) {
	found := make(map[ReleaseNumber]*ent.Release, len(numbers))
	if len(numbers) == 0 {
		return found, nil
	}
	rows, err := all(ctx, s, &releases, func(q *sql.Selector) {
		either := make([]*sql.Predicate, len(numbers))
		for i, n := range numbers {
			either[i] = sql.And(sql.EQ(q.C(release.FieldEnvironmentID), n.EnvironmentID), sql.EQ(q.C(release.FieldNumber), n.Number))
		}
		q.Where(sql.Or(either...))
	})
	for _, r := range rows {
		found[ReleaseNumber{r.EnvironmentID, r.Number}] = r
	}
	return found, err
}

// bySlot orders slots by event, terminal and starting version, as text.
func bySlot() ordering[ent.ReleaseSlot] {
	return ordering[ent.ReleaseSlot]{
		orderSpec: orderSpec{name: "release_slots.slot", columns: []orderColumn{
			{column: releaseslot.FieldEventID}, {column: releaseslot.FieldTerminal}, {column: releaseslot.FieldFromVersion},
		}},
		values: func(r *ent.ReleaseSlot) []any { return []any{r.EventID, r.Terminal, r.FromVersion} },
		id:     releaseSlots.id,
		compare: func(a, b *ent.ReleaseSlot) int {
			return cmp.Or(strings.Compare(a.EventID, b.EventID), strings.Compare(a.Terminal, b.Terminal),
				strings.Compare(a.FromVersion, b.FromVersion))
		},
	}
}

var slotsOfEnvironment = reference(&releaseSlots, releaseslot.FieldEnvironmentID, func(r *ent.ReleaseSlot) string { return r.EnvironmentID })

// PlanAt lists what environments went by: after the release with a number, at a moment, or (both nil) go by now. What it
// returns is good for any environment that has such a release. NOT_FOUND where this one has not; INVALID_INPUT for both.
func (s *Service) PlanAt(env *ent.Environment, number *int, at *time.Time) (Children[ent.ReleaseSlot], error) {
	if at != nil && number != nil {
		return Children[ent.ReleaseSlot]{}, fault.Invalid(fault.Field{Path: "release", Reason: "one_of", Message: "say a moment or a release, not both"})
	}
	if number != nil && (*number < 1 || *number > env.LastRelease) {
		return Children[ent.ReleaseSlot]{}, fault.NotFoundf("Release", fmt.Sprintf("%s %d", env.Key, *number))
	}
	return s.planAt(number, at), nil
}

func (s *Service) planAt(number *int, at *time.Time) Children[ent.ReleaseSlot] {
	return Children[ent.ReleaseSlot]{s: s, r: slotsOfEnvironment, order: bySlot(), where: []narrow{func(q *sql.Selector) {
		switch {
		case number != nil:
			q.Where(inForce(q, func(b *sql.Builder) { b.Arg(*number) }))
		case at != nil:
			q.Where(inForce(q, func(b *sql.Builder) {
				r := sql.Dialect(b.Dialect()).Table(release.Table).As("newest")
				b.Wrap(func(b *sql.Builder) {
					b.Join(sql.Dialect(b.Dialect()).Select("COALESCE(MAX(" + r.C(release.FieldNumber) + "), 0)").From(r).Where(sql.And(
						sql.ColumnsEQ(r.C(release.FieldEnvironmentID), q.C(releaseslot.FieldEnvironmentID)),
						sql.LTE(r.C(release.FieldCreatedAt), *at))))
				})
			}))
		default:
			q.Where(sql.IsNull(q.C(releaseslot.FieldEnded)))
		}
	}}}
}

// inForce are the slots that held after the release with the number that an expression gives.
func inForce(q *sql.Selector, number func(*sql.Builder)) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		b.WriteString(q.C(releaseslot.FieldEntered) + " <= ")
		number(b)
		b.WriteString(" AND (" + q.C(releaseslot.FieldEnded) + " IS NULL OR " + q.C(releaseslot.FieldEnded) + " > ")
		number(b)
		b.WriteByte(')')
	})
}

// EnteredIn lists what releases put in force; the parents are ReleaseNumbers in text.
func (s *Service) EnteredIn() Children[ent.ReleaseSlot] {
	return Children[ent.ReleaseSlot]{s: s, r: enteredInRelease, order: bySlot()}
}

// EndedIn lists what releases ended, as EnteredIn.
func (s *Service) EndedIn() Children[ent.ReleaseSlot] {
	return Children[ent.ReleaseSlot]{s: s, r: endedInRelease, order: bySlot()}
}

var (
	enteredInRelease = slotsOfRelease(releaseslot.FieldEntered, func(r *ent.ReleaseSlot) int { return r.Entered })
	endedInRelease   = slotsOfRelease(releaseslot.FieldEnded, func(r *ent.ReleaseSlot) int {
		if r.Ended == nil {
			return 0
		}
		return *r.Ended
	})
)

// slotsOfRelease is the relation of slots to the release whose number is in a column.
func slotsOfRelease(column string, number func(*ent.ReleaseSlot) int) *relation[ent.ReleaseSlot] {
	return &relation[ent.ReleaseSlot]{
		table: &releaseSlots,
		of: func(q *sql.Selector, parents []string) string {
			either := make([]*sql.Predicate, len(parents))
			for i, p := range parents {
				id, n, _ := strings.Cut(p, "#")
				either[i] = sql.And(sql.EQ(q.C(releaseslot.FieldEnvironmentID), id), sql.EQ(q.C(column), sql.Raw(digits(n))))
			}
			q.Where(sql.Or(either...))
			return "(" + q.C(releaseslot.FieldEnvironmentID) + " || '#' || CAST(" + q.C(column) + " AS TEXT))"
		},
		parent: func(r *ent.ReleaseSlot) string { return ReleaseNumber{r.EnvironmentID, number(r)}.String() },
	}
}

// digits returns a number's text, or 0 for what is none.
func digits(text string) string {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return "0"
	}
	return text
}

// InForceOf returns what each event goes by now, in all environments or (not nil) those with a key, by the event's id.
func (s *Service) InForceOf(ctx context.Context, environmentKey *string, eventIDs []string) (map[string][]*ent.ReleaseSlot, error) {
	found := make(map[string][]*ent.ReleaseSlot, len(eventIDs))
	rows, err := all(ctx, s, &releaseSlots, func(q *sql.Selector) {
		q.Where(sql.And(among(q.C(releaseslot.FieldEventID), eventIDs), sql.IsNull(q.C(releaseslot.FieldEnded))))
		if environmentKey != nil {
			e := sql.Dialect(q.Dialect()).Select(environment.FieldID).From(sql.Table(environment.Table)).
				Where(sql.EQ(environment.FieldKey, *environmentKey))
			q.Where(sql.In(q.C(releaseslot.FieldEnvironmentID), e))
		}
	}, releaseslot.FieldEventID, releaseslot.FieldEnvironmentID, releaseslot.FieldTerminal, releaseslot.FieldFromVersion)
	for _, r := range rows {
		found[r.EventID] = append(found[r.EventID], r)
	}
	return found, err
}

// Judgement is what judged a captured event.
type Judgement struct {
	EnvironmentID, EventID string
	// Hash is the frozen definition's; empty where the event was offline.
	Hash string
	// Release is the number of the release that put it in force.
	Release int
	// Terminal is the key of the terminal that the event came from; empty where it was not recognised.
	Terminal string
}

// judges reports whether a slot is what judged, but for the terminal.
func (j *Judgement) judges(s *ent.ReleaseSlot) bool {
	return s.EnvironmentID == j.EnvironmentID && s.EventID == j.EventID && s.Entered == j.Release &&
		(s.Hash == j.Hash && !s.Offline || j.Hash == "" && s.Offline)
}

// SlotsThatJudged returns what judged captured events, in their order and in one statement; nil where there is none.
func (s *Service) SlotsThatJudged(ctx context.Context, judged []Judgement) ([]*ent.ReleaseSlot, error) {
	found := make([]*ent.ReleaseSlot, len(judged))
	var environments, events []string
	for _, j := range judged {
		if j.Release > 0 {
			environments, events = append(environments, j.EnvironmentID), append(events, j.EventID)
		}
	}
	if len(events) == 0 {
		return found, nil
	}
	rows, err := all(ctx, s, &releaseSlots, func(q *sql.Selector) {
		q.Where(sql.And(among(q.C(releaseslot.FieldEnvironmentID), distinct(environments)),
			among(q.C(releaseslot.FieldEventID), distinct(events))))
	}, releaseslot.FieldID)
	of := map[string][]*ent.ReleaseSlot{}
	for _, r := range rows {
		of[r.EventID] = append(of[r.EventID], r)
	}
	for i := range judged {
		j := &judged[i]
		for _, r := range of[j.EventID] {
			if j.judges(r) && (found[i] == nil || r.Terminal == j.Terminal) {
				found[i] = r
			}
		}
	}
	return found, err
}

// FrozenByHash returns frozen texts by their hashes, in one statement. Who knows a hash has seen what it is of.
func (s *Service) FrozenByHash(ctx context.Context, hashes []string) (map[string]*ent.Frozen, error) {
	found := make(map[string]*ent.Frozen, len(hashes))
	if len(hashes) == 0 {
		return found, nil
	}
	if _, err := seeing(ctx); err != nil {
		return nil, err
	}
	rows, err := s.read.Frozen.Query().Where(func(q *sql.Selector) { q.Where(among(q.C(frozen.FieldID), hashes)) }).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read frozen definitions: %w", store.Fault(err))
	}
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, nil
}
