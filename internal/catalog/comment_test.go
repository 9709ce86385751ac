package catalog_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/mention"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
)

// member makes an account with a role in an app, and a context in which the person asks.
func (w *world) member(app *ent.App, name string, role auth.Role) (*ent.User, context.Context) {
	w.t.Helper()
	var u *ent.User
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(ctx context.Context, tx *ent.Tx) (err error) {
		mail := strings.ToLower(name) + "@shop.test"
		u, err = tx.User.Create().SetEmail(mail).SetEmailKey(mail).SetName(name).SetPasswordHash("-").Save(ctx)
		if err != nil {
			return err
		}
		return tx.Membership.Create().SetUserID(u.ID).SetAppID(app.ID).SetRole(string(role)).Exec(ctx)
	}))
	return u, w.as(auth.Identity{UserID: u.ID, Name: name, Apps: map[string]auth.RoleSet{app.ID: auth.SetOf(role)}})
}

func (w *world) say(ctx context.Context, b *ent.Batch, text string, more ...func(*catalog.AddCommentInput)) *ent.Comment {
	w.t.Helper()
	in := catalog.AddCommentInput{Batch: b.Number, Text: text}
	for _, m := range more {
		m(&in)
	}
	c, err := w.catalog.AddComment(ctx, in)
	require.NoError(w.t, err)
	return c
}

func answering(c *ent.Comment) func(*catalog.AddCommentInput) {
	return func(in *catalog.AddCommentInput) { in.ReplyTo = &c.ID }
}

// inbox returns the comments of a person's mentions, new ones with a star.
func (w *world) inbox(ctx context.Context, u *ent.User) (list []string) {
	w.t.Helper()
	pages, err := w.catalog.MentionsOfUsers(nil).Pages(ctx, []string{u.ID}, catalog.PageArgs{})
	require.NoError(w.t, err)
	for _, m := range pages[u.ID].Nodes {
		sign := ""
		if m.ReadAt == nil {
			sign = "*"
		}
		list = append(list, m.CommentID+sign)
	}
	return list
}

