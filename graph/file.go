package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
)

// filesPath is where files are fetched, before their id.
const filesPath = "/files/"

// documents are a batch's links, then its files.
func (r *Resolver) documents(ctx context.Context, b *ent.Batch) ([]*model.Document, error) {
	files, err := many(ctx, b, r.Catalog.FilesOfBatches)
	if err != nil {
		return nil, err
	}
	out := make([]*model.Document, 0, len(b.Documents)+len(files))
	for _, d := range b.Documents {
		out = append(out, &model.Document{Title: d.Title, URL: d.URL})
	}
	for _, f := range files {
		out = append(out, documentOf(f))
	}
	return out, nil
}

func documentOf(f *ent.File) *model.Document {
	return &model.Document{Title: f.Title, URL: filesPath + f.ID, File: f}
}

// screenshots are those of an event.
func (r *Resolver) screenshots(ctx context.Context, e *ent.Event) ([]*model.Screenshot, error) {
	files, err := many(ctx, e, r.Catalog.ScreenshotsOfEvents)
	out := make([]*model.Screenshot, len(files))
	for i, f := range files {
		out[i] = screenshotOf(f)
	}
	return out, err
}

func screenshotOf(f *ent.File) *model.Screenshot { return &model.Screenshot{Caption: f.Title, File: f} }

// attached registers what a mutation that hands in a file answers with.
func attached[T any, R row[T]](ctx context.Context, to *T, f *ent.File, err error) error {
	if err == nil {
		sibling.Register(ctx, R(to))
		sibling.Register(ctx, f)
	}
	return err
}
