package plan

// RevisionState is how far a revision has come.
type RevisionState string

// RevisionDraft is where every revision begins: still being edited in place.
const RevisionDraft RevisionState = "DRAFT"

// RevisionApproved is what left review. It is never edited again.
const RevisionApproved RevisionState = "APPROVED"

// ItemKind says what an item of a batch changes.
type ItemKind string

// The kinds of items.
const (
	ItemEvent    ItemKind = "EVENT"
	ItemProperty ItemKind = "PROPERTY"
	ItemValueSet ItemKind = "VALUE_SET"
)

// Document is a paper that a batch comes with.
type Document struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}
