package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/comment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/file"
	"github.com/waymarkhq/waymark/ent/membership"
	"github.com/waymarkhq/waymark/ent/mention"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// maxMentions is how many people one comment may mention.
const maxMentions = 50

// AddComment says something about a batch.
func (s *Service) AddComment(ctx context.Context, in AddCommentInput) (*ent.Comment, error) {
	b, err := s.batchByNumber(ctx, "Mutation.addComment", in.Batch)
	if err != nil {
		return nil, err
	}
	named, err := s.readComment(ctx, b.AppID, in.Text)
	if err != nil {
		return nil, err
	}
	return changed(ctx, s, "add comment", func(ctx context.Context, c *change) (*ent.Comment, error) {
		var f fault.Fields
		about, err := c.topic(ctx, b, &in, &f)
		if err != nil {
			return nil, err
		}
		if err := f.Err(); err != nil {
			return nil, err
		}
		row, err := c.Comment.Create().SetAppID(b.AppID).SetBatchID(b.ID).SetText(in.Text).
			SetNillableItemID(orNil(about.item)).SetNillableEventID(orNil(about.event)).SetNillableReplyToID(orNil(about.replyTo)).
			SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Save(ctx)
		if err != nil {
			return nil, err
		}
		return row, c.mention(ctx, row, named)
	})
}

// readComment checks a comment's text and returns the ids of the people whom it mentions.
func (s *Service) readComment(ctx context.Context, appID, text string) ([]string, error) {
	var f fault.Fields
	validateProse("input.text", &text, &f)
	if strings.TrimSpace(text) == "" {
		f.Add("input.text", "required", "a comment says something")
	}
	if err := f.Err(); err != nil || !strings.Contains(text, "@") {
		return nil, err
	}
	people, err := s.people(ctx, appID)
	if err != nil {
		return nil, err
	}
	named := mentioned(text, people)
	if len(named) > maxMentions {
		f.Add("input.text", "too_many_mentions", fmt.Sprintf("a comment mentions at most %d people", maxMentions))
	}
	return named, f.Err()
}

// people are those who may see an app.
func (s *Service) people(ctx context.Context, appID string) ([]person, error) {
	rows, err := s.read.User.Query().Select(user.FieldID, user.FieldName, user.FieldEmail).Where(
		user.DeactivatedAtIsNil(), user.HasMembershipsWith(membership.Or(membership.AppID(appID), membership.AppIDIsNil()))).
		Order(user.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read who may see the app: %w", store.Fault(err))
	}
	list := make([]person, len(rows))
	for i, u := range rows {
		list[i] = newPerson(u.ID, u.Name, u.Email)
	}
	return list, nil
}

// topic is what a comment is about, by ids; empty for nothing in particular.
type topic struct{ item, event, replyTo string }

// topic finds what a comment is about; what does not belong to the batch is noted. Reasons: unknown_comment, unknown_item,
// unknown_event, other_topic.
func (c *change) topic(ctx context.Context, b *ent.Batch, in *AddCommentInput, f *fault.Fields) (about topic, err error) {
	if in.ItemID != nil {
		item, err := c.BatchItem.Query().Where(batchitem.ID(*in.ItemID), batchitem.BatchID(b.ID)).Only(ctx)
		switch {
		case ent.IsNotFound(err):
			f.Add("input.itemId", "unknown_item", fmt.Sprintf("the batch has no item %q", *in.ItemID))
		case err != nil:
			return about, fmt.Errorf("look for the item: %w", err)
		default:
			about.item, about.event = item.ID, item.EventID
		}
	}
	if in.EventID != nil && len(*f) == 0 {
		there, err := c.concerns(ctx, b, *in.EventID)
		switch {
		case err != nil:
			return about, err
		case !there:
			f.Add("input.eventId", "unknown_event", fmt.Sprintf("the batch has nothing to do with an event %q", *in.EventID))
		case about.item != "" && about.event != *in.EventID:
			f.Add("input.eventId", "other_topic", "the item is about something else")
		}
		about.event = *in.EventID
	}
	if in.ReplyTo == nil || len(*f) > 0 {
		return about, nil
	}
	return c.reply(ctx, b, *in.ReplyTo, about, f)
}

