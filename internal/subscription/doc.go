// Package subscription serves GraphQL operations over WebSocket (subprotocol graphql-transport-ws, on gorilla) and over
// server-sent events (graphql-sse, distinct connections mode), as two gqlgen transports of one Server.
//
// # Sharing
//
// Equal subscriptions share one execution. Two subscriptions are equal when Options.Shareable allows the operation and
// they agree in normalised document, operation name, coerced variables and Identity.Scope. The shared execution runs with
// the context that Options.Detach makes for that scope, never as one of its viewers, and lives exactly as long as it has
// one. Limits that must hold for each viewer belong into gqlgen's OperationContextMutator, which runs for every
// subscribe; an OperationInterceptor or ResponseInterceptor runs once for the shared execution. Each response is
// encoded once; what differs per viewer is the id around it.
//
// # Loss
//
// Each viewer has a bounded queue (Options.QueuePages, QueueBytes). When it is full the oldest pages go. What a resolver
// says about its stream with Offer decides what follows: the viewer alone is sent a page that says how many events it
// lost, at the place where they are missing, produced by executing the viewer's own operation on Source.Loss(n); or, for
// snapshots, the newest one replaces what waited. A stream that was not offered cannot tell what it lost, so there the
// slow viewer's operation is ended with an error. Consecutive losses are told as one sum; the counts are exact. A peer
// that takes no bytes for Options.WriteTimeout is cut.
//
// # Protocol
//
// The measure is PROTOCOL.md of graphql-ws. Close codes:
//
//	4400  message that is not of the protocol: binary, not JSON, unknown type, missing field, too large
//	4401  subscribe before connection_ack
//	4403  connection_init refused; also a connection whose identity ended (expired, revoked) while it was open,
//	      because that is what graphql-ws clients take as "get a new token and come back"
//	4406  subprotocol is not graphql-transport-ws
//	4408  no connection_init within Options.InitTimeout
//	4409  id of a running operation used again
//	4429  second connection_init
//	4500  internal error while the connection was set up
//	1001  server stops, or the connection was idle for Options.IdleTimeout; clients come back by themselves. No complete
//	      is sent, because that would tell the client that its subscription had come to its end.
//	1013  too many connections of one subject, or the authenticator is not available; try later
//	1002  violation of RFC 6455
//
// A foreign Origin is refused with HTTP 403 before the upgrade, too many connections with 503 (of the server) or 429 (of
// an address). A peer that is cut for not taking bytes gets no code:
// nothing can be sent to it, its TCP connection is reset. Errors that precede execution or the source stream go out as
// one error message, without complete; queries and mutations are answered with next and complete. The server checks the
// peer with WebSocket pings, which every WebSocket client answers by itself, and answers ping messages with pong.
//
// # Concurrency
//
// Server is safe for concurrent use. Server.Run owns all goroutines: one reader per WebSocket, one per execution and
// running query, one writer for each peer that is being slow, and a fixed few that flush and tick. Locks are taken in the
// order shares.mu, execution.mu, a connection's mu.
package subscription
