package plan_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/plan"
)

var update = flag.Bool("update", false, "write docs/states.md")

func TestStatesPageIsUpToDate(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "states.md")
	page := statesPage()
	if *update {
		require.NoError(t, os.WriteFile(path, page, 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(page), string(written), "run: go test ./internal/plan -run StatesPage -update")
}

func statesPage() []byte {
	var b bytes.Buffer
	b.WriteString("# States, moves and guards 状态与流转\n\n" +
		"<!-- Made from internal/plan by: go test ./internal/plan -run StatesPage -update -->\n\n" +
		"A batch is reviewed as a whole; once it is approved, each of its items is delivered on each of its terminals. A batch\n" +
		"shows its review state until approval, and then its least advanced delivery. What was moved or dropped does not count.\n" +
		"An administrator may make every move; a bot makes them with its roles, as people do.\n")
	section(&b, plan.OfReview, "Review of a batch 需求评审")
	section(&b, plan.OfDelivery, "Delivery of an item on a terminal 需求项交付")
	writeEffects(&b)
	writeChoices(&b)
	writeGuards(&b)
	return b.Bytes()
}

func section(b *bytes.Buffer, of plan.Subject, title string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	diagram(b, of)
	b.WriteString("\n| state | 中文 | what it means |\n|---|---|---|\n")
	for _, s := range plan.States {
		if s.Of == of {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", s.State, s.TextZH, s.Doc)
		}
	}
	b.WriteString("\n| move | 中文 | from | to | who | needs | guards | does |\n|---|---|---|---|---|---|---|---|\n")
	for i := range plan.AllMoves {
		if m := &plan.AllMoves[i]; m.Of == of {
			fmt.Fprintf(b, "| `%s`%s | %s | %s | `%s` | %s | %s | %s | %s |\n", m.ID, where(m), m.TextZH, code(m.From, ", "), m.To,
				who(m), needs(m), guards(m), code(m.Effects, ", "))
		}
	}
}

// diagram draws the moves as a state diagram; those between the same states share an arrow.
func diagram(b *bytes.Buffer, of plan.Subject) {
	b.WriteString("```mermaid\nstateDiagram-v2\n")
	begin := map[plan.Subject]string{plan.OfReview: string(plan.BatchDraft), plan.OfDelivery: string(plan.DeliveryInDevelopment)}[of]
	fmt.Fprintf(b, "  [*] --> %s\n", begin)
	var arrows []string
	ids := map[string][]string{}
	for i := range plan.AllMoves {
		m := &plan.AllMoves[i]
		for _, from := range m.From {
			if m.Of != of {
				continue
			}
			arrow := from + " --> " + m.To
			if ids[arrow] == nil {
				arrows = append(arrows, arrow)
			}
			ids[arrow] = append(ids[arrow], m.ID)
		}
	}
	for _, arrow := range arrows {
		fmt.Fprintf(b, "  %s: %s\n", arrow, strings.Join(ids[arrow], ", "))
	}
	for _, s := range plan.States {
		if s.Of == of && s.Final {
			fmt.Fprintf(b, "  %s --> [*]\n", s.State)
		}
	}
	b.WriteString("```\n")
}

// where says for which batches and templates a move exists.
func where(m *plan.Move) string {
	var list []string
	if len(m.Types) > 0 {
		list = append(list, code(m.Types, ", "))
	}
	if len(m.Templates) > 0 {
		list = append(list, "template "+code(m.Templates, ", "))
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, "; ") + ")"
}

func who(m *plan.Move) string {
	var list []string
	for _, role := range m.Roles {
		text := "`" + role + "`"
		for _, own := range m.OwnOnly {
			if own == role {
				text += " (own)"
			}
		}
		list = append(list, text)
	}
	for _, tpl := range plan.Templates() {
		if roles := m.RolesIn[tpl]; len(roles) > 0 {
			list = append(list, fmt.Sprintf("%s under `%s`", code(roles, ", "), tpl))
		}
	}
	if m.Grant != "" {
		list = append(list, fmt.Sprintf("or whom the app grants `%s`", m.Grant))
	}
	return strings.Join(list, ", ")
}

func needs(m *plan.Move) string {
	var list []string
	if len(m.Needs) > 0 {
		list = append(list, code(m.Needs, ", "))
	}
	if len(m.Takes) > 0 {
		list = append(list, "perhaps "+code(m.Takes, ", "))
	}
	return strings.Join(list, "; ")
}

// guards links to the rules of a move; those about names are named once.
func guards(m *plan.Move) string {
	var list []string
	for _, g := range m.Guards {
		name := g
		if strings.HasPrefix(g, "naming_") {
			name = "naming_…"
		}
		if link := fmt.Sprintf("[`%s`](#%s)", name, g); !slices.ContainsFunc(list, func(l string) bool { return strings.HasPrefix(l, "[`"+name+"`]") }) {
			list = append(list, link)
		}
	}
	return strings.Join(list, ", ")
}

func code[T ~string](list []T, separator string) string {
	var quoted []string
	for _, s := range list {
		quoted = append(quoted, "`"+string(s)+"`")
	}
	return strings.Join(quoted, separator)
}

// about says what the types and templates are for; what they do is in the tables of moves and guards.
var about = []struct{ name, zh, text string }{
	{string(plan.BatchNormal), "常规需求", "From a requirement through review, development and test to production."},
	{string(plan.BatchHotfix), "紧急修复", "Goes ahead with a reason; its review is owed within 3 working days, and counted."},
	{string(plan.BatchBaseline), "基线导入", "Brings in what already exists; it is online at once."},
	{string(plan.BatchOffline), "下线", "Takes events out, from an app version on; what still reports them is judged unplanned."},
	{string(plan.TemplateLight), "轻量", "An editor may approve and publish alone."},
	{string(plan.TemplateStandard), "标准", "Who edited last does not approve."},
	{string(plan.TemplateStrict), "严格", "What is accepted was signed off, and what goes online was also accepted by somebody else than who handed it over."},
}

// writeChoices lists the types of batches and the templates of apps, with the moves and guards that not all of them have.
func writeChoices(b *bytes.Buffer) {
	b.WriteString("\n## Types of batches, templates of apps 需求类型与流程模板\n\n" +
		"Each batch has a type, each app a template. The moves and guards are those that not all have.\n\n" +
		"| | 中文 | what it is | moves | guards |\n|---|---|---|---|---|\n")
	for _, c := range about {
		var moves, rules []string
		for i := range plan.AllMoves {
			m := &plan.AllMoves[i]
			if slices.Contains(m.Types, plan.BatchType(c.name)) || slices.Contains(m.Templates, plan.Template(c.name)) {
				moves = append(moves, m.ID)
			}
		}
		for i := range plan.Guards {
			if slices.Contains(plan.Guards[i].Templates, plan.Template(c.name)) {
				rules = append(rules, plan.Guards[i].ID)
			}
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", c.name, c.zh, c.text, code(moves, ", "), code(rules, ", "))
	}
}

// does says what the effects of moves are.
var does = []struct {
	effect plan.Effect
	text   string
}{
	{plan.EffectApprove, "what the batch defines goes onto the lines of its events; the review is approved from then on"},
	{plan.EffectOpenItems, "each item is open on each of its terminals"},
	{plan.EffectPublishTest, "a release of the test environment"},
	{plan.EffectPublishProduction, "a release of production, from an app version on"},
	{plan.EffectTakeBack, "what was approved and published to test is taken back"},
	{plan.EffectCloseItems, "deliveries that are still open are dropped"},
	{plan.EffectOweReview, "a review has to follow"},
	{plan.EffectSettleReview, "the review that was owed is given"},
}

func writeEffects(b *bytes.Buffer) {
	b.WriteString("\n## What moves do 流转的效果\n\n| | |\n|---|---|\n")
	for _, d := range does {
		fmt.Fprintf(b, "| `%s` | %s |\n", d.effect, d.text)
	}
}

func TestEveryEffectIsExplained(t *testing.T) {
	t.Parallel()
	explained := map[plan.Effect]bool{}
	for _, d := range does {
		explained[d.effect] = true
	}
	for i := range plan.AllMoves {
		for _, e := range plan.AllMoves[i].Effects {
			require.True(t, explained[e], e)
		}
	}
}

// writeGuards lists the rules that bar moves.
func writeGuards(b *bytes.Buffer) {
	b.WriteString("\n## Guards 流转规则\n\n" +
		"A refused move names the rule that refuses it and what lifts it. An *error* bars the move, a *warning* is only told.\n" +
		"Names and completeness are set for each app; of what a batch does not change these rules only warn.\n")
	for i := range plan.Guards {
		g := &plan.Guards[i]
		severity := strings.ToLower(string(g.Severity))
		if g.OldStock {
			severity += ", a warning on old stock"
		}
		if len(g.Templates) > 0 {
			severity += ", under " + code(g.Templates, ", ")
		}
		fmt.Fprintf(b, "\n### %s\n\n%s · %s %s\n\n%s %s\n\nFor example: %s.\n", g.ID, severity, g.Text, g.TextZH, g.Lift, g.LiftZH,
			strings.Join(g.Examples, "; "))
	}
}
