package app

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/release"
)

// publisher has the moves of batches publish. Catalog and releases need each other, so one of them is set late.
type publisher struct{ releases *release.Service }

// nothingToPublish is the reason of a refusal that is none to whoever moves a batch: all of it holds already.
const nothingToPublish = "nothing_to_publish"

// Publish implements catalog.Publisher.
func (p *publisher) Publish(ctx context.Context, tx *ent.Tx, what *catalog.Publication) (releaseID string, err error) {
	out, err := p.releases.PublishIn(ctx, tx, release.Actor{UserID: what.UserID, TokenID: what.TokenID}, &release.Request{
		EnvironmentID: what.EnvironmentID, ItemIDs: slices.Sorted(maps.Keys(what.Terminals)), TerminalsOf: what.Terminals,
		From: what.FromVersion, FromOn: what.FromVersions, BaseRelease: what.BaseRelease, InPlace: what.InPlace, Reason: what.Reason, Note: what.Note,
		DryRun: what.DryRun,
	})
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Reason == nothingToPublish {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if out.Release != nil {
		return out.Release.ID, nil
	}
	var refusals []error
	for _, f := range out.Refusals {
		if f.Reason != nothingToPublish {
			refusals = append(refusals, f)
		}
	}
	return "", errors.Join(refusals...)
}
