package acceptance

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/waymarkhq/waymark/internal/coverage"
)

// Workbook writes a report as a workbook (xlsx): a summary, and a sheet each of events, properties, marks, devices, evidence
// and unplanned names. Every text is a text, never a formula.
func Workbook(r *Report) ([]byte, error) {
	w := &workbook{file: excelize.NewFile()}
	defer func() { _ = w.file.Close() }() // nothing of it is on disk
	w.sheet("验收结论 Summary", []float64{28, 60}, summary(r))
	w.sheet("事件 Events", []float64{28, 28, 12, 14, 10, 10, 10, 16, 20, 20}, events(r))
	w.sheet("属性 Properties", []float64{28, 12, 28, 10, 14, 10, 10, 40}, properties(r))
	w.sheet("标记与豁免 Marks", []float64{28, 24, 12, 12, 50, 16, 20, 20, 20}, marks(r))
	w.sheet("设备 Devices", []float64{12, 8, 12, 24, 16, 16, 24, 20, 20, 10, 10, 10}, devices(r))
	w.sheet("样本 Evidence", []float64{28, 12, 20, 12, 60, 60}, evidence(r))
	w.sheet("未定义 Unplanned", []float64{40, 10}, unplanned(r))
	w.do(w.file.DeleteSheet("Sheet1"))
	if w.err != nil {
		return nil, fmt.Errorf("write a workbook: %w", w.err)
	}
	var b bytes.Buffer
	if err := w.file.Write(&b); err != nil {
		return nil, fmt.Errorf("write a workbook: %w", err)
	}
	return b.Bytes(), nil
}

// workbook keeps the first error.
type workbook struct {
	file *excelize.File
	err  error
}

func (w *workbook) do(err error) {
	if w.err == nil {
		w.err = err
	}
}

// sheet adds a sheet whose first row is its head.
func (w *workbook) sheet(name string, widths []float64, rows [][]any) {
	if w.err != nil {
		return
	}
	_, err := w.file.NewSheet(name)
	w.do(err)
	out, err := w.file.NewStreamWriter(name)
	w.do(err)
	if w.err != nil {
		return
	}
	for i, width := range widths {
		w.do(out.SetColWidth(i+1, i+1, width))
	}
	bold, err := w.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	w.do(err)
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		w.do(err)
		var options []excelize.RowOpts
		if i == 0 {
			options = append(options, excelize.RowOpts{StyleID: bold})
		}
		w.do(out.SetRow(cell, row, options...))
	}
	w.do(out.Flush())
}

func summary(r *Report) [][]any {
	rows := [][]any{
		{"验收报告 Acceptance report", r.App.Name + " (" + r.App.Key + ")"},
	}
	if r.Batch != nil {
		rows = append(rows, []any{"需求 Batch", r.Batch.Number + " " + r.Batch.Title})
	}
	rows = append(rows,
		[]any{"验收人 Signed by", r.SignedBy.Name},
		[]any{"时间 Signed at", when(&r.SignedAt)},
		[]any{"备注 Note", r.Note},
		[]any{"应验 Required", r.Totals.Required},
		[]any{"已验 Covered", r.Totals.Covered},
		[]any{"失败 Failed", r.Totals.Failed},
		[]any{"未验 Open", r.Totals.Open},
	)
	for _, b := range r.Builds {
		rows = append(rows, []any{"版本 Builds " + b.Terminal, strings.Join(b.Builds, ", ")})
	}
	return rows
}

func events(r *Report) [][]any {
	rows := [][]any{{
		"事件 Event", "名称 Label", "终端 Terminal", "状态 State", "正确 Valid", "错误 Invalid", "多报 Repeats", "单步最多 Most in a step",
		"版本 Build", "最近上报 Seen at",
	}}
	for i := range r.Cells {
		c := &r.Cells[i]
		state := string(c.State)
		if c.ShouldNotFire && c.State == coverage.NotSeen {
			state += " (不应上报 must not come)"
		}
		rows = append(rows, []any{c.Event, c.Label, c.Terminal, state, c.Valid, c.Invalid, c.Repeats, c.MostInStep, c.Build, when(c.SeenAt)})
	}
	return rows
}

func properties(r *Report) [][]any {
	rows := [][]any{{
		"事件 Event", "终端 Terminal", "属性 Property", "必填 Required", "状态 State", "正确 Valid", "错误 Invalid", "必测值 Values to be seen",
	}}
	for i := range r.Cells {
		c := &r.Cells[i]
		for _, p := range c.Properties {
			var values []string
			for _, v := range p.MustTest {
				sign := "✗"
				if v.Seen {
					sign = "✓"
				}
				values = append(values, sign+" "+v.Value)
			}
			rows = append(rows, []any{c.Event, c.Terminal, p.Name, p.Required, string(p.State), p.Valid, p.Invalid, strings.Join(values, ", ")})
		}
	}
	return rows
}

func marks(r *Report) [][]any {
	rows := [][]any{{
		"事件 Event", "属性 Property", "终端 Terminal", "标记 Mark", "说明 Note", "版本 Build", "有效至 Expires", "标记人 By", "时间 At",
	}}
	for i := range r.Marks {
		m := &r.Marks[i]
		rows = append(rows, []any{m.Event, m.Property, m.Terminal, string(m.Kind), m.Note, m.Build, when(m.ExpiresAt), m.By.Name, when(&m.At)})
	}
	return rows
}

func devices(r *Report) [][]any {
	rows := [][]any{{
		"会话 Session", "编号 Number", "终端 Terminal", "机型 Model", "系统 OS", "版本 App", "SDK", "首次 First seen", "最近 Last seen",
		"正确 Valid", "错误 Invalid", "未定义 Unplanned",
	}}
	for i := range r.Sessions {
		s := &r.Sessions[i]
		for j := range s.Devices {
			d := &s.Devices[j]
			rows = append(rows, []any{
				s.Code, d.Number, d.Terminal, d.Model, d.OS, coverage.Build{Version: d.AppVersion, Build: d.AppBuild}.String(), d.Library,
				when(&d.FirstSeenAt), when(&d.LastSeenAt), d.Valid, d.Invalid, d.Unplanned,
			})
		}
	}
	return rows
}

func evidence(r *Report) [][]any {
	rows := [][]any{{"事件 Event", "终端 Terminal", "时间 Received at", "结论 Verdict", "问题 Violations", "链接 Address"}}
	for i := range r.Evidence {
		e := &r.Evidence[i]
		var wrong []string
		for _, v := range e.Violations {
			wrong = append(wrong, strings.TrimSpace(v.Code+" "+v.Property))
		}
		rows = append(rows, []any{e.Event, e.Terminal, when(&e.ReceivedAt), e.Verdict, strings.Join(wrong, ", "), e.URL})
	}
	return rows
}

func unplanned(r *Report) [][]any {
	rows := [][]any{{"事件名 Name", "次数 Count"}}
	for _, u := range r.Unplanned {
		rows = append(rows, []any{u.Name, u.Count})
	}
	return rows
}

// when writes a time for people, in UTC; empty for none.
func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
