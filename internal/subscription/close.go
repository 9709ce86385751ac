package subscription

import (
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/waymarkhq/waymark/internal/fault"
)

// The close codes of graphql-transport-ws.
const (
	closeInternal       = 4500
	closeBadRequest     = 4400
	closeUnauthorized   = 4401
	closeForbidden      = 4403
	closeSubprotocol    = 4406
	closeInitTimeout    = 4408
	closeIDInUse        = 4409
	closeTooManyInits   = 4429
	closeTooMany        = websocket.CloseTryAgainLater
	closeGoingAway      = websocket.CloseGoingAway
	closeProtocolError  = websocket.CloseProtocolError
	maxCloseReasonBytes = 123
)

// closing is why and how a WebSocket is closed.
type closing struct {
	code   int
	reason string
}

// frame returns the close frame.
func (c closing) frame() []byte {
	reason := c.reason
	for len(reason) > maxCloseReasonBytes || !utf8.ValidString(reason) {
		reason = reason[:min(len(reason)-1, maxCloseReasonBytes)]
	}
	return frame(opClose, websocket.FormatCloseMessage(c.code, reason))
}

// refusal returns how a connection is closed that the authenticator refused with err; internal says that err is for the
// log.
func refusal(err error) (c closing, internal bool) {
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.RateLimited:
		return closing{closeTooMany, "Try again later"}, false
	case fault.Internal:
		return closing{closeInternal, "Internal server error"}, true
	default:
		return closing{closeForbidden, "Forbidden"}, false
	}
}
