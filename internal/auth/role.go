package auth

import (
	"math/bits"
	"strings"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Role is what a person does, in one app or in the whole organisation. Its values are those of the API and the database.
type Role string

// The roles. Every one of them may read; Admin may do everything within its app or organisation.
const (
	Viewer    Role = "VIEWER"
	Requester Role = "REQUESTER"
	Editor    Role = "EDITOR"
	Reviewer  Role = "REVIEWER"
	Developer Role = "DEVELOPER"
	Tester    Role = "TESTER"
	Admin     Role = "ADMIN"
)

// Roles lists every role in canonical order.
func Roles() []Role { return []Role{Viewer, Requester, Editor, Reviewer, Developer, Tester, Admin} }

// ParseRole returns the role of that name, or INVALID_INPUT for the field at path.
func ParseRole(path, name string) (Role, error) {
	if r := Role(name); SetOf(r) != 0 {
		return r, nil
	}
	return "", fault.Invalid(fault.Field{Path: path, Reason: "unknown_role", Message: "is not a role: " + name})
}

// RoleSet is a set of roles, one bit each in canonical order. The last bits are SignedIn and InSession.
type RoleSet uint16

// What stands in a rule beside roles.
const (
	// SignedIn is everyone who is known, whatever their roles.
	SignedIn RoleSet = 1 << 7
	// InSession is everyone who signed in as a person. An API token acts for its owner only as far as its roles go, and
	// these say nothing about the owner's account.
	InSession RoleSet = 1 << 8
)

// anyRole is every role.
const anyRole RoleSet = 1<<7 - 1

// SetOf returns the set of the given roles; names that are no roles add nothing.
func SetOf(roles ...Role) RoleSet {
	var s RoleSet
	for _, r := range roles {
		for i, known := range Roles() {
			if r == known {
				s |= 1 << i
			}
		}
	}
	return s
}

// Has reports whether the set contains r.
func (s RoleSet) Has(r Role) bool { return s&SetOf(r) != 0 }

// Covers reports whether who holds s may do what r may: by r itself or as administrator.
func (s RoleSet) Covers(r Role) bool { return s.Has(r) || (s.Has(Admin) && SetOf(r) != 0) }

// List returns the roles of the set in canonical order.
func (s RoleSet) List() []Role {
	list := make([]Role, 0, bits.OnesCount8(uint8(s&anyRole)))
	for i, r := range Roles() {
		if s&(1<<i) != 0 {
			list = append(list, r)
		}
	}
	return list
}

// String lists the roles with commas, in canonical order.
func (s RoleSet) String() string {
	names := make([]string, 0, 7)
	for _, r := range s.List() {
		names = append(names, string(r))
	}
	return strings.Join(names, ",")
}