func TestWhatACommentIsAbout(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b, other := w.newBatch(w.app), w.newBatch(w.app)
		e, foreign := w.newEvent(b, "paid"), w.newEvent(other, "left")
		item := w.store.Read().BatchItem.Query().Where(batchitem.EventID(e.ID)).OnlyX(t.Context())
		_, viewer := w.member(w.app, "Vera", auth.Viewer)

		whole := w.say(viewer, b, "第一句\n\n**看**这里")
		require.Equal(t, "第一句\n\n**看**这里", whole.Text)
		onItem := w.say(viewer, b, "x", func(in *catalog.AddCommentInput) { in.ItemID = &item.ID })
		require.Equal(t, []string{item.ID, e.ID}, []string{onItem.ItemID, onItem.EventID}, "an item's event goes along")
		onEvent := w.say(viewer, b, "x", func(in *catalog.AddCommentInput) { in.EventID = &e.ID })
		reply := w.say(w.ctx, b, "y", answering(onItem))
		again := w.say(viewer, b, "z", answering(reply))
		require.Equal(t, onItem.ID, again.ReplyToID, "what answers an answer hangs on the same comment")
		require.Equal(t, e.ID, again.EventID)

		no := "cmt_none"
		for want, in := range map[string]catalog.AddCommentInput{
			"input.itemId unknown_item":     {ItemID: &no},
			"input.eventId unknown_event":   {EventID: &foreign.ID},
			"input.replyTo unknown_comment": {ReplyTo: &no},
			"input.replyTo other_topic":     {ReplyTo: &whole.ID, EventID: &e.ID},
			"input.text required":           {Text: " \n"},
			"input.text too_long":           {Text: strings.Repeat("x", 10_001)},
		} {
			in.Batch = b.Number
			if in.Text == "" {
				in.Text = "x"
			}
			_, err := w.catalog.AddComment(viewer, in)
			requireFields(t, err, want)
		}
		wrong := w.say(viewer, other, "elsewhere")
		_, err := w.catalog.AddComment(viewer, catalog.AddCommentInput{Batch: b.Number, Text: "x", ReplyTo: &wrong.ID})
		requireFields(t, err, "input.replyTo unknown_comment")

		list := func(f *catalog.CommentFilter) (ids []string) {
			pages, err := w.catalog.CommentsOfBatches(f).Pages(viewer, []string{b.ID}, catalog.PageArgs{})
			require.NoError(t, err)
			n, err := w.catalog.CommentsOfBatches(f).Counts(viewer, []string{b.ID})
			require.NoError(t, err)
			for _, c := range pages[b.ID].Nodes {
				ids = append(ids, c.ID)
			}
			require.Len(t, ids, n[b.ID])
			return ids
		}
		require.Equal(t, []string{whole.ID, onItem.ID, onEvent.ID}, list(nil))
		require.Equal(t, []string{onItem.ID, onEvent.ID}, list(&catalog.CommentFilter{EventID: &e.ID}))
		require.Equal(t, []string{onItem.ID}, list(&catalog.CommentFilter{ItemID: &item.ID}))
		replies, err := w.catalog.RepliesOfComments().Pages(viewer, []string{onItem.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, replies[onItem.ID].Nodes, 2)

		root, err := w.catalog.ResolveComment(viewer, catalog.ResolveCommentInput{ID: again.ID, Resolved: true})
		require.NoError(t, err)
		require.Equal(t, onItem.ID, root.ID, "an answer stands for what it answers")
		require.NotNil(t, root.ResolvedAt)
		require.Equal(t, []string{whole.ID, onEvent.ID}, list(&catalog.CommentFilter{Resolved: new(false)}))
		root, err = w.catalog.ResolveComment(w.ctx, catalog.ResolveCommentInput{ID: onItem.ID})
		require.NoError(t, err)
		require.Nil(t, root.ResolvedAt)
		require.Empty(t, root.ResolvedByID)

		// What was said stays when its event goes; it goes with the batch.
		require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}))
		require.Len(t, list(nil), 3)
		require.NoError(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: b.ID}))
		require.Equal(t, 1, w.store.Read().Comment.Query().CountX(t.Context()))
	})
}

func TestOwnCommentsAreChangedAndDeleted(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		_, vera := w.member(w.app, "Vera", auth.Viewer)
		_, ed := w.member(w.app, "Ed", auth.Editor)
		stranger := w.in(w.newApp("other"), auth.Admin)
		first := w.say(vera, b, "one")

		_, err := w.catalog.UpdateComment(ed, catalog.UpdateCommentInput{ID: first.ID, Text: "two"})
		requireFault(t, err, fault.Forbidden, "not_own")
		requireFault(t, w.catalog.DeleteComment(ed, catalog.DeleteInput{ID: first.ID}), fault.Forbidden, "role_missing")
		_, err = w.catalog.UpdateComment(stranger, catalog.UpdateCommentInput{ID: first.ID, Text: "two"})
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.AddComment(stranger, catalog.AddCommentInput{Batch: b.Number, Text: "x"})
		requireFault(t, err, fault.NotFound, "not_found")

		changed, err := w.catalog.UpdateComment(vera, catalog.UpdateCommentInput{ID: first.ID, Text: "two"})
		require.NoError(t, err)
		require.Equal(t, "two", changed.Text)
		require.NotNil(t, changed.EditedAt)

		brief := w.say(ed, b, "x", answering(first))
		require.NoError(t, w.catalog.DeleteComment(ed, catalog.DeleteInput{ID: brief.ID}))
		require.Equal(t, 1, w.store.Read().Comment.Query().CountX(t.Context()), "what it answered stays")
		reply := w.say(ed, b, "three", answering(first))
		require.NoError(t, w.catalog.DeleteComment(vera, catalog.DeleteInput{ID: first.ID}))
		place := w.store.Read().Comment.GetX(t.Context(), first.ID)
		require.Empty(t, place.Text)
		require.NotNil(t, place.DeletedAt)
		_, err = w.catalog.UpdateComment(vera, catalog.UpdateCommentInput{ID: first.ID, Text: "back"})
		requireFault(t, err, fault.FailedPrecondition, "comment_deleted")
		require.NoError(t, w.catalog.DeleteComment(w.ctx, catalog.DeleteInput{ID: reply.ID}), "an administrator")
		require.Zero(t, w.store.Read().Comment.Query().CountX(t.Context()), "a place without answers goes with the last")
	})
}

