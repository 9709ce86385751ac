// Command bench measures every budget of the design that exists so far, each beside its floor, in one run, and prints a
// table. It runs the benchmarks named in rows with `go test` and the built server for what only a whole process can show.
//
// Figures are CPU time of the process per unit of work, or answers per second with load, server and database on the same
// machine; see docs/performance.md for how each is measured.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figure is one metric of one benchmark, or of a measurement of our own (pkg empty).
type figure struct{ pkg, bench, metric string }

// row is one budget, or what belongs beside one.
type row struct {
	work, budget string
	measured     figure
	// floor is the sum of figures of things that nobody can avoid, or of a peer that does the same.
	floor     []figure
	floorName string
	// scale turns the metric into the budget's unit.
	scale float64
}

// What is measured on the built program.
const (
	cold        = "cold start"
	live        = "commit to live"
	liveAtWorst = "commit to live at worst"
)

var rows = []row{
	{
		work: "one live delivery, 926 bytes, 200 equal subscriptions, µs", budget: "≤ 1.9",
		measured:  figure{"internal/subscription", "BudgetDelivery/equal-200/rate-500", "cpu-µs/delivery"},
		floor:     []figure{{"internal/subscription", "FloorPreparedMessage/equal-200/rate-500", "cpu-µs/delivery"}},
		floorName: "gorilla PreparedMessage", scale: 1,
	},
	{
		work: "the same, all 200 different, µs", budget: "≤ 15",
		measured: figure{"internal/subscription", "BudgetDeliveryDifferent/different-200/rate-100", "cpu-µs/delivery"}, scale: 1,
	},
	{
		work: "one event in, payload of 50, durable, µs", budget: "≤ 3",
		measured:  figure{"internal/collect", "BudgetIngest50/collect", "cpu-µs/event"},
		floor:     ingestFloor("BudgetIngest50"),
		floorName: "HTTP server + publish of the same bytes + one JSON scan", scale: 1,
	},
	{
		work: "one event in, alone in its payload, durable, µs", budget: "≤ 60",
		measured:  figure{"internal/collect", "BudgetIngest1/collect", "cpu-µs/event"},
		floor:     ingestFloor("BudgetIngest1"),
		floorName: "HTTP server + publish of the same bytes + one JSON scan", scale: 1,
	},
	{
		work: "one event in, payload of 50 of Sensors (gzip in base64 in a form), µs", budget: "≤ 3",
		measured: figure{"internal/collect", "Ingest50Formats/sensors-packed", "cpu-µs/event"}, scale: 1,
	},
	{
		work: "one event in, alone in a payload of Sensors, µs", budget: "≤ 60",
		measured: figure{"internal/collect", "Ingest1Formats/sensors-packed", "cpu-µs/event"}, scale: 1,
	},
	{
		work: "the same event through the writer into SQLite, µs", budget: "",
		measured: figure{"internal/collect", "Writer/sqlite", "cpu-µs/event"}, scale: 1,
	},
	{
		work: "of that: counting what was seen of its 12 properties, µs", budget: "≤ 3",
		measured:  figure{"internal/collect", "Figures", "cpu-µs/event"},
		floor:     []figure{{"internal/collect", "BudgetIngest1/floor=parse", "cpu-µs/event"}},
		floorName: "one JSON scan", scale: 1,
	},
	{
		work: "check one event, 12 properties, µs", budget: "≤ 0.4",
		measured:  figure{"internal/check", "BudgetCheck12/flat/waymark", "ns/op"},
		floor:     []figure{{"internal/check", "BudgetCheck12/flat/jsonschema", "ns/op"}},
		floorName: "peer: jsonschema v6", scale: 1e-3,
	},
	{
		work: "tree query, first time, PostgreSQL, per second", budget: "≥ 31",
		measured:  figure{"graph", "BudgetTree/postgres/server", "queries/s"},
		floor:     []figure{{"graph", "BudgetTree/postgres/floor", "queries/s"}},
		floorName: "one SQL with json_agg", scale: 1,
	},
	{
		work: "tree query, first time, SQLite, per second", budget: "",
		measured: figure{"graph", "BudgetTree/sqlite/server", "queries/s"}, scale: 1,
	},
	{
		work: "list query 20 apps × 5 batches, with counts, PostgreSQL, per second", budget: "≥ 1,500",
		measured:  figure{"graph", "BudgetList/postgres/server", "queries/s"},
		floor:     []figure{{"graph", "BudgetList/postgres/floor", "queries/s"}},
		floorName: "one SQL", scale: 1,
	},
	{
		work: "idle WebSocket with one subscription, KB", budget: "≤ 12",
		measured: figure{"internal/subscription", "IdleConnection/equal", "KB/connection"}, scale: 1,
	},
	{work: "cold start to ready, empty, s", budget: "≤ 1", measured: figure{"", cold, "s"}, scale: 1},
	{work: "answer to publish until another node judges by the release, s", budget: "≤ 1", measured: figure{"", live, "s"}, scale: 1},
	{work: "the same, the longest of 20, s", budget: "≤ 1", measured: figure{"", liveAtWorst, "s"}, scale: 1},
}

