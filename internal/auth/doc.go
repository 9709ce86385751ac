// Package auth knows who is asking and what they may do.
//
// A credential (the session cookie of a person, or an API token) is turned into a Principal by the Authenticator. The
// principal travels in the context; services call Allow as their first line, and one table (Rules) says for every root
// field of the API which roles may use it. Nothing else in the program compares roles.
//
// Concurrency: a Principal never changes and may be shared. Behind it stands the live state of its credential, which
// Principal.Err reads without locking: as soon as the credential is revoked, expires, or its owner's roles change, Err
// says so on every node, whoever still holds the principal. All methods of Service, Authenticator and Passwords are safe
// for concurrent use. Service.Run listens to the notices of other nodes and rechecks live credentials.
package auth
