package auth

import "strings"

// isToken reports whether an id is that of an API token.
func isToken(id string) bool { return strings.HasPrefix(id, "tok_") }
