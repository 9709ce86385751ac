package acceptance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/store"
)

// report puts together what a sign-off freezes.
func (s *Service) report(ctx context.Context, of *scope, c *coverage.Coverage, evidence []*Evidence) (*Report, error) {
	a, err := s.read.App.Get(ctx, of.appID)
	if err != nil {
		return nil, lost(err, "App", of.appID)
	}
	asking, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Format: ReportFormat, App: Named{ID: a.ID, Key: a.Key, Name: a.Name}, SignedAt: s.now(),
		Totals: ReportTotals{Required: c.Required, Covered: c.Covered, Failed: c.Failed, Open: c.Open},
		Marks:  []ReportMark{}, Sessions: []ReportSession{}, Evidence: reportEvidence(a.Key, evidence), Unplanned: []ReportCount{},
	}
	if of.batch != nil {
		r.Batch = &ReportBatch{ID: of.batch.ID, Number: of.batch.Number, Title: of.batch.Title}
	}
	for _, u := range c.Unplanned {
		r.Unplanned = append(r.Unplanned, ReportCount(u))
	}
	if err := s.reportCells(ctx, r, c); err != nil {
		return nil, err
	}
	marks, err := s.marksOf(ctx, of)
	if err != nil {
		return nil, err
	}
	slices.Reverse(marks)
	names, err := s.names(ctx, of, newestMarks(marks), asking.UserID())
	if err != nil {
		return nil, err
	}
	r.SignedBy = names[asking.UserID()]
	for _, m := range newestMarks(marks) {
		r.Marks = append(r.Marks, ReportMark{
			ID: m.ID, Event: m.EventKey, Property: m.Property, Terminal: m.Terminal, Kind: coverage.MarkKind(m.Kind), Note: m.Note,
			Build: markOf(m).Build.String(), ScreenshotID: m.ScreenshotID, ExpiresAt: m.ExpiresAt, By: names[m.CreatedByID], At: m.CreatedAt.UTC(),
		})
	}
	return r, s.reportSessions(ctx, r, of, names)
}

// reportCells adds the cells, with what people call the events.
func (s *Service) reportCells(ctx context.Context, r *Report, c *coverage.Coverage) error {
	ids := make([]string, len(c.Cells))
	for i := range c.Cells {
		ids[i] = c.Cells[i].EventID
	}
	events, err := eventsByID(ctx, s.read, ids)
	if err != nil {
		return err
	}
	r.Cells = make([]ReportCell, len(c.Cells))
	for i := range c.Cells {
		r.Cells[i] = reportCell(&c.Cells[i])
		if e := events[c.Cells[i].EventID]; e != nil {
			r.Cells[i].Label = e.Name
		}
	}
	return nil
}

func reportCell(c *coverage.CellState) ReportCell {
	out := ReportCell{
		Event: c.Event, Name: c.Name, Terminal: c.Terminal, ShouldNotFire: c.ShouldNotFire, State: c.State, Valid: c.Valid, Invalid: c.Invalid,
		Repeats: c.Repeats, MostInStep: c.MostInStep, Build: c.Last.Build.String(), MarkID: idOf(c.Mark), Properties: []ReportProperty{},
	}
	if c.Last.Seq > 0 {
		at := c.Last.At.UTC()
		out.SeenAt, out.EvidenceID = &at, EvidenceID(c.Last.Session, c.Last.Seq)
	}
	for i := range c.Properties {
		p := &c.Properties[i]
		one := ReportProperty{
			Name: p.Name, Required: p.Required, State: p.State, Valid: p.Valid, Invalid: p.Invalid, MustTest: []ReportValue{}, MarkID: idOf(p.Mark),
		}
		for j, v := range p.Values {
			one.MustTest = append(one.MustTest, ReportValue{Value: v, Seen: p.Seen[j]})
		}
		out.Properties = append(out.Properties, one)
	}
	return out
}

func idOf(m *coverage.Mark) string {
	if m == nil {
		return ""
	}
	return m.ID
}

