package subscription

import (
	"encoding/binary"
	"encoding/json"
)

// First bytes of unfragmented frames, RFC 6455 section 5.2.
const (
	opText  = 0x81
	opClose = 0x88
	opPing  = 0x89
	opPong  = 0x8a
)

// maxHeaderBytes is the longest header of a frame that a server sends.
const maxHeaderBytes = 10

// appendHeader appends the header of an unmasked frame with n bytes of payload.
func appendHeader(b []byte, first byte, n int) []byte {
	switch {
	case n < 126:
		return append(b, first, byte(n))
	case n < 1<<16:
		return append(b, first, 126, byte(n>>8), byte(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, first, 127), uint64(n))
	}
}

// frame returns an unmasked frame.
func frame(first byte, payload []byte) []byte {
	b := make([]byte, 0, maxHeaderBytes+len(payload))
	return append(appendHeader(b, first, len(payload)), payload...)
}

// textFrame returns a message of the server that carries no payload of an operation.
func textFrame(text string) []byte { return frame(opText, []byte(text)) }

func pongMessage(payload json.RawMessage) []byte {
	if absent(payload) {
		return textFrame(`{"type":"pong"}`)
	}
	return textFrame(`{"type":"pong","payload":` + string(payload) + `}`)
}

// idPrefix returns what every message about the operation begins with: {"id":"…","type":".
func idPrefix(id string) []byte {
	quoted, err := json.Marshal(id)
	if err != nil {
		panic(err) // a string always marshals
	}
	return append(append([]byte(`{"id":`), quoted...), `,"type":"`...)
}

const (
	nextInfix    = `next","payload":`
	errorInfix   = `error","payload":`
	completeTail = `complete"}`
)

// appendPage appends the frame that tells one viewer of p: all but the id is shared.
func appendPage(b, prefix []byte, p *page) []byte {
	infix := ""
	switch p.kind {
	case pageComplete:
		b = appendHeader(b, opText, len(prefix)+len(completeTail))
		b = append(b, prefix...)
		return append(b, completeTail...)
	case pageError:
		infix = errorInfix
	case pageNext:
		infix = nextInfix
	}
	b = appendHeader(b, opText, len(prefix)+len(infix)+len(p.body)+1)
	b = append(b, prefix...)
	b = append(b, infix...)
	b = append(b, p.body...)
	return append(b, '}')
}
