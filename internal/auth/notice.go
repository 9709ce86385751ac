package auth

import "github.com/waymarkhq/waymark/internal/fault"

// endings are the reasons for which a credential ends, as its holder is told.
var endings = map[string]*fault.Error{
	"session_ended":       fault.New(fault.Unauthenticated, "session_ended", "this session was ended; sign in again"),
	"session_expired":     fault.New(fault.Unauthenticated, "session_expired", "this session is over; sign in again"),
	"token_revoked":       fault.New(fault.Unauthenticated, "token_revoked", "this API token was revoked"),
	"token_expired":       fault.New(fault.Unauthenticated, "token_expired", "this API token has expired"),
	"token_unknown":       fault.New(fault.Unauthenticated, "token_unknown", "this is not a valid API token"),
	"user_deactivated":    fault.New(fault.Unauthenticated, "user_deactivated", "this account was deactivated"),
	"permissions_changed": fault.New(fault.Unauthenticated, "permissions_changed", "your permissions changed; connect again"),
}
