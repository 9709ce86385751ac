package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestDictionary(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		price := w.newProperty(nil, "price", text())
		e := w.newEvent(w.newBatch(w.app), "order_create", "price")
		other := w.newProperty(w.app, "other", text())
		consumers := []plan.Consumer{{Kind: plan.ConsumerDashboard, Name: "成交看板", Link: "https://bi.test/1", Contact: "Bob"}}
		w.raises(w.app, false, func() {
			row, err := w.catalog.UpdateDictionary(w.in(w.app, auth.Developer), catalog.UpdateDictionaryInput{
				ID: e.ID, Synonyms: []string{"下单", "PlaceOrder"}, WarehouseTable: new("dwd.orders"), Consumers: consumers,
				Columns: []catalog.WarehouseColumnInput{{PropertyID: price.ID, Column: "price_cny"}},
			})
			require.NoError(t, err)
			require.Equal(t, e.ID, row.NodeID())
			_, err = w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{ID: price.ID, WarehouseColumn: new("price"), Synonyms: []string{"金额"}})
			require.NoError(t, err)
			_, err = w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{ID: w.app.ID, Synonyms: []string{"电商"}})
			require.NoError(t, err)
			// What is left out stays.
			_, err = w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{ID: e.ID, Consumers: []plan.Consumer{}})
			require.NoError(t, err)
		})
		of, err := w.catalog.DictionaryOf(w.ctx, []string{e.ID, price.ID, w.app.ID, other.ID, e.ID})
		require.NoError(t, err)
		require.Len(t, of, 3)
		require.Equal(t, []string{"下单", "PlaceOrder"}, of[e.ID].Synonyms)
		require.Equal(t, "dwd.orders", of[e.ID].WarehouseTable)
		require.Equal(t, map[string]string{price.ID: "price_cny"}, of[e.ID].PropertyColumns)
		require.Empty(t, of[e.ID].Consumers)
		require.Equal(t, w.user.ID, of[e.ID].UpdatedByID)
		require.Equal(t, "price", of[price.ID].WarehouseColumn)

		// Synonyms are names to the search, also after an edit of the event itself.
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Description: new("用户提交订单")})
		require.NoError(t, err)
		for text, want := range map[string]string{"下单": "order_create", "xiadan": "order_create", "place_order": "order_create", "jine": "price", "电商": "shop"} {
			require.Equal(t, []string{want}, w.found(catalog.SearchQuery{Text: text}), text)
		}
		p, err := w.catalog.Search(w.ctx, catalog.SearchQuery{Text: "下单"})
		require.NoError(t, err)
		matches, err := p.Matches(0)
		require.NoError(t, err)
		require.Equal(t, "SYNONYM", matches[0].Field)

		require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}))
		require.Empty(t, w.found(catalog.SearchQuery{Text: "下单"}))
	})
}

func TestDictionaryRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		price := w.newProperty(nil, "price", text())
		e := w.newEvent(w.newBatch(w.app), "order_create")
		_, err := w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{
			ID: e.ID, Synonyms: []string{"a", "", "a"}, WarehouseColumn: new("c"),
			Consumers: []plan.Consumer{{Kind: "ROBOT", Name: "", Link: "javascript:1"}},
		})
		requireFields(t, err, "input.consumers[0].kind unknown_kind", "input.consumers[0].link bad_url",
			"input.consumers[0].name required", "input.synonyms[1] required", "input.synonyms[2] duplicate", "input.warehouseColumn not_applicable")
		_, err = w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{
			ID: e.ID, Columns: []catalog.WarehouseColumnInput{{PropertyID: price.ID, Column: "c"}},
		})
		requireFields(t, err, "input.columns[0].propertyId unknown_property")
		_, err = w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{ID: w.app.ID, WarehouseTable: new("t"), Consumers: []plan.Consumer{}})
		requireFields(t, err, "input.consumers not_applicable", "input.warehouseTable not_applicable")
		for _, role := range []auth.Role{auth.Viewer, auth.Requester, auth.Reviewer} {
			_, err = w.catalog.UpdateDictionary(w.in(w.app, role), catalog.UpdateDictionaryInput{ID: e.ID})
			requireFault(t, err, fault.Forbidden, "role_missing")
		}
		_, err = w.catalog.UpdateDictionary(w.in(w.app, auth.Admin), catalog.UpdateDictionaryInput{ID: price.ID, Synonyms: []string{"x"}})
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.UpdateDictionary(w.in(w.newApp("other"), auth.Admin), catalog.UpdateDictionaryInput{ID: e.ID})
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{ID: "bat_1"})
		requireFault(t, err, fault.NotFound, "not_found")
	})
}