func TestMentionsReachPeople(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		elsewhere := w.newApp("other")
		vera, veraAsks := w.member(w.app, "Vera", auth.Viewer)
		ed, edAsks := w.member(w.app, "Ed", auth.Editor)
		sam, _ := w.member(elsewhere, "Sam", auth.Admin)

		one := w.say(edAsks, b, "@vera @Sam @Ed @nobody look")
		two := w.say(edAsks, b, "@vera@shop.test once more")
		require.Equal(t, []string{two.ID + "*", one.ID + "*"}, w.inbox(veraAsks, vera))
		require.Equal(t, []string{one.ID}, w.inbox(edAsks, ed), "who names themselves need not look")
		require.Empty(t, w.inbox(w.as(auth.Identity{UserID: sam.ID, Organisation: auth.SetOf(auth.Admin)}), sam), "who may not see it is not mentioned")

		newest := w.store.Read().Mention.Query().Where(mention.CommentID(two.ID)).OnlyX(t.Context())
		_, err := w.catalog.MarkMentionRead(edAsks, catalog.MarkMentionReadInput{ID: newest.ID, Read: true})
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.MarkMentionRead(veraAsks, catalog.MarkMentionReadInput{ID: newest.ID, Read: true})
		require.NoError(t, err)
		require.Equal(t, []string{one.ID + "*", two.ID}, w.inbox(veraAsks, vera), "new ones first")
		first := 1
		page, err := w.catalog.MentionsOfUsers(nil).Pages(veraAsks, []string{vera.ID}, catalog.PageArgs{First: &first})
		require.NoError(t, err)
		page, err = w.catalog.MentionsOfUsers(nil).Pages(veraAsks, []string{vera.ID}, catalog.PageArgs{First: &first, After: page[vera.ID].End()})
		require.NoError(t, err)
		require.Equal(t, two.ID, page[vera.ID].Nodes[0].CommentID)
		require.True(t, page[vera.ID].HasPrevious)

		// Changing a text adds who is new and takes who is gone; who has seen it has seen it.
		_, err = w.catalog.UpdateComment(edAsks, catalog.UpdateCommentInput{ID: two.ID, Text: "@Vera and @Ann"})
		require.NoError(t, err)
		require.Equal(t, []string{one.ID + "*", two.ID}, w.inbox(veraAsks, vera))
		_, err = w.catalog.UpdateComment(edAsks, catalog.UpdateCommentInput{ID: one.ID, Text: "nobody"})
		require.NoError(t, err)
		require.Equal(t, []string{two.ID}, w.inbox(veraAsks, vera))
		require.NoError(t, w.catalog.DeleteComment(edAsks, catalog.DeleteInput{ID: two.ID}))
		require.Empty(t, w.inbox(veraAsks, vera))

		// Whoever may not see the app any more sees no mention of it either.
		w.say(edAsks, b, "@Vera")
		gone := w.as(auth.Identity{UserID: vera.ID, Apps: map[string]auth.RoleSet{elsewhere.ID: auth.SetOf(auth.Viewer)}})
		require.Empty(t, w.inbox(gone, vera))
		require.Len(t, w.inbox(veraAsks, vera), 1)
		last := w.store.Read().Mention.Query().Where(mention.UserID(vera.ID)).OnlyX(t.Context())
		_, err = w.catalog.MarkMentionRead(gone, catalog.MarkMentionReadInput{ID: last.ID, Read: true})
		requireFault(t, err, fault.NotFound, "not_found")

		// Nor is anybody mentioned who may not sign in.
		require.NoError(t, w.store.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.UpdateOneID(vera.ID).SetDeactivatedAt(last.CreatedAt).Exec(ctx)
		}))
		w.say(edAsks, b, "@Vera")
		require.Len(t, w.inbox(veraAsks, vera), 1)
	})
}