// ingestFloor is what nobody can avoid who takes events in.
func ingestFloor(bench string) (floor []figure) {
	for _, part := range []string{"http", "publish", "parse"} {
		floor = append(floor, figure{"internal/collect", bench + "/floor=" + part, "cpu-µs/event"})
	}
	return floor
}

func run(ctx context.Context) error {
	found := map[figure]float64{}
	for _, pkg := range packages() {
		fmt.Fprintln(os.Stderr, "bench:", pkg)
		if err := benchmark(ctx, pkg, found); err != nil {
			return fmt.Errorf("%s: %w", pkg, err)
		}
	}
	seconds, err := coldStart(ctx)
	if err != nil {
		return fmt.Errorf("cold start: %w", err)
	}
	found[figure{"", cold, "s"}] = seconds
	fmt.Fprintln(os.Stderr, "bench: commit to live")
	median, longest, err := commitToLive(ctx)
	if err != nil {
		return fmt.Errorf("commit to live: %w", err)
	}
	found[figure{"", live, "s"}], found[figure{"", liveAtWorst, "s"}] = median, longest
	printTable(found)
	return nil
}

// packages are those with benchmarks in rows.
func packages() []string {
	var all []string
	seen := map[string]bool{"": true}
	for _, r := range rows {
		if !seen[r.measured.pkg] {
			seen[r.measured.pkg] = true
			all = append(all, r.measured.pkg)
		}
	}
	return all
}

// benchmark runs the benchmarks of a package that rows name and notes all their metrics.
func benchmark(ctx context.Context, pkg string, found map[figure]float64) error {
	var tops []string
	for _, r := range rows {
		for _, f := range append([]figure{r.measured}, r.floor...) {
			top, _, _ := strings.Cut(f.bench, "/")
			if f.pkg == pkg && top != "" {
				tops = append(tops, top)
			}
		}
	}
	pattern := "^Benchmark(" + strings.Join(tops, "|") + ")$"
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", "2s", "-timeout", "30m", "./"+pkg)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w\n%s", err, out.String())
	}
	parse(pkg, &out, found)
	return nil
}

// parse reads lines of the form “BenchmarkName-2  100  12.3 ns/op  4 B/op”.
func parse(pkg string, out *bytes.Buffer, found map[figure]float64) {
	suffix := "-" + strconv.Itoa(runtime.GOMAXPROCS(0))
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(fields[0], "Benchmark"), suffix)
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				found[figure{pkg, name, fields[i+1]}] = v
			}
		}
	}
}

func printTable(found map[figure]float64) {
	fmt.Println("| work | budget | measured | floor or peer, same run |")
	fmt.Println("|---|---|---|---|")
	for _, r := range rows {
		floor := ""
		if r.floorName != "" {
			floor = value(found, r.scale, r.floor...) + " (" + r.floorName + ")"
		}
		fmt.Printf("| %s | %s | %s | %s |\n", r.work, r.budget, value(found, r.scale, r.measured), floor)
	}
}

func value(found map[figure]float64, scale float64, figures ...figure) string {
	sum := 0.0
	for _, f := range figures {
		v, ok := found[f]
		if !ok {
			return "not measured"
		}
		sum += v
	}
	return strconv.FormatFloat(sum*scale, 'g', 3, 64)
}
