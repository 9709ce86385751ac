package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// The tree of design §8: app → 20 batches → 500 events → 6,000 event properties with their property.
const benchTree = `{ app(key: "shop") { key name batches(first: 20) { nodes { number title
  events(first: 25) { nodes { key name wireName level description
    properties(first: 12) { nodes { presence example property { key name description type { base } } } } } } } } } }`

// benchTreeSQL is its floor: one statement that makes the JSON in the database.
const benchTreeSQL = `SELECT json_build_object('key', a.key, 'name', a.name, 'batches', (
  SELECT json_agg(json_build_object('number', b.number, 'title', b.title, 'events', (
    SELECT json_agg(json_build_object('key', e.key, 'name', e.name, 'wireName', e.wire_name, 'level', e.level,
      'description', e.description, 'properties', (
      SELECT json_agg(json_build_object('presence', ep.presence, 'example', ep.example, 'property',
        json_build_object('key', p.key, 'name', p.name, 'description', p.description, 'type', json_build_object('base', p.base_type)))
        ORDER BY ep.position)
      FROM event_properties ep JOIN properties p ON p.id = ep.property_id WHERE ep.event_id = e.id AND ep.newest))
      ORDER BY e.created_at, e.id) FROM events e WHERE e.batch_id = b.id)) ORDER BY b.created_at DESC, b.id DESC)
  FROM batches b WHERE b.app_id = a.id)) FROM apps a WHERE a.key = 'shop'`

const benchList = `{ apps(first: 20) { totalCount nodes { key name batches(first: 5) { totalCount nodes { number title state } } } } }`

const benchListSQL = `SELECT json_build_object('totalCount', (SELECT count(*) FROM apps), 'nodes', json_agg(json_build_object(
  'key', a.key, 'name', a.name, 'totalCount', (SELECT count(*) FROM batches c WHERE c.app_id = a.id), 'batches', (
    SELECT json_agg(json_build_object('number', b.number, 'title', b.title, 'state', b.state)) FROM (
      SELECT * FROM batches b WHERE b.app_id = a.id ORDER BY created_at DESC, id DESC LIMIT 5) b))))
  FROM (SELECT * FROM apps ORDER BY key LIMIT 20) a`

func BenchmarkBudgetTree(b *testing.B) {
	benchQueries(b, benchTree, benchTreeSQL, func(w *world) { w.seed("shop", 20, 25, 12) })
}

func BenchmarkBudgetList(b *testing.B) {
	benchQueries(b, benchList, benchListSQL, func(w *world) {
		for i := range 20 {
			w.seed(fmt.Sprintf("app%02d", i), 5, 0, 0)
		}
	})
}

// benchQueries measures how often a second four connections get their answer, beside one statement that makes it.
func benchQueries(b *testing.B, document, statement string, seed func(*world)) {
	b.Helper()
	for name, open := range map[string]func() *store.Store{
		"sqlite":   func() *store.Store { return testkit.SQLite(b) },
		"postgres": func() *store.Store { return testkit.OpenStore(b, store.Options{DatabaseURL: testkit.Postgres(b)}) },
	} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(), graph.Limits{})
			seed(w)
			body, err := json.Marshal(map[string]string{"query": document})
			require.NoError(b, err)
			b.Run("server", func(b *testing.B) {
				perSecond(b, func() (int, error) { return w.post(body) })
			})
			if name == "postgres" {
				b.Run("floor", func(b *testing.B) {
					perSecond(b, func() (int, error) { return w.queryRow(b, statement) })
				})
			}
		})
	}
}

func perSecond(b *testing.B, do func() (int, error)) {
	b.Helper()
	var size atomic.Int64
	b.SetParallelism(2) // on 2 cores: 4 connections
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n, err := do()
			if err != nil {
				b.Error(err)
				return
			}
			size.Store(int64(n))
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
	b.ReportMetric(float64(size.Load())/1e3, "KB")
}

// post sends a document and returns the size of the answer.
func (w *world) post(body []byte) (int, error) {
	req, err := http.NewRequest(http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return 0, err
	}
	if bytes.Contains(answer.Bytes()[:min(200, answer.Len())], []byte(`"errors"`)) {
		return 0, fmt.Errorf("the answer has errors: %s", answer.Bytes()[:min(500, answer.Len())])
	}
	return answer.Len(), nil
}

// queryRow runs a statement whose one row is one JSON text, and returns its size.
func (w *world) queryRow(b *testing.B, statement string) (int, error) {
	b.Helper()
	rows, err := w.store.Read().QueryContext(b.Context(), statement)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	var text string
	if !rows.Next() {
		return 0, io.ErrUnexpectedEOF
	}
	if err := rows.Scan(&text); err != nil {
		return 0, err
	}
	return len(text), rows.Err()
}

// seed makes an app of some batches of some events of some properties each.
func (w *world) seed(key string, batches, events, properties int) {
	w.t.Helper()
	ctx := auth.With(w.t.Context(), auth.Operator())
	_, err := w.catalog.CreateApp(ctx, catalog.CreateAppInput{Key: key, Name: "商城 " + key})
	require.NoError(w.t, err)
	var uses []catalog.EventPropertyInput
	for p := range properties {
		name := fmt.Sprintf("property_%02d", p)
		_, err := w.catalog.CreateProperty(ctx, catalog.CreatePropertyInput{
			App: &key, Key: name, Name: "属性 " + name, Description: "说明：业务含义与取值范围", Type: catalog.PropertyTypeInput{Base: plan.TypeString},
			Sensitivity: plan.SensitivityNone,
		})
		require.NoError(w.t, err)
		uses = append(uses, catalog.EventPropertyInput{Key: &name, Presence: plan.PresenceRequired, Example: "示例值"})
	}
	for b := range batches {
		batch, err := w.catalog.CreateBatch(ctx, catalog.CreateBatchInput{App: key, Title: fmt.Sprintf("需求 %d：页面与交易", b)})
		require.NoError(w.t, err)
		for e := range events {
			name := fmt.Sprintf("event_%02d_%02d", b, e)
			_, err := w.catalog.CreateEvent(ctx, catalog.CreateEventInput{
				Batch: batch.Number, Kind: plan.KindTrack, Name: "事件 " + name, WireName: &name, Level: plan.LevelP1,
				Description: "页面曝光后上报，去重规则见需求文档", Properties: uses,
			})
			require.NoError(w.t, err)
		}
	}
}
