package catalog

import (
	"time"

	"github.com/waymarkhq/waymark/internal/plan"
)

// DocumentInput is a paper that a batch comes with.
type DocumentInput = plan.Document

// TargetVersionInput is the app version that a batch is meant for on one terminal, given by key.
type TargetVersionInput struct{ Terminal, Version string }

// CreateBatchInput is what a new batch is; App is a key.
type CreateBatchInput struct {
	App, Title, Description, ExternalReference string
	Documents                                  []DocumentInput
	TargetVersions                             []TargetVersionInput
	// OwnerID is the maker where it is nil.
	OwnerID   *string
	Type      plan.BatchType
	Assignees []AssigneeInput
	Deadlines []DeadlineInput
}

// AssigneeInput is who does a step, given by the id of a move, on a terminal, given by key; nil is all.
type AssigneeInput struct {
	Step     string
	Terminal *string
	UserID   string
}

// DeadlineInput is until when a step is to be done.
type DeadlineInput struct {
	Step     string
	Terminal *string
	At       time.Time
}

// CopyBatchInput makes a new batch like another one, given by number.
type CopyBatchInput struct {
	Batch string
	Title *string
}

// UpdateBatchInput is what changes in a batch; nil stays.
type UpdateBatchInput struct {
	ID                                    string
	Title, Description, ExternalReference *string
	Documents                             []DocumentInput
	TargetVersions                        []TargetVersionInput
	OwnerID                               *string
	Type                                  *plan.BatchType
	Assignees                             []AssigneeInput
	Deadlines                             []DeadlineInput
}

// AddBatchItemInput is what an item changes, exactly one of event, property and value set; Batch is a number.
type AddBatchItemInput struct {
	Batch                           string
	EventID, PropertyID, ValueSetID *string
	Note                            string
}

// UpdateBatchItemInput is what changes in an item.
type UpdateBatchItemInput struct{ ID, Note string }
