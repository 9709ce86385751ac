package catalog_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
)

// png is the beginning of every PNG.
const png = "\x89PNG\r\n\x1a\n"

func upload(name string, content []byte) catalog.Upload {
	return catalog.Upload{Name: name, Content: bytes.NewReader(content)}
}

func (w *world) document(ctx context.Context, b *ent.Batch, name string, content []byte) *ent.File {
	w.t.Helper()
	_, f, err := w.catalog.UploadDocument(ctx, catalog.UploadDocumentInput{Batch: b.Number, File: upload(name, content)})
	require.NoError(w.t, err)
	return f
}

// stored returns how many contents and parts there are.
func (w *world) stored() [2]int {
	w.t.Helper()
	return [2]int{
		w.store.Read().FileContent.Query().CountX(w.t.Context()), w.store.Read().FilePart.Query().CountX(w.t.Context()),
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func TestFilesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		for _, size := range []int{1, catalog.PartSize - 1, catalog.PartSize, 2*catalog.PartSize + 7} {
			want := noise(size)
			f := w.document(w.ctx, b, "数据.bin", want)
			require.Equal(t, size, f.Size)
			require.Equal(t, "数据.bin", f.Title)
			row, content, err := w.catalog.OpenFile(w.ctx, f.ID)
			require.NoError(t, err)
			require.Equal(t, f.ID, row.ID)
			require.NoError(t, iotest.TestReader(content, want))
		}
		require.Equal(t, [2]int{4, 1 + 1 + 1 + 3}, w.stored())
	})
}

func TestEqualFilesAreStoredOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		other := w.newApp("other")
		b, c := w.newBatch(w.app), w.newBatch(other)
		e := w.newEvent(b, "paid")
		picture := append([]byte(png), noise(100)...)
		one, two := w.document(w.ctx, b, "a.png", picture), w.document(w.ctx, c, "b.png", picture)
		_, three, err := w.catalog.AddScreenshot(w.ctx, catalog.AddScreenshotInput{EventID: e.ID, File: upload("c.png", picture), Caption: "付款页"})
		require.NoError(t, err)
		require.Equal(t, "image/png", three.MediaType)
		require.Equal(t, [2]int{1, 1}, w.stored())

		// Each is for those who may read what it belongs to.
		reader := w.in(w.app, auth.Viewer)
		_, _, err = w.catalog.OpenFile(reader, one.ID)
		require.NoError(t, err)
		_, _, err = w.catalog.OpenFile(reader, two.ID)
		requireFault(t, err, fault.NotFound, "not_found")
		_, _, err = w.catalog.OpenFile(t.Context(), one.ID)
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
		_, _, err = w.catalog.OpenFile(w.ctx, three.ContentID)
		requireFault(t, err, fault.NotFound, "not_found")

		copied, err := w.catalog.CopyBatch(w.ctx, catalog.CopyBatchInput{Batch: c.Number})
		require.NoError(t, err)
		papers, err := w.catalog.FilesOfBatches(w.ctx, []string{c.ID, copied.ID})
		require.NoError(t, err)
		require.Len(t, papers[copied.ID], 1, "a copy has the same documents")
		require.Equal(t, two.ContentID, papers[copied.ID][0].ContentID)
		require.NotEqual(t, two.ID, papers[copied.ID][0].ID)
		require.NoError(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: copied.ID}))
		require.Equal(t, [2]int{1, 1}, w.stored())

		requireFault(t, w.catalog.RemoveScreenshot(w.ctx, catalog.DeleteInput{ID: one.ID}), fault.NotFound, "not_found")
		requireFault(t, w.catalog.DeleteDocument(w.ctx, catalog.DeleteInput{ID: three.ID}), fault.NotFound, "not_found")
		require.NoError(t, w.catalog.DeleteDocument(w.ctx, catalog.DeleteInput{ID: one.ID}))
		requireFault(t, w.catalog.DeleteDocument(w.ctx, catalog.DeleteInput{ID: one.ID}), fault.NotFound, "not_found")
		require.NoError(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: c.ID}))
		require.Equal(t, [2]int{1, 1}, w.stored())
		require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}))
		require.Equal(t, [2]int{0, 0}, w.stored(), "what nothing refers to goes")
	})
}

func TestFileRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		e := w.newEvent(b, "paid")
		for want, f := range map[string]catalog.Upload{
			"input.file required":  {},
			"input.file empty":     upload("x", nil),
			"input.file too_large": upload("x", make([]byte, catalog.MaxFile+1)),
			"input.file unreadable": {Content: struct {
				io.Reader
				io.Seeker
			}{iotest.ErrReader(io.ErrClosedPipe), bytes.NewReader(nil)}},
		} {
			_, _, err := w.catalog.UploadDocument(w.ctx, catalog.UploadDocumentInput{Batch: b.Number, File: f})
			requireFields(t, err, want)
		}
		_, _, err := w.catalog.UploadDocument(w.ctx, catalog.UploadDocumentInput{Batch: b.Number, Title: new(" x"), File: upload("x", []byte("x"))})
		requireFields(t, err, "input.title outer_blank")
		for _, content := range []string{"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "<html>", "text", "%PDF-1.7"} {
			_, _, err = w.catalog.AddScreenshot(w.ctx, catalog.AddScreenshotInput{EventID: e.ID, File: upload("x.png", []byte(content))})
			requireFields(t, err, "input.file not_a_picture")
		}
		require.Equal(t, [2]int{0, 0}, w.stored())
		for i := range 30 {
			_, _, err = w.catalog.AddScreenshot(w.ctx, catalog.AddScreenshotInput{EventID: e.ID, File: upload("x.png", []byte(png+string(rune(i))))})
			require.NoError(t, err)
		}
		_, _, err = w.catalog.AddScreenshot(w.ctx, catalog.AddScreenshotInput{EventID: e.ID, File: upload("x.png", []byte(png))})
		requireFields(t, err, "input.file too_many")

		// A requester hands in for the own batch only.
		requester := w.in(w.app, auth.Requester)
		w.document(requester, b, "own.txt", []byte("x"))
		_, stranger := w.member(w.app, "Rita", auth.Requester)
		_, _, err = w.catalog.UploadDocument(stranger, catalog.UploadDocumentInput{Batch: b.Number, File: upload("x", []byte("x"))})
		requireFault(t, err, fault.Forbidden, "role_missing")
	})
}

// TestEqualFilesAtOnce: whoever stores a content and whoever lets the last one go do not get in each other's way.
func TestEqualFilesAtOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		var group errgroup.Group
		for range 4 {
			b := w.newBatch(w.app)
			group.Go(func() error {
				for range 5 {
					_, f, err := w.catalog.UploadDocument(w.ctx, catalog.UploadDocumentInput{Batch: b.Number, File: upload("x", []byte("same"))})
					if err != nil {
						return err
					}
					if err := w.catalog.DeleteDocument(w.ctx, catalog.DeleteInput{ID: f.ID}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
		require.Equal(t, [2]int{0, 0}, w.stored())
	})
}

func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"需求.pdf": "需求.pdf", "../../etc/passwd": "passwd", `C:\papers\prd.docx`: "prd.docx", "": "file", "..": "file", "a\x00b\n.txt": "ab.txt",
		"fdp\u202e.exe": "fdp.exe", " x ": "x", "\xff\xfe": "file", "dir/": "file",
		strings.Repeat("长", 300) + ".pdf": strings.Repeat("长", 196) + ".pdf",
	} {
		require.Equal(t, want, catalog.FileName(said), "%q", said)
	}
}
