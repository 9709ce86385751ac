// Package graph is the GraphQL server: the schema's resolvers, the limits that a document must keep before it runs, the
// face of errors, and GraphQL over HTTP. Resolvers are thin: who is asking, one service call, the answer; rows of one
// level load their relations together (package sibling).
//
// A Server is safe for concurrent use.
package graph

//go:generate go tool gqlgen generate
