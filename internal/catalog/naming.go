package catalog

import (
	"cmp"
	"context"
	stdsql "database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// NamingFinding is one name of an app that breaks one rule of a naming.
type NamingFinding struct {
	plan.Finding
	Kind plan.NameKind
	Name string
	// EventID or PropertyID says whose name it is.
	EventID, PropertyID string
}

// NodeID tells a finding from others.
func (f *NamingFinding) NodeID() string { return f.place() }

// place is where a finding stands among others, as text.
func (f *NamingFinding) place() string {
	return strings.Join([]string{string(f.Kind), f.Name, f.EventID + f.PropertyID, f.Rule}, "\x00")
}

// NamingPreview is what a naming says of the names that an app has.
type NamingPreview struct {
	// Checked is how many names were looked at.
	Checked int
	// Counts tell how often each rule is broken, the most frequent first.
	Counts []*NamingCount
	// findings are by kind, name and rule.
	findings []*NamingFinding
}

// NamingCount is how often a rule is broken.
type NamingCount struct {
	Rule  string
	Count int
}

// NamingPage is one page of findings.
type NamingPage struct {
	Nodes                []*NamingFinding
	HasNext, HasPrevious bool
}

// Cursor returns the position of the i-th node.
func (p *NamingPage) Cursor(i int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.Nodes[i].place()))
}

// NamingFindings tells what a naming would say of the names that apps have, by the apps' ids; nil is the naming that each
// has. It takes a fixed number of statements.
func (s *Service) NamingFindings(ctx context.Context, of []*ent.App, naming *plan.Naming) (map[string]*NamingPreview, error) {
	ids := make([]string, len(of))
	previews, judges := make(map[string]*NamingPreview, len(of)), make(map[string]*namers, len(of))
	for i, a := range of {
		if err := auth.Allow(ctx, "App.namingFindings", a.ID); err != nil {
			return nil, err
		}
		n := naming
		if n == nil {
			n = cmp.Or(a.Naming, &plan.Naming{})
		}
		ids[i], previews[a.ID], judges[a.ID] = a.ID, &NamingPreview{}, newNamers(n)
	}
	if naming != nil {
		var f fault.Fields
		naming.Validate("naming", &f)
		if err := f.Err(); err != nil {
			return nil, err
		}
	}
	err := s.eachName(ctx, ids, func(appID string, kind plan.NameKind, name, eventID, propertyID string) {
		p := previews[appID]
		p.Checked++
		for _, found := range judges[appID].of(kind).Check(name) {
			p.findings = append(p.findings, &NamingFinding{
				Finding: found, Kind: kind, Name: name, EventID: eventID, PropertyID: propertyID,
			})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	for _, p := range previews {
		p.arrange()
	}
	return previews, nil
}

// namers judge the names of each kind.
type namers struct{ events, keys, properties *plan.Namer }

func newNamers(n *plan.Naming) *namers {
	return &namers{events: n.Namer(plan.NameEvent), keys: n.Namer(plan.NameEventKey), properties: n.Namer(plan.NameProperty)}
}

func (n *namers) of(kind plan.NameKind) *plan.Namer {
	switch kind {
	case plan.NameEvent:
		return n.events
	case plan.NameEventKey:
		return n.keys
	default:
		return n.properties
	}
}

// eachName calls fn for each name that apps have: of their events in the plan and on the wire, and of their own properties,
// but for those that were replaced.
func (s *Service) eachName(
	ctx context.Context, appIDs []string, fn func(appID string, kind plan.NameKind, name, eventID, propertyID string),
) error {
	q := sql.Dialect(s.store.Dialect()).Select(event.FieldAppID, event.FieldID, event.FieldKey, event.FieldWireName).
		From(sql.Table(event.Table)).Where(among(event.FieldAppID, appIDs))
	err := scan(ctx, s.read, q, func(rows *stdsql.Rows) error {
		var appID, id, key, wireName string
		if err := rows.Scan(&appID, &id, &key, &wireName); err != nil {
			return err
		}
		fn(appID, plan.NameEventKey, key, id, "")
		if wireName != "" {
			fn(appID, plan.NameEvent, wireName, id, "")
		}
		return nil
	})
	if err != nil {
		return err
	}
	q = sql.Dialect(s.store.Dialect()).Select(property.FieldAppID, property.FieldID, property.FieldKey).
		From(sql.Table(property.Table))
	q.Where(sql.And(among(property.FieldAppID, appIDs), sql.IsNull(property.FieldReplacedByID)))
	return scan(ctx, s.read, q, func(rows *stdsql.Rows) error {
		var appID, id, key string
		if err := rows.Scan(&appID, &id, &key); err != nil {
			return err
		}
		fn(appID, plan.NameProperty, key, "", id)
		return nil
	})
}

func (p *NamingPreview) arrange() {
	slices.SortFunc(p.findings, func(a, b *NamingFinding) int { return strings.Compare(a.place(), b.place()) })
	at := map[string]*NamingCount{}
	for _, f := range p.findings {
		if at[f.Rule] == nil {
			at[f.Rule] = &NamingCount{Rule: f.Rule}
			p.Counts = append(p.Counts, at[f.Rule])
		}
		at[f.Rule].Count++
	}
	slices.SortFunc(p.Counts, func(a, b *NamingCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Rule, b.Rule))
	})
}

// Total is how many findings there are.
func (p *NamingPreview) Total() int { return len(p.findings) }

// Page returns one page of the findings, by kind, name and rule.
func (p *NamingPreview) Page(first *int, after *string) (*NamingPage, error) {
	size := DefaultPage
	set(&size, first)
	var f fault.Fields
	if size < 1 || size > MaxPage {
		f.Add("first", "out_of_range", fmt.Sprintf("a page holds 1 to %d nodes", MaxPage))
	}
	from := 0
	if after != nil {
		place, err := base64.RawURLEncoding.DecodeString(*after)
		if err != nil {
			f.Add("after", "bad_cursor", "this is not a cursor of a page")
		}
		from, _ = slices.BinarySearchFunc(p.findings, string(place)+"\x00", func(n *NamingFinding, place string) int {
			return strings.Compare(n.place(), place)
		})
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	to := min(len(p.findings), from+size)
	return &NamingPage{Nodes: p.findings[from:to], HasPrevious: from > 0, HasNext: to < len(p.findings)}, nil
}
