// Package testkit gives tests real databases and servers: SQLite files, PostgreSQL databases, NATS, the whole program. Each
// is fresh, and is gone when the test that asked for it ends.
//
// All functions may be called from parallel tests.
package testkit
