package plan

// ReviewState is where a batch stands in its review.
type ReviewState string

// ReviewDraft is the state of a batch that is being written.
const ReviewDraft ReviewState = "DRAFT"

// RevisionState is where one version of a definition stands.
type RevisionState string

// RevisionDraft is the state of a revision that may still be edited in place.
const RevisionDraft RevisionState = "DRAFT"

// ItemKind says what a batch item changes.
type ItemKind string

// The kinds of batch items.
const (
	ItemEvent    ItemKind = "EVENT"
	ItemProperty ItemKind = "PROPERTY"
	ItemValueSet ItemKind = "VALUE_SET"
)