func reportEvidence(app string, list []*Evidence) []ReportEvidence {
	out := make([]ReportEvidence, len(list))
	for i, e := range list {
		out[i] = ReportEvidence{
			ID: e.ID(), SessionID: e.Session.ID, Event: cmp.Or(e.EventKey, e.Captured.Name), Terminal: e.Captured.TerminalKey,
			ReceivedAt: e.Captured.ReceivedAt.UTC(), Verdict: e.Verdict.String(), Violations: reportViolations(e.Violations),
			URL: EvidencePath(app, e.ID()),
		}
	}
	return out
}

// EvidencePath is where the console shows evidence, on this server.
func EvidencePath(app, id string) string { return "/apps/" + app + "/evidence/" + id }

// SignOffPath is where the console shows a report, on this server.
func SignOffPath(app, id string) string { return "/apps/" + app + "/sign-offs/" + id }

// names are what the people of a report are called, by their ids.
func (s *Service) names(ctx context.Context, of *scope, marks []*ent.AcceptanceMark, by string) (map[string]Named, error) {
	ids := []string{by}
	for _, row := range of.sessions {
		ids = append(ids, row.TesterIds...)
	}
	for _, m := range marks {
		ids = append(ids, m.CreatedByID)
	}
	rows, err := s.read.User.Query().Where(user.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", store.Fault(err))
	}
	names := make(map[string]Named, len(rows))
	for _, u := range rows {
		names[u.ID] = Named{ID: u.ID, Name: u.Name}
	}
	return names, nil
}

// reportSessions adds the sessions with their devices, and the builds that these had.
func (s *Service) reportSessions(ctx context.Context, r *Report, of *scope, names map[string]Named) error {
	rooms, err := s.read.Environment.Query().Where(environment.AppID(of.appID)).All(ctx)
	if err != nil {
		return fmt.Errorf("read environments: %w", store.Fault(err))
	}
	keys := map[string]string{}
	for _, e := range rooms {
		keys[e.ID] = e.Key
	}
	builds := map[string][]coverage.Build{}
	for _, row := range of.sessions {
		one := ReportSession{
			ID: row.ID, Code: row.Code, Title: row.Title, Environment: keys[row.EnvironmentID], StartedAt: row.StartedAt.UTC(),
			EndedAt: inUTC(row.EndedAt), Testers: []Named{},
		}
		for _, id := range row.TesterIds {
			if n, ok := names[id]; ok {
				one.Testers = append(one.Testers, n)
			}
		}
		if one.Devices, err = s.reportDevices(ctx, row); err != nil {
			return err
		}
		seen, err := s.seenBy(ctx, row)
		if err != nil {
			return err
		}
		for terminal, list := range seen.Builds {
			builds[terminal] = append(builds[terminal], list...)
		}
		r.Sessions = append(r.Sessions, one)
	}
	r.Builds = reportBuilds(builds)
	return nil
}

func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC())
}

func reportBuilds(of map[string][]coverage.Build) []ReportBuild {
	out := []ReportBuild{}
	for _, terminal := range slices.Sorted(maps.Keys(of)) {
		list := of[terminal]
		slices.SortStableFunc(list, coverage.Build.Compare)
		b := ReportBuild{Terminal: terminal}
		for _, one := range list {
			if text := one.String(); !slices.Contains(b.Builds, text) {
				b.Builds = append(b.Builds, text)
			}
		}
		out = append(out, b)
	}
	return out
}

// reportDevices lists the devices of a session: as they were frozen, or as they are now.
func (s *Service) reportDevices(ctx context.Context, row *ent.CaptureSession) ([]ReportDevice, error) {
	list := []ReportDevice{}
	frozen, err := s.frozen(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	if frozen != nil {
		if err := json.Unmarshal(frozen.Devices, &list); err != nil {
			return nil, fmt.Errorf("read the devices of %s: %w", row.ID, err)
		}
		return list, nil
	}
	devices, err := s.Devices(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		list = append(list, ReportDevice{
			Number: d.Number, Terminal: d.Terminal, Model: d.Model, OS: d.OS, AppVersion: d.AppVersion, AppBuild: d.Build, Library: d.Library,
			FirstSeenAt: d.FirstSeen.UTC(), LastSeenAt: d.LastSeen.UTC(), Valid: d.Valid, Invalid: d.Invalid, Unplanned: d.Unplanned,
		})
	}
	return list, nil
}