func titles(rows []*ent.DataIncident) (list []string) {
	for _, r := range rows {
		list = append(list, r.Title)
	}
	return list
}

func TestDataIncidents(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		in := tracked(w.newBatch(w.app), "phones")
		in.Terminals = []string{"ios", "android"}
		phones, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		everywhere := w.newEvent(w.newBatch(w.app), "everywhere")
		price := w.newProperty(nil, "price", text())
		start := time.Date(2026, 11, 1, 0, 0, 0, 123456789, time.FixedZone("CST", 8*3600))
		note := func(day int, in catalog.CreateDataIncidentInput) *ent.DataIncident {
			in.StartedAt = start.AddDate(0, 0, day)
			row, err := w.catalog.CreateDataIncident(w.in(w.app, auth.Tester), in)
			require.NoError(t, err)
			return row
		}
		web := note(1, catalog.CreateDataIncidentInput{App: &w.app.Key, Title: "web only", Terminals: []string{"web"}})
		all := note(2, catalog.CreateDataIncidentInput{App: &w.app.Key, Title: "all", FromVersion: "8.1", ToVersion: "8.10"})
		own := note(3, catalog.CreateDataIncidentInput{EventID: &phones.ID, Title: "重复上报", Description: "iOS 重试", Treatment: "按 message_id 去重"})
		_, err = w.catalog.CreateDataIncident(w.ctx, catalog.CreateDataIncidentInput{PropertyID: &price.ID, Title: "wrong unit", StartedAt: start})
		require.NoError(t, err)
		require.Equal(t, start.AddDate(0, 0, 3).UTC().Truncate(time.Microsecond), own.StartedAt.UTC())

		of, err := w.catalog.IncidentsOfEvents(w.in(w.app, auth.Viewer), []*ent.Event{phones, everywhere})
		require.NoError(t, err)
		require.Equal(t, []string{"重复上报", "all"}, titles(of[phones.ID]))
		require.Equal(t, []string{"all", "web only"}, titles(of[everywhere.ID]))
		ofApps, err := w.catalog.IncidentsOfApps(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		require.Equal(t, []string{"重复上报", "all", "web only"}, titles(ofApps[w.app.ID]))
		ofProperties, err := w.catalog.IncidentsOfProperties(w.ctx, []string{price.ID})
		require.NoError(t, err)
		require.Equal(t, []string{"wrong unit"}, titles(ofProperties[price.ID]))

		found := func(text string) []string {
			p, err := w.catalog.Search(w.ctx, catalog.SearchQuery{Text: text, Types: []string{catalog.IndexedIncident}})
			require.NoError(t, err)
			var list []*ent.DataIncident
			for _, r := range p.Rows {
				i, ok := r.(*ent.DataIncident)
				require.True(t, ok)
				list = append(list, i)
			}
			return titles(list)
		}
		require.Equal(t, []string{"重复上报"}, found("去重"))

		end := start.AddDate(0, 1, 0)
		changed, err := w.catalog.UpdateDataIncident(w.in(w.app, auth.Developer), catalog.UpdateDataIncidentInput{
			ID: own.ID, Title: new("漏报"), EndedAt: &end, Terminals: []string{"ios"},
		})
		require.NoError(t, err)
		require.Equal(t, "漏报", changed.Title)
		require.Equal(t, end.UTC().Truncate(time.Microsecond), changed.EndedAt.UTC())
		require.Equal(t, "按 message_id 去重", changed.Treatment)
		require.Empty(t, found("重复"))
		require.Equal(t, []string{"漏报"}, found("loubao"))
		changed, err = w.catalog.UpdateDataIncident(w.ctx, catalog.UpdateDataIncidentInput{ID: own.ID, Lasts: new(true)})
		require.NoError(t, err)
		require.Nil(t, changed.EndedAt)

		// What is not visible is not found.
		stranger := w.in(w.newApp("other"), auth.Viewer)
		rows, err := w.catalog.IncidentsByID(stranger, []string{web.ID, all.ID, own.ID})
		require.NoError(t, err)
		require.Empty(t, rows)

		require.NoError(t, w.catalog.DeleteDataIncident(w.ctx, catalog.DeleteInput{ID: web.ID}))
		require.Empty(t, found("web only"))
		require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: phones.ID}))
		require.Empty(t, found("漏报"))
	})
}

func TestDataIncidentRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		e := w.newEvent(w.newBatch(w.app), "e")
		price := w.newProperty(nil, "price", text())
		now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		create := func(in catalog.CreateDataIncidentInput) error {
			in.StartedAt = now
			_, err := w.catalog.CreateDataIncident(w.ctx, in)
			return err
		}
		requireFields(t, create(catalog.CreateDataIncidentInput{Title: "x"}), "input one_of")
		requireFields(t, create(catalog.CreateDataIncidentInput{Title: "x", App: &w.app.Key, EventID: &e.ID}), "input one_of")
		requireFields(t, create(catalog.CreateDataIncidentInput{App: &w.app.Key, EndedAt: new(now.Add(-1)), FromVersion: "8.10", ToVersion: "8.2"}),
			"input.endedAt out_of_order", "input.title required", "input.toVersion out_of_order")
		requireFields(t, create(catalog.CreateDataIncidentInput{Title: "x", App: &w.app.Key, Terminals: []string{"ios", "tv"}}), "input.terminals[1] unknown_terminal")
		requireFields(t, create(catalog.CreateDataIncidentInput{Title: "x", PropertyID: &price.ID, Terminals: []string{"ios"}}), "input.terminals[0] unknown_terminal")
		requireFault(t, create(catalog.CreateDataIncidentInput{Title: "x", EventID: new("evt_none")}), fault.NotFound, "not_found")
		_, err := w.catalog.CreateDataIncident(w.in(w.app, auth.Viewer), catalog.CreateDataIncidentInput{Title: "x", EventID: &e.ID, StartedAt: now})
		requireFault(t, err, fault.Forbidden, "role_missing")
		_, err = w.catalog.CreateDataIncident(w.in(w.app, auth.Editor), catalog.CreateDataIncidentInput{Title: "x", PropertyID: &price.ID, StartedAt: now})
		requireFault(t, err, fault.Forbidden, "role_missing")

		row, err := w.catalog.CreateDataIncident(w.ctx, catalog.CreateDataIncidentInput{Title: "x", EventID: &e.ID, StartedAt: now})
		require.NoError(t, err)
		_, err = w.catalog.UpdateDataIncident(w.ctx, catalog.UpdateDataIncidentInput{ID: row.ID, StartedAt: new(now.Add(2)), EndedAt: new(now.Add(1)), Title: new("")})
		requireFields(t, err, "input.endedAt out_of_order", "input.title required")
		_, err = w.catalog.UpdateDataIncident(w.in(w.app, auth.Reviewer), catalog.UpdateDataIncidentInput{ID: row.ID})
		requireFault(t, err, fault.Forbidden, "role_missing")
		requireFault(t, w.catalog.DeleteDataIncident(w.in(w.newApp("other"), auth.Admin), catalog.DeleteInput{ID: row.ID}), fault.NotFound, "not_found")
	})
}