// concerns reports whether a batch introduced an event or has an item of it.
func (c *change) concerns(ctx context.Context, b *ent.Batch, eventID string) (bool, error) {
	there, err := c.Event.Query().Where(event.ID(eventID), event.AppID(b.AppID), event.Or(
		event.BatchID(b.ID), event.HasItemsWith(batchitem.BatchID(b.ID)))).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the event: %w", err)
	}
	return there, nil
}

// reply returns the topic of an answer: that of what it answers.
func (c *change) reply(ctx context.Context, b *ent.Batch, to string, about topic, f *fault.Fields) (topic, error) {
	row, err := c.Comment.Query().Where(comment.ID(to), comment.BatchID(b.ID)).Only(ctx)
	if ent.IsNotFound(err) {
		f.Add("input.replyTo", "unknown_comment", fmt.Sprintf("the batch has no comment %q", to))
		return about, nil
	}
	if err != nil {
		return about, fmt.Errorf("look for the comment: %w", err)
	}
	if (about.item != "" && about.item != row.ItemID) || (about.event != "" && about.event != row.EventID) {
		f.Add("input.replyTo", "other_topic", "that comment is about something else")
	}
	return topic{row.ItemID, row.EventID, rootOf(row)}, nil
}

// rootOf returns the id of the comment that the others hang on.
func rootOf(row *ent.Comment) string {
	if row.ReplyToID != "" {
		return row.ReplyToID
	}
	return row.ID
}

