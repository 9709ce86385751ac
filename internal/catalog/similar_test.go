package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
)

func TestSimilarNames(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		in := tracked(b, "order_pay")
		in.Name = "支付订单"
		e, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		_, err = w.catalog.UpdateDictionary(w.ctx, catalog.UpdateDictionaryInput{ID: e.ID, Synonyms: []string{"付款"}})
		require.NoError(t, err)
		w.newProperty(nil, "order_id", text())
		w.newProperty(w.app, "orderPay", text())
		other := w.newApp("other")
		w.newProperty(other, "order_ids", text())

		similar := func(q catalog.SimilarQuery) (list []string) {
			if q.App == nil && q.Type == catalog.IndexedEvent {
				q.App = &w.app.Key
			}
			found, err := w.catalog.SimilarNames(w.ctx, q)
			require.NoError(t, err)
			for _, s := range found {
				require.NotEmpty(t, s.Message())
				list = append(list, s.Code+" "+s.Field+" "+s.Found+" "+s.Text)
			}
			return list
		}
		for key, want := range map[string]string{
			"OrderPay": "SPELLING KEY KEY order_pay", "orders-pay": "WORDS KEY KEY order_pay", "ordre_pay": "TYPING KEY KEY order_pay",
			"zhifudingdan": "SOUND KEY NAME 支付订单",
		} {
			require.Equal(t, []string{want}, similar(catalog.SimilarQuery{Type: catalog.IndexedEvent, Key: &key}), key)
		}
		require.Equal(t, []string{"NAME NAME NAME 支付订单"}, similar(catalog.SimilarQuery{Type: catalog.IndexedEvent, Key: new("other"), Name: new("支付订单")}))
		require.Equal(t, []string{"SYNONYM NAME SYNONYM 付款"}, similar(catalog.SimilarQuery{Type: catalog.IndexedEvent, Name: new("付款")}))
		require.Empty(t, similar(catalog.SimilarQuery{Type: catalog.IndexedEvent, Key: new("order")}))
		require.Empty(t, similar(catalog.SimilarQuery{Type: catalog.IndexedEvent}))

		// In an app and at what is global; for what will be global, everywhere.
		require.Equal(t, []string{"SPELLING KEY KEY order_id"}, similar(catalog.SimilarQuery{App: &w.app.Key, Type: catalog.IndexedProperty, Key: new("orderId")}))
		require.Equal(t, []string{"SPELLING KEY KEY order_id", "WORDS KEY KEY order_ids"}, similar(catalog.SimilarQuery{Type: catalog.IndexedProperty, Key: new("orderId")}))
		found, err := w.catalog.SimilarNames(w.in(w.app, auth.Viewer), catalog.SimilarQuery{Type: catalog.IndexedProperty, Key: new("orderId")})
		require.NoError(t, err)
		require.Len(t, found, 1, "what may not be seen is not told of")

		_, err = w.catalog.SimilarNames(w.ctx, catalog.SimilarQuery{Type: catalog.IndexedEvent, Key: new(" x"), First: new(0)})
		requireFields(t, err, "first out_of_range", "key outer_blank")
		_, err = w.catalog.SimilarNames(w.in(other, auth.Viewer), catalog.SimilarQuery{App: &w.app.Key, Type: catalog.IndexedEvent, Key: new("x")})
		requireFault(t, err, fault.NotFound, "not_found")

		// What was saved anyway is warned of, but not of itself.
		twin, err := w.catalog.CreateEvent(w.ctx, tracked(b, "pay_order"))
		require.NoError(t, err)
		warnings, err := w.catalog.SimilarTo(w.ctx, twin)
		require.NoError(t, err)
		require.Len(t, warnings, 1)
		require.Equal(t, e.ID, warnings[0].Row.NodeID())
		require.Equal(t, "WORDS", warnings[0].Code)
	})
}
