package audit

import "github.com/waymarkhq/waymark/ent"

// kind says how the rows of one type are audited. A type without one is audited as an object of its own, with all its
// columns, in the app that it refers to directly or through what it belongs to.
type kind struct {
	// copied: its rows only say again what others say, or are the server's own notes. They leave no entries.
	copied bool
	// part names the type that a row is a part of, and column the column that refers to it. What happens to the part has
	// happened to the whole. Parts are revisions: their definition is what the whole says.
	part, column string
	// copies are columns that repeat what the revisions say, or that nobody decides on.
	copies []string
	// byOwner: it is called after what it refers to.
	byOwner bool
}

var kinds = map[string]kind{
	ent.TypeSession:    {copied: true}, // the log and the metrics say who signs in and out
	ent.TypeAuditEntry: {copied: true},

	ent.TypeApp:      {copies: []string{"plan_version", "last_batch"}},
	ent.TypeUser:     {copies: []string{"last_sign_in_at", "email_key"}},
	ent.TypeAPIToken: {copies: []string{"last_used_at"}},

	ent.TypeEvent: {copies: []string{
		"batch_id", "key", "kind", "name", "wire_name", "description", "trigger", "level", "module", "owner_ids", "match",
		"aliases", "terminals", "excluded_common", "head_id", "revision_number", "hash", "last_approval", "approval_id",
	}},
	ent.TypeEventRevision: {part: ent.TypeEvent, column: "event_id"},
	ent.TypeEventProperty: {copied: true},
	ent.TypeProperty: {copies: []string{
		"key", "name", "description", "type", "base_type", "value_set_id", "sensitivity", "example", "head_id", "revision_number",
		"hash", "merging_into_id",
	}},
	ent.TypePropertyRevision: {part: ent.TypeProperty, column: "property_id"},
	ent.TypeValueSet: {copies: []string{
		"key", "name", "description", "values", "head_id", "revision_number", "hash",
	}},
	ent.TypeValueSetRevision: {part: ent.TypeValueSet, column: "value_set_id"},

	ent.TypeBatch:            {copies: []string{"state_since"}},
	ent.TypeEnvironment:      {copies: []string{"last_release", "forward_backlog"}},
	ent.TypeBatchItem:        {byOwner: true},
	ent.TypeItemDelivery:     {byOwner: true, copies: []string{"state_since"}},
	ent.TypeMembership:       {byOwner: true},
	ent.TypeExternalIdentity: {byOwner: true},
	ent.TypeRelease:          {byOwner: true},

	ent.TypeDictionaryEntry: {byOwner: true},
	ent.TypeInboxDecision:   {byOwner: true},
	ent.TypeComment:         {byOwner: true},

	// What devices reported belongs into no log that is never cut.
	ent.TypeRegressionEvent: {copied: true},

	// What is bound to a session is an id of somebody's; the entry on the session says that something was.
	ent.TypeCaptureSession: {copies: []string{"active_at"}},
	ent.TypeSessionBatch:   {copied: true},
	ent.TypeSessionBinding: {copied: true},
	ent.TypeSessionStep:    {copied: true},

	// The same holds for evidence; what a session saw is worked out, and a report never changes.
	ent.TypeCoverageEvidence: {copied: true},
	ent.TypeFrozenCoverage:   {copied: true},
	ent.TypeSignOff:          {byOwner: true, copies: []string{"report"}},
	ent.TypeAcceptanceMark:   {byOwner: true, copies: []string{"hash"}},
	ent.TypeMustTest:         {byOwner: true},

	// The entry of a file has its hash, that of a comment its text; who has seen what is nobody else's business.
	ent.TypeFileContent: {copied: true},
	ent.TypeFilePart:    {copied: true},
	ent.TypeMention:     {copied: true},

	// What is never changed is history by itself; the entries are about what it is the history of.
	ent.TypeTransition:  {copied: true},
	ent.TypeApproval:    {copied: true},
	ent.TypeFrozen:      {copied: true},
	ent.TypeReleaseSlot: {copied: true},
}

// everywhere are the columns that are never said: the entry itself says them.
var everywhere = []string{"app_id", "created_at", "updated_at", "created_by_id", "updated_by_id"}

// private are the types of objects whose entries are for administrators alone: who has which rights.
var private = []string{
	ent.TypeAPIToken, ent.TypeExternalIdentity, ent.TypeInvitation, ent.TypeMembership, ent.TypeUser,
}

// Private returns the types of objects whose entries are for administrators alone.
func Private() []string { return append([]string(nil), private...) }