func orNil(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

// mention makes the mentions of a comment those of the given people. Who was mentioned before and has seen it need not look
// again; who mentions themselves need not at all.
func (c *change) mention(ctx context.Context, row *ent.Comment, people []string) error {
	old, err := c.Mention.Query().Where(mention.CommentID(row.ID)).Select(mention.FieldUserID).Strings(ctx)
	if err != nil {
		return fmt.Errorf("read its mentions: %w", err)
	}
	gone := slices.DeleteFunc(slices.Clone(old), func(id string) bool { return slices.Contains(people, id) })
	if len(gone) > 0 {
		if _, err := c.Mention.Delete().Where(mention.CommentID(row.ID), mention.UserIDIn(gone...)).Exec(ctx); err != nil {
			return fmt.Errorf("delete mentions: %w", err)
		}
	}
	var fresh []*ent.MentionCreate
	for _, id := range people {
		if slices.Contains(old, id) {
			continue
		}
		m := c.Mention.Create().SetAppID(row.AppID).SetCommentID(row.ID).SetUserID(id).SetCreatedAt(c.now)
		if id == c.by {
			m.SetReadAt(c.now)
		}
		fresh = append(fresh, m)
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := c.Mention.CreateBulk(fresh...).Exec(ctx); err != nil {
		return fmt.Errorf("mention people: %w", err)
	}
	return nil
}

func (s *Service) reachComment(ctx context.Context, action auth.Action, id string) (*ent.Comment, error) {
	return reach(ctx, s, action, "Comment", &comments, id, func(_ context.Context, r *ent.Comment) (auth.Object, error) {
		return auth.Object{App: r.AppID, Owner: r.CreatedByID}, nil
	})
}

// stands returns a comment that is not deleted.
func (c *change) stands(ctx context.Context, id string) (*ent.Comment, error) {
	row, err := c.Comment.Get(ctx, id)
	if err != nil {
		return nil, lost(err, "Comment", id)
	}
	if row.DeletedAt != nil {
		return nil, fault.New(fault.FailedPrecondition, "comment_deleted", "the comment was deleted")
	}
	return row, nil
}

// UpdateComment changes what the asking person said.
func (s *Service) UpdateComment(ctx context.Context, in UpdateCommentInput) (*ent.Comment, error) {
	row, err := s.reachComment(ctx, "Mutation.updateComment", in.ID)
	if err != nil {
		return nil, err
	}
	named, err := s.readComment(ctx, row.AppID, in.Text)
	if err != nil {
		return nil, err
	}
	return changed(ctx, s, "update comment", func(ctx context.Context, c *change) (*ent.Comment, error) {
		row, err := c.stands(ctx, in.ID)
		if err != nil || row.Text == in.Text {
			return row, err
		}
		row, err = row.Update().SetText(in.Text).SetEditedAt(c.now).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
		if err != nil {
			return nil, err
		}
		return row, c.mention(ctx, row, named)
	})
}

// DeleteComment deletes a comment; where there are answers, its place stays.
func (s *Service) DeleteComment(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachComment(ctx, "Mutation.deleteComment", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete comment", func(ctx context.Context, c *change) error { return c.deleteComment(ctx, in.ID) })
}

func (c *change) deleteComment(ctx context.Context, id string) error {
	row, err := c.stands(ctx, id)
	if err != nil {
		return err
	}
	if _, err := c.Mention.Delete().Where(mention.CommentID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("delete mentions: %w", err)
	}
	answered, err := c.Comment.Query().Where(comment.ReplyToID(id)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for answers: %w", err)
	}
	if answered {
		return row.Update().SetText("").SetDeletedAt(c.now).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Exec(ctx)
	}
	if err := c.Comment.DeleteOne(row).Exec(ctx); err != nil {
		return fmt.Errorf("delete the comment: %w", err)
	}
	if row.ReplyToID == "" {
		return nil
	}
	// The place of what was deleted earlier is kept for its answers only.
	_, err = c.Comment.Delete().Where(comment.ID(row.ReplyToID), comment.DeletedAtNotNil(), comment.Not(comment.HasReplies())).Exec(ctx)
	return err
}

// ResolveComment resolves a comment with its answers, or opens it again.
func (s *Service) ResolveComment(ctx context.Context, in ResolveCommentInput) (*ent.Comment, error) {
	row, err := s.reachComment(ctx, "Mutation.resolveComment", in.ID)
	if err != nil {
		return nil, err
	}
	return changed(ctx, s, "resolve comment", func(ctx context.Context, c *change) (*ent.Comment, error) {
		root, err := c.Comment.Get(ctx, rootOf(row))
		if err != nil {
			return nil, lost(err, "Comment", in.ID)
		}
		if (root.ResolvedAt != nil) == in.Resolved {
			return root, nil
		}
		u := root.Update().SetUpdatedAt(c.now).SetUpdatedByID(c.by)
		if in.Resolved {
			u.SetResolvedAt(c.now).SetResolvedByID(c.by)
		} else {
			u.ClearResolvedAt().ClearResolvedByID()
		}
		return u.Save(ctx)
	})
}

// MarkMentionRead notes whether the asking person has seen a mention of theirs. NOT_FOUND for those of others.
func (s *Service) MarkMentionRead(ctx context.Context, in MarkMentionReadInput) (*ent.Mention, error) {
	p, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	return changed(ctx, s, "mark mention", func(ctx context.Context, c *change) (*ent.Mention, error) {
		row, err := c.Mention.Query().Where(mention.ID(in.ID), mention.UserID(c.by)).Only(ctx)
		switch {
		case err != nil:
			return nil, lost(err, "Mention", in.ID)
		case !p.CanSee(row.AppID):
			return nil, fault.NotFoundf("Mention", in.ID)
		case (row.ReadAt != nil) == in.Read:
			return row, nil
		case in.Read:
			return row.Update().SetReadAt(c.now).Save(ctx)
		default:
			return row.Update().ClearReadAt().Save(ctx)
		}
	})
}

// dropDiscussion deletes what was said about a batch that goes, and the files that it came with.
func (c *change) dropDiscussion(ctx context.Context, batchID string) error {
	for _, which := range []predicate.Comment{comment.ReplyToIDNotNil(), comment.ReplyToIDIsNil()} {
		if _, err := c.Comment.Delete().Where(comment.BatchID(batchID), which).Exec(ctx); err != nil {
			return fmt.Errorf("delete comments: %w", err)
		}
	}
	_, err := c.dropFiles(ctx, file.BatchID(batchID))
	return err
}
