package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Devices are simulated phones, browsers and mini programs. Each reports a payload every few seconds; about one record in
// twelve has something wrong with it, as in real life.
type Devices struct {
	// URL is the server that they report to.
	URL string
	// Client sends; Now is the clock; Logger hears, once, when the server cannot be reached.
	Client *http.Client
	Now    func() time.Time
	Logger *slog.Logger
}

// device is one simulated device.
type device struct {
	*Devices
	terminal, key, system, systemVersion, model, library, appVersion string
	id, user                                                         string
	n                                                                int
	rng                                                              *rand.Rand
}

// fleet is what the devices are: terminal, system, its version, model, SDK, app version.
var fleet = [][6]string{
	{"ios", "iOS", "18.1", "iPhone17,2", "analytics-swift", "8.3.0"},
	{"ios", "iOS", "17.6", "iPhone14,5", "analytics-swift", "8.1.2"},
	{"android", "Android", "15", "Xiaomi 2312DRA50C", "analytics-kotlin", "8.3.0"},
	{"android", "Android", "12", "HUAWEI ELS-AN00", "analytics-kotlin", "7.9.4"},
	{"web", "", "", "", "analytics.js", "2.5.0"},
	{"mini", "", "", "", "analytics-miniprogram", "5.4.0"},
}

// Run reports until ctx ends.
func (d *Devices) Run(ctx context.Context) error {
	var g errgroup.Group
	for i, f := range fleet {
		for _, key := range []string{TestKey, ProductionKey} {
			seed := uint64(i)*2 + uint64(len(key))
			dev := &device{
				Devices: d, key: key, terminal: f[0], system: f[1], systemVersion: f[2], model: f[3], library: f[4], appVersion: f[5],
				id: fmt.Sprintf("dev-%s-%02d", f[0], i), user: fmt.Sprintf("user_%d", 1000+i), rng: rand.New(rand.NewPCG(seed, 2026)),
			}
			g.Go(func() error { dev.run(ctx); return nil })
		}
	}
	return g.Wait()
}

func (d *device) run(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(700+d.rng.IntN(2300)) * time.Millisecond):
		}
		err := d.report(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "a demo device cannot report", "device", d.id, "error", err)
		}
		failing = err != nil
	}
}

// report sends one payload in Segment's format.
func (d *device) report(ctx context.Context) error {
	records := make([]map[string]any, 1+d.rng.IntN(4))
	for i := range records {
		records[i] = d.record()
	}
	body, err := json.Marshal(map[string]any{"batch": records, "sentAt": d.Now().UTC().Format(time.RFC3339Nano)})
	if err != nil {
		return fmt.Errorf("encode payload: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+"/v1/batch", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.SetBasicAuth(d.key, "")
	req.Header.Set("Content-Type", "application/json")
	resp, err := d.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s", resp.Status)
	}
	return nil
}

// record makes one record of a random planned event of the device's terminal.
func (d *device) record() map[string]any {
	d.n++
	context := map[string]any{
		"app": map[string]any{"name": "演示商城", "version": d.appVersion}, "device": map[string]any{"id": d.id, "model": d.model},
		"library": map[string]any{"name": d.library, "version": "1.0.0"}, "locale": "zh-CN", "timezone": "Asia/Shanghai",
	}
	if d.system != "" {
		context["os"] = map[string]any{"name": d.system, "version": d.systemVersion}
	}
	r := map[string]any{
		"messageId": fmt.Sprintf("%s-%d-%d", d.id, d.Now().UnixNano(), d.n), "anonymousId": "anon-" + d.id, "userId": d.user,
		"timestamp": d.Now().UTC().Format(time.RFC3339Nano), "context": context,
	}
	e := d.pick()
	if e.kind == plan.KindUserProfile {
		r["type"], r["traits"] = "identify", d.values(e)
		return r
	}
	r["type"], r["event"], r["properties"] = "track", wireName(e), d.values(e)
	if d.rng.IntN(12) == 0 {
		d.spoil(r)
	}
	return r
}

// pick chooses an event that is planned on the device's terminal.
func (d *device) pick() event {
	for {
		b := batches[d.rng.IntN(len(batches))]
		e := b.events[d.rng.IntN(len(b.events))]
		if e.kind != plan.KindCommon && (len(e.terminals) == 0 || strings.Contains(strings.Join(e.terminals, " "), d.terminal)) {
			return e
		}
	}
}

func wireName(e event) string {
	if e.wireName != "" {
		return e.wireName
	}
	return e.key
}

// values makes properties that keep the plan, the common ones included.
func (d *device) values(e event) map[string]any {
	values := map[string]any{}
	for _, u := range e.properties {
		if (u.optional && d.rng.IntN(2) == 0) || strings.Contains(strings.Join(u.absentOn, " "), d.terminal) {
			continue
		}
		values[u.key] = d.value(u.key)
	}
	for _, m := range e.match {
		values[m.Property] = m.Value
	}
	if e.kind != plan.KindUserProfile {
		values["is_login"], values["session_seq"], values["channel"] = true, d.n, "demo"
	}
	return values
}

// value makes a value that a property allows: its example, or a variation of it.
func (d *device) value(key string) any {
	p := known[key]
	switch {
	case key == "payment_method":
		return payMethodValues[d.rng.IntN(len(payMethodValues))].Value
	case p.typ.Base == plan.TypeEnum:
		return p.typ.Values[d.rng.IntN(len(p.typ.Values))].Value
	case p.typ.Base == plan.TypeInteger && p.typ.Maximum == "":
		return d.rng.IntN(500)
	case key == "goods_id":
		return fmt.Sprintf("SKU%05d", d.rng.IntN(90000))
	case key == "goods_name":
		return goodsNames[d.rng.IntN(len(goodsNames))]
	}
	if p.typ.Base == plan.TypeString || p.typ.Base == plan.TypeDate || p.typ.Base == plan.TypeDatetime {
		return p.example
	}
	return json.RawMessage(p.example)
}

var goodsNames = []string{"苹果手机 15 Pro", "无线蓝牙耳机", "防晒霜 SPF50+ 🌞", "儿童画笔 24 色", "山野露营帐篷", "手冲咖啡壶"}

// known is every property of the plan by its key.
var known = func() map[string]property {
	m := map[string]property{}
	for _, b := range batches {
		for _, p := range b.properties {
			m[p.key] = p
		}
	}
	return m
}()

// spoil makes the mistakes that real apps make.
func (d *device) spoil(r map[string]any) {
	values, _ := r["properties"].(map[string]any)
	name, _ := r["event"].(string)
	switch d.rng.IntN(6) {
	case 0:
		r["event"] = name + "_v2"
	case 1:
		r["event"] = strings.ToUpper(name[:1]) + name[1:]
	case 2:
		delete(values, "is_login")
	case 3:
		values["is_login"] = "true"
	case 4:
		for key := range values {
			if known[key].typ.Base == plan.TypeString {
				values[key] = "undefined"
				return
			}
		}
		delete(values, "is_login")
	case 5:
		values["debug_info"] = "build 8801"
	}
}
