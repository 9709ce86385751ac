// Package migrate holds how the tables look: the versioned migrations, and ent's own description of the newest state, from
// which the next migration is derived.
package migrate

import "embed"

// Files holds the versioned migrations, as goose reads them, one folder per database: postgres; sqlite for plan.db;
// sqlite_capture for capture.db. A migration that was ever released is never changed.
//
//go:embed postgres/*.sql sqlite/*.sql sqlite_capture/*.sql
var Files embed.FS
