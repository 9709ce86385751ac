package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/file"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Limits of files.
const (
	// MaxFile is how large a file may be, in bytes.
	MaxFile = 20 << 20

	maxFileName    = 200 // code points
	maxFilesOf     = 100 // documents of a batch that are files
	maxScreenshots = 30  // of an event

	maxSessionShots = 200
)

// UploadDocument hands in a file as a document of a batch, and returns both.
func (s *Service) UploadDocument(ctx context.Context, in UploadDocumentInput) (*ent.Batch, *ent.File, error) {
	b, err := s.batchByNumber(ctx, "Mutation.uploadDocument", in.Batch)
	if err != nil {
		return nil, nil, err
	}
	var f fault.Fields
	k := readContent("input.file", &in.File, &f)
	title := k.name
	if in.Title != nil {
		title = *in.Title
		plan.ValidateName("input.title", title, &f)
	}
	if err := f.Err(); err != nil {
		return nil, nil, err
	}
	var row *ent.File
	b, err = changed(ctx, s, "upload document", func(ctx context.Context, c *change) (*ent.Batch, error) {
		if err := c.refuseMore(ctx, file.BatchID(b.ID), maxFilesOf, "a batch has at most %d documents that are files"); err != nil {
			return nil, err
		}
		row, err = c.insertFile(ctx, k, c.File.Create().SetAppID(b.AppID).SetBatchID(b.ID).SetTitle(title))
		if err != nil {
			return nil, err
		}
		return c.signBatch(ctx, b.ID)
	})
	return b, row, err
}

// AddScreenshot hands in a picture of an event, and returns both.
func (s *Service) AddScreenshot(ctx context.Context, in AddScreenshotInput) (*ent.Event, *ent.File, error) {
	e, err := s.reachEvent(ctx, "Mutation.addScreenshot", in.EventID)
	if err != nil {
		return nil, nil, err
	}
	k, err := readPicture(&in.File, &in.Caption)
	if err != nil {
		return nil, nil, err
	}
	row, err := changed(ctx, s, "add screenshot", func(ctx context.Context, c *change) (*ent.File, error) {
		if err := c.refuseMore(ctx, file.EventID(e.ID), maxScreenshots, "an event has at most %d screenshots"); err != nil {
			return nil, err
		}
		return c.insertFile(ctx, k, c.File.Create().SetAppID(e.AppID).SetEventID(e.ID).SetTitle(in.Caption))
	})
	return e, row, err
}

// readPicture looks a screenshot through.
func readPicture(u *Upload, caption *string) (*content, error) {
	var f fault.Fields
	validateLine("input.caption", caption, &f)
	k := readContent("input.file", u, &f)
	if k.hash != "" && !slices.Contains(pictures, k.mediaType) {
		f.Add("input.file", "not_a_picture", "a screenshot is a PNG, JPEG, GIF or WebP; this is "+k.mediaType)
	}
	return k, f.Err()
}

// AddSessionScreenshot hands in a picture of what a tester saw in a capture session, and returns both.
func (s *Service) AddSessionScreenshot(ctx context.Context, in AddSessionScreenshotInput) (*ent.CaptureSession, *ent.File, error) {
	at, err := reach(ctx, s, "Mutation.addSessionScreenshot", "CaptureSession", &captureSessions, in.SessionID,
		inApp(func(r *ent.CaptureSession) string { return r.AppID }))
	if err != nil {
		return nil, nil, err
	}
	k, err := readPicture(&in.File, &in.Caption)
	if err != nil {
		return nil, nil, err
	}
	row, err := changed(ctx, s, "add screenshot of a session", func(ctx context.Context, c *change) (*ent.File, error) {
		if err := c.refuseMore(ctx, file.SessionID(at.ID), maxSessionShots, "a session has at most %d screenshots"); err != nil {
			return nil, err
		}
		return c.insertFile(ctx, k, c.File.Create().SetAppID(at.AppID).SetSessionID(at.ID).SetTitle(in.Caption))
	})
	return at, row, err
}

