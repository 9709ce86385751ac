package catalog

import (
	"cmp"
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/comment"
	"github.com/waymarkhq/waymark/ent/mention"
)

var comments = table[ent.Comment]{
	name: comment.Table, id: func(r *ent.Comment) string { return r.ID }, visible: byApp(comment.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Comment, error) {
		return modified(ctx, c.Comment.Query(), m)
	},
}

var mentions = table[ent.Mention]{
	name: mention.Table, id: func(r *ent.Mention) string { return r.ID }, visible: byApp(mention.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Mention, error) {
		return modified(ctx, c.Mention.Query(), m)
	},
}

// CommentFilter says which comments; what is left out does not narrow.
type CommentFilter struct {
	ItemID, EventID, CreatedByID *string
	Resolved                     *bool
}

func (f *CommentFilter) narrow() (where []narrow) {
	if f == nil {
		return nil
	}
	where = append(where, equals(comment.FieldItemID, f.ItemID)...)
	where = append(where, equals(comment.FieldEventID, f.EventID)...)
	where = append(where, equals(comment.FieldCreatedByID, f.CreatedByID)...)
	return append(where, filled(comment.FieldResolvedAt, f.Resolved)...)
}

// filled narrows to the rows that have a value in a column (true), or none (false); nil does not narrow.
func filled(column string, is *bool) []narrow {
	switch {
	case is == nil:
		return nil
	case *is:
		return []narrow{func(q *sql.Selector) { q.Where(sql.NotNull(q.C(column))) }}
	default:
		return []narrow{func(q *sql.Selector) { q.Where(sql.IsNull(q.C(column))) }}
	}
}

// CommentsOfBatches lists what was said about batches, without the answers, oldest first.
func (s *Service) CommentsOfBatches(f *CommentFilter) Children[ent.Comment] {
	where := append(f.narrow(), func(q *sql.Selector) { q.Where(sql.IsNull(q.C(comment.FieldReplyToID))) })
	return Children[ent.Comment]{s: s, r: commentsOfBatch, order: oldestComments(), where: where}
}

// RepliesOfComments lists the answers to comments, oldest first.
func (s *Service) RepliesOfComments() Children[ent.Comment] {
	return Children[ent.Comment]{s: s, r: repliesOfComment, order: oldestComments()}
}

func oldestComments() ordering[ent.Comment] {
	return timeOrder(&comments, comment.FieldCreatedAt, func(r *ent.Comment) time.Time { return r.CreatedAt })
}

var (
	commentsOfBatch  = reference(&comments, comment.FieldBatchID, func(r *ent.Comment) string { return r.BatchID })
	repliesOfComment = reference(&comments, comment.FieldReplyToID, func(r *ent.Comment) string { return r.ReplyToID })
	mentionsOfUser   = reference(&mentions, mention.FieldUserID, func(r *ent.Mention) string { return r.UserID })
)

// CommentsByID reads comments as AppsByID does apps.
func (s *Service) CommentsByID(ctx context.Context, ids []string) (map[string]*ent.Comment, error) {
	return byID(ctx, s, &comments, ids)
}

// MentionFilter says which mentions; what is left out does not narrow.
type MentionFilter struct{ Read *bool }

// MentionsOfUsers lists where comments mention people: what they have not seen first, the newest before the older. Whether
// the asking person may know of them is for the caller to judge.
func (s *Service) MentionsOfUsers(f *MentionFilter) Children[ent.Mention] {
	c := Children[ent.Mention]{s: s, r: mentionsOfUser, order: newMentions()}
	if f != nil {
		c.where = filled(mention.FieldReadAt, f.Read)
	}
	return c
}

// newMentions orders mentions by whether they are new, then by time, both falling.
func newMentions() ordering[ent.Mention] {
	isNew := func(r *ent.Mention) int64 {
		if r.ReadAt == nil {
			return 1
		}
		return 0
	}
	return ordering[ent.Mention]{
		orderSpec: orderSpec{name: "mentions.new", columns: []orderColumn{
			{column: mention.FieldReadAt, format: "CASE WHEN %s IS NULL THEN 1 ELSE 0 END", kind: intValue},
			{column: mention.FieldCreatedAt, kind: timeValue},
		}},
		values: func(r *ent.Mention) []any { return []any{isNew(r), r.CreatedAt.UTC()} },
		id:     mentions.id,
		compare: func(a, b *ent.Mention) int {
			return cmp.Or(cmp.Compare(isNew(a), isNew(b)), a.CreatedAt.Compare(b.CreatedAt))
		},
	}.towards(Descending)
}

// MentionsOf returns the mentions of each comment, in the order in which it names people, by the comment's id.
func (s *Service) MentionsOf(ctx context.Context, comments []string) (map[string][]*ent.Mention, error) {
	return grouped(ctx, s, &mentions, mention.FieldCommentID, comments,
		func(r *ent.Mention) string { return r.CommentID }, mention.FieldID)
}
