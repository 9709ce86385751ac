package acceptance_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/coverage"
)

func TestWorkbook(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	body, err := acceptance.Workbook(&acceptance.Report{
		App: acceptance.Named{Key: "shop", Name: "Shop"}, Batch: &acceptance.ReportBatch{Number: "SHOP-0001", Title: "=1+1"},
		SignedBy: acceptance.Named{Name: "Li"}, SignedAt: at, Totals: acceptance.ReportTotals{Required: 3, Covered: 3},
		Builds: []acceptance.ReportBuild{{Terminal: "ios", Builds: []string{"8.6.0 (801)", "8.6.0 (802)"}}},
		Cells: []acceptance.ReportCell{{
			Event: "order_paid", Label: "支付", Terminal: "ios", State: coverage.Valid, Valid: 2, Build: "8.6.0 (802)", SeenAt: &at,
			Properties: []acceptance.ReportProperty{{
				Name: "pay_type", Required: true, State: coverage.Waived, MustTest: []acceptance.ReportValue{{Value: "1", Seen: true}, {Value: "2"}},
			}},
		}, {Event: "order_gone", Terminal: "ios", ShouldNotFire: true, State: coverage.NotSeen}},
		Marks:     []acceptance.ReportMark{{Event: "order_paid", Terminal: "ios", Kind: coverage.MarkWaived, Note: "later", By: acceptance.Named{Name: "Li"}, At: at}},
		Sessions:  []acceptance.ReportSession{{Code: "ABCD2345", Devices: []acceptance.ReportDevice{{Number: 1, Terminal: "ios", Model: "iPhone", FirstSeenAt: at, LastSeenAt: at}}}},
		Evidence:  []acceptance.ReportEvidence{{Event: "order_paid", Terminal: "ios", ReceivedAt: at, Verdict: "INVALID", Violations: []acceptance.ReportViolation{{Code: "type_mismatch", Property: "price"}}, URL: "https://x/e"}},
		Unplanned: []acceptance.ReportCount{{Name: "=HYPERLINK()", Count: 2}},
	})
	require.NoError(t, err)
	book, err := excelize.OpenReader(bytes.NewReader(body))
	require.NoError(t, err)
	defer func() { require.NoError(t, book.Close()) }()
	sheets := book.GetSheetList()
	require.Len(t, sheets, 7)
	rows := map[string][][]string{}
	for _, s := range sheets {
		rows[s], err = book.GetRows(s)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"需求 Batch", "SHOP-0001 =1+1"}, rows[sheets[0]][1])
	require.Equal(t, []string{"order_paid", "支付", "ios", "VALID", "2", "0", "0", "0", "8.6.0 (802)", "2026-11-24 09:00:00Z"}, rows[sheets[1]][1])
	require.Equal(t, "NOT_SEEN (不应上报 must not come)", rows[sheets[1]][2][3])
	require.Equal(t, []string{"order_paid", "ios", "pay_type", "TRUE", "WAIVED", "0", "0", "✓ 1, ✗ 2"}, rows[sheets[2]][1])
	require.Equal(t, "later", rows[sheets[3]][1][4])
	require.Equal(t, "iPhone", rows[sheets[4]][1][3])
	require.Equal(t, "type_mismatch price", rows[sheets[5]][1][4])
	require.Equal(t, []string{"=HYPERLINK()", "2"}, rows[sheets[6]][1])
	formula, err := book.GetCellFormula(sheets[6], "A2")
	require.NoError(t, err)
	require.Empty(t, formula, "a text stays a text")
}