// pictures are the types that a screenshot can have.
var pictures = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// refuseMore refuses one file more than there may be.
func (c *change) refuseMore(ctx context.Context, of predicate.File, most int, message string) error {
	n, err := c.File.Query().Where(of).Count(ctx)
	if err != nil {
		return fmt.Errorf("count files: %w", err)
	}
	if n >= most {
		return fault.Invalid(fault.Field{Path: "input.file", Reason: "too_many", Message: fmt.Sprintf(message, most)})
	}
	return nil
}

func (c *change) insertFile(ctx context.Context, k *content, row *ent.FileCreate) (*ent.File, error) {
	if err := c.putAway(ctx, k); err != nil {
		return nil, err
	}
	return row.SetName(k.name).SetContentID(k.hash).SetSize(k.size).SetMediaType(k.mediaType).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Save(ctx)
}

// copyFiles gives a batch the documents of another that are files, in their order.
func (c *change) copyFiles(ctx context.Context, from string, to *ent.Batch) error {
	rows, err := c.File.Query().Where(file.BatchID(from)).Order(file.ByCreatedAt(), file.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read files: %w", err)
	}
	copies := make([]*ent.FileCreate, len(rows))
	for i, r := range rows {
		copies[i] = c.File.Create().SetAppID(to.AppID).SetBatchID(to.ID).SetTitle(r.Title).SetName(r.Name).
			SetContentID(r.ContentID).SetSize(r.Size).SetMediaType(r.MediaType).
			SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by)
	}
	return c.File.CreateBulk(copies...).Exec(ctx)
}

// signBatch notes who changed a batch last, and when.
func (c *change) signBatch(ctx context.Context, id string) (*ent.Batch, error) {
	row, err := c.Batch.UpdateOneID(id).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
	return found(row, err, "Batch", id)
}

// DeleteDocument deletes a document that is a file.
func (s *Service) DeleteDocument(ctx context.Context, in DeleteInput) error {
	row, err := s.reachFile(ctx, "Mutation.deleteDocument", in.ID)
	if err != nil {
		return err
	}
	if row.BatchID == "" {
		return fault.NotFoundf("File", in.ID)
	}
	return s.change(ctx, "delete document", func(ctx context.Context, c *change) error {
		if err := c.refuseDocumentOfHistory(ctx, row); err != nil {
			return err
		}
		if err := c.dropFile(ctx, in.ID); err != nil {
			return err
		}
		_, err := c.signBatch(ctx, row.BatchID)
		return err
	})
}

// RemoveScreenshot deletes a screenshot.
func (s *Service) RemoveScreenshot(ctx context.Context, in DeleteInput) error {
	row, err := s.reachFile(ctx, "Mutation.removeScreenshot", in.ID)
	if err != nil {
		return err
	}
	if row.EventID == "" {
		return fault.NotFoundf("File", in.ID)
	}
	return s.change(ctx, "remove screenshot", func(ctx context.Context, c *change) error { return c.dropFile(ctx, in.ID) })
}

// dropFile deletes a file; NOT_FOUND where somebody else was faster.
func (c *change) dropFile(ctx context.Context, id string) error {
	n, err := c.dropFiles(ctx, file.ID(id))
	if err == nil && n == 0 {
		return fault.NotFoundf("File", id)
	}
	return err
}

// reachFile is reach for a file. Where it is a document, whoever raised the batch counts as its owner.
func (s *Service) reachFile(ctx context.Context, action auth.Action, id string) (*ent.File, error) {
	return reach(ctx, s, action, "File", &files, id, func(ctx context.Context, r *ent.File) (auth.Object, error) {
		if r.BatchID == "" {
			return auth.Object{App: r.AppID}, nil
		}
		b, err := s.read.Batch.Get(ctx, r.BatchID)
		if err != nil {
			return auth.Object{}, lost(err, "File", id)
		}
		return auth.Object{App: r.AppID, Owner: b.CreatedByID}, nil
	})
}
