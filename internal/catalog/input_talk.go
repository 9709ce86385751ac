package catalog

import "io"

// Upload is a file that somebody hands in.
type Upload struct {
	// Name is what the sender calls it.
	Name string
	// Content is read as often as it takes, from its start on.
	Content io.ReadSeeker
}

// UploadDocumentInput is a document of a batch, as a file; Batch is a number.
type UploadDocumentInput struct {
	Batch string
	// Title is the file's name where it is nil.
	Title *string
	File  Upload
}

// AddScreenshotInput is a screenshot of an event.
type AddScreenshotInput struct {
	EventID string
	File    Upload
	Caption string
}

// AddSessionScreenshotInput is a screenshot of a capture session.
type AddSessionScreenshotInput struct {
	SessionID string
	File      Upload
	Caption   string
}

// AddCommentInput is what somebody says about a batch; Batch is a number, the rest are ids.
type AddCommentInput struct {
	Batch                    string
	ItemID, EventID, ReplyTo *string
	Text                     string
}

// UpdateCommentInput is what changes in a comment.
type UpdateCommentInput struct{ ID, Text string }

// ResolveCommentInput says whether a comment is resolved from now on.
type ResolveCommentInput struct {
	ID       string
	Resolved bool
}

// MarkMentionReadInput says whether the asking person has seen a mention.
type MarkMentionReadInput struct {
	ID   string
	Read bool
}
