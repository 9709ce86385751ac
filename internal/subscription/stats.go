package subscription

import "sync/atomic"

// Stats is what a Server did since it was made, and what it holds now.
type Stats struct {
	// WebSockets and EventStreams are the open connections.
	WebSockets, EventStreams int
	// Operations are the running operations of all connections: subscriptions, queries and mutations.
	Operations int
	// SharedExecutions are the executions that equal subscriptions share, also those that have a single viewer now.
	SharedExecutions int

	// Pages were executed and encoded.
	Pages uint64
	// Deliveries are pages that were handed to a viewer's connection.
	Deliveries uint64
	// Writes are the writes that took: Deliveries/Writes is how well pages share them.
	Writes uint64
	// DroppedPages were dropped because a viewer could not keep up, DroppedEvents are the events in them.
	DroppedPages, DroppedEvents uint64
	// SlowEnds are connections that were cut because the peer took no bytes, and operations that were ended because
	// their stream cannot tell what was dropped.
	SlowEnds uint64
	// RevokedEnds are connections that were cut because their identity had ended.
	RevokedEnds uint64
	// Refused are connections that were refused: foreign origin, not authenticated, over a limit.
	Refused uint64
}

type counters struct {
	pages, deliveries, writes, droppedPages, droppedEvents, slowEnds, revokedEnds, refused atomic.Uint64
	operations, webSockets, eventStreams                                                   atomic.Int64
}

// Stats returns the current figures.
func (s *Server) Stats() Stats {
	c := &s.stats
	return Stats{
		WebSockets:       int(c.webSockets.Load()),
		EventStreams:     int(c.eventStreams.Load()),
		Operations:       int(c.operations.Load()),
		SharedExecutions: s.shares.running(),
		Pages:            c.pages.Load(),
		Deliveries:       c.deliveries.Load(),
		Writes:           c.writes.Load(),
		DroppedPages:     c.droppedPages.Load(),
		DroppedEvents:    c.droppedEvents.Load(),
		SlowEnds:         c.slowEnds.Load(),
		RevokedEnds:      c.revokedEnds.Load(),
		Refused:          c.refused.Load(),
	}
}
