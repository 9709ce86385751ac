// Package store keeps Waymark's data in one of two databases: SQLite without any configuration, or PostgreSQL. It is the
// only importer of their drivers.
//
// What is kept falls into two halves that never share a transaction:
//
//   - the management data (apps, batches, definitions, people), as ent tables: read through [Store.Read], changed in
//     [Store.Tx]; with a search index beside it ([Store.Index], [Store.Search], [Store.Matches]);
//   - the capture data (samples, counters, the writer's position), as hand-written SQL: written by [Store.CommitCapture],
//     which moves the position on in the same transaction, and read by [Store.CapturedPages] and its neighbours.
//
// On SQLite they are two files, plan.db and capture.db, so that an editor never waits for bulk writes; on PostgreSQL they
// are tables of one database. Each file or database has one pool for writing and one for reading that refuses to write,
// so that a read never waits for a write.
//
// # Isolation
//
// [Store.Tx] is serializable on both databases: on SQLite there is one writer at a time, on PostgreSQL a transaction
// that cannot be put in an order with the others is run again. A service may therefore read, decide and write as if
// it were alone. Reads through [Store.Read] see what was committed when their statement began.
//
// # Concurrency
//
// A Store is safe for concurrent use and starts no goroutine of its own (database/sql's pools apart, which end with
// [Store.Close]).
package store
