// Package ent reads and writes the tables of the plan and its people: what ent generates from ent/schema, for both
// databases. A Client is safe for concurrent use, an entity is a plain value.
package ent

//go:generate go run entc.go
