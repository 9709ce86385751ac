package model

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/release"
)

// Connection is one page of a list, after the Relay specification. What is seldom selected (cursors, the count of the
// whole list) is worked out only when it is.
type Connection[T any] struct {
	Nodes    []T
	PageInfo PageInfo
	// Cursor returns the i-th node's cursor.
	Cursor func(i int) string
	// Count counts the whole list.
	Count func(ctx context.Context) (int, error)
}

// Edge is one node of a page with its cursor.
type Edge[T any] struct {
	Node T
	at   int
	page *Connection[T]
}

// Cursor returns the node's position.
func (e Edge[T]) Cursor() string { return e.page.Cursor(e.at) }

// Edges returns the nodes with their cursors.
func (c *Connection[T]) Edges() []Edge[T] {
	edges := make([]Edge[T], len(c.Nodes))
	for i, n := range c.Nodes {
		edges[i] = Edge[T]{Node: n, at: i, page: c}
	}
	return edges
}

// TotalCount returns how many nodes the whole list has.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.Count(ctx) }

// NamingFindingConnection is a page of what a naming says of names, with the whole of it counted.
type NamingFindingConnection struct {
	Connection[*catalog.NamingFinding]
	Checked int
	Counts  []*catalog.NamingCount
}

// PageInfo is where a page stands in the whole list.
type PageInfo struct {
	HasNextPage, HasPreviousPage bool
	// Size is the number of nodes, Cursor returns the i-th one's cursor.
	Size   int
	Cursor func(i int) string
}

// StartCursor returns the first node's cursor.
func (p PageInfo) StartCursor() *string { return p.end(0) }

// EndCursor returns the last node's cursor.
func (p PageInfo) EndCursor() *string { return p.end(p.Size - 1) }

func (p PageInfo) end(i int) *string {
	if p.Size == 0 {
		return nil
	}
	c := p.Cursor(i)
	return &c
}

// The connections and edges of the schema.
type (
	AuditEntryConnection       = Connection[*ent.AuditEntry]
	AuditEntryEdge             = Edge[*ent.AuditEntry]
	AppConnection              = Connection[*ent.App]
	AppEdge                    = Edge[*ent.App]
	BatchConnection            = Connection[*ent.Batch]
	BatchEdge                  = Edge[*ent.Batch]
	BatchItemConnection        = Connection[*ent.BatchItem]
	TransitionConnection       = Connection[*ent.Transition]
	TransitionEdge             = Edge[*ent.Transition]
	BatchItemEdge              = Edge[*ent.BatchItem]
	CaptureSessionConnection   = Connection[*ent.CaptureSession]
	CaptureSessionEdge         = Edge[*ent.CaptureSession]
	CommentConnection          = Connection[*ent.Comment]
	CommentEdge                = Edge[*ent.Comment]
	EventConnection            = Connection[*ent.Event]
	EventEdge                  = Edge[*ent.Event]
	EventPropertyConnection    = Connection[*ent.EventProperty]
	EventPropertyEdge          = Edge[*ent.EventProperty]
	EventRevisionConnection    = Connection[*ent.EventRevision]
	EventRevisionEdge          = Edge[*ent.EventRevision]
	InvitationConnection       = Connection[*ent.Invitation]
	InvitationEdge             = Edge[*ent.Invitation]
	MentionConnection          = Connection[*ent.Mention]
	MentionEdge                = Edge[*ent.Mention]
	PropertyConnection         = Connection[*ent.Property]
	PropertyEdge               = Edge[*ent.Property]
	UnplannedConnection        = Connection[*catalog.Unplanned]
	UnplannedEdge              = Edge[*catalog.Unplanned]
	PropertyRevisionConnection = Connection[*ent.PropertyRevision]
	PropertyRevisionEdge       = Edge[*ent.PropertyRevision]
	ValueSetConnection         = Connection[*ent.ValueSet]
	ValueSetEdge               = Edge[*ent.ValueSet]
	ValueSetRevisionConnection = Connection[*ent.ValueSetRevision]
	ValueSetRevisionEdge       = Edge[*ent.ValueSetRevision]
	CapturedEventConnection    = Connection[CapturedEvent]
	SessionEventConnection     = Connection[SessionEvent]
	SessionEventEdge           = Edge[SessionEvent]
	RefusedRequestConnection   = Connection[RefusedRequest]
	CapturedEventEdge          = Edge[CapturedEvent]
	RefusedRequestEdge         = Edge[RefusedRequest]
	ReleaseConnection          = Connection[*ent.Release]
	ReleaseEdge                = Edge[*ent.Release]
	ReleaseSlotConnection      = Connection[*ent.ReleaseSlot]
	ReleaseSlotEdge            = Edge[*ent.ReleaseSlot]
	EventChangeConnection      = Connection[*release.EventChange]
	EventChangeEdge            = Edge[*release.EventChange]
	ApprovalConnection         = Connection[*ent.Approval]
	ApprovalEdge               = Edge[*ent.Approval]
	NamingFindingEdge          = Edge[*catalog.NamingFinding]
	UserConnection             = Connection[*ent.User]
	UserEdge                   = Edge[*ent.User]
)
