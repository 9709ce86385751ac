// Package audit writes down who changed what: one entry for each object that a command changed, in the command's own
// transaction, so that there is no change without its entry and no entry without its change.
//
// It cannot be forgotten. [Hook] stands between ent and the database: it sees every create, update and delete of every
// table, single or in bulk, and refuses what comes from outside a transaction of package store, which alone makes a
// [Recorder]. A new table is audited without a line of code here; kinds.go says of the few that need it what they are a part
// of, or that they only copy what other rows say.
//
// Who is asking, in which request and with which command, is in the context: [WithActor], [WithRequest], [WithAction].
//
// Concurrency: a Recorder belongs to the goroutine of its transaction; the rest has no state.
//
// What it does not see are statements that go by ent. They are for tables that ent does not own, and for counters; a test
// of package graph compares the entries with the rows after every mutation of the API.
package audit
