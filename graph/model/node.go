// Package model holds the GraphQL types that no other package has a type for. What is generated is in models_gen.go.
package model

// Node is whatever has an id of its own.
type Node interface{ NodeID() string }
