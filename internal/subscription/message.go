package subscription

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// The types of messages of graphql-transport-ws.
const (
	typeInit      = "connection_init"
	typeAck       = "connection_ack"
	typePing      = "ping"
	typePong      = "pong"
	typeSubscribe = "subscribe"
	typeComplete  = "complete"
)

// message is one message of a client, checked for form: the fields that its type needs are there.
type message struct {
	kind   string
	id     string
	init   map[string]any // payload of connection_init; nil when absent
	ping   json.RawMessage
	params *graphql.RawParams // payload of subscribe
}

// maxIDBytes bounds an operation id, which is repeated in every frame.
const maxIDBytes = 256

var (
	errNotJSON     = errors.New("message is not a JSON object")
	errNotUTF8     = errors.New("message is not UTF-8")
	errNoType      = errors.New("message has no type")
	errUnknownType = errors.New("message has an unknown type")
	errNoID        = errors.New("message has no id")
	errLongID      = errors.New("message has an id of more than 256 bytes")
	errPayload     = errors.New("message has a payload that does not fit its type")
)

// decodeMessage decodes one text message. Field names are case-sensitive, unknown fields are ignored. The message does
// not alias data.
func decodeMessage(data []byte) (message, error) {
	var m message
	if !utf8.Valid(data) {
		return m, errNotUTF8
	}
	fields, err := decodeObject(data)
	if err != nil {
		return m, errNotJSON
	}
	if !decodeString(fields["type"], &m.kind) {
		return m, errNoType
	}
	payload := fields["payload"]
	switch m.kind {
	case typeInit:
		return m, decodeOptionalObject(payload, &m.init)
	case typePing, typePong:
		var ignored map[string]any
		m.ping = payload
		return m, decodeOptionalObject(payload, &ignored)
	case typeComplete:
		return m, m.decodeID(fields["id"])
	case typeSubscribe:
		if err := m.decodeID(fields["id"]); err != nil {
			return m, err
		}
		m.params, err = decodeParams(payload)
		return m, err
	default:
		return m, errUnknownType
	}
}

func (m *message) decodeID(raw json.RawMessage) error {
	if !decodeString(raw, &m.id) || m.id == "" {
		return errNoID
	}
	if len(m.id) > maxIDBytes {
		return errLongID
	}
	return nil
}

// decodeParams decodes a GraphQL request: {query, variables?, operationName?, extensions?}.
func decodeParams(raw []byte) (*graphql.RawParams, error) {
	fields, err := decodeObject(raw)
	if err != nil {
		return nil, errPayload
	}
	p := &graphql.RawParams{}
	if !decodeString(fields["query"], &p.Query) {
		return nil, errPayload
	}
	if name := fields["operationName"]; !absent(name) && !decodeString(name, &p.OperationName) {
		return nil, errPayload
	}
	if err := decodeOptionalObject(fields["variables"], &p.Variables); err != nil {
		return nil, err
	}
	return p, decodeOptionalObject(fields["extensions"], &p.Extensions)
}

// decodeObject returns the fields of a JSON object, which must be all that data holds.
func decodeObject(data []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errNotJSON
	}
	return fields, nil
}

// decodeOptionalObject decodes an object that may be absent or null. Numbers stay as they are written.
func decodeOptionalObject(raw json.RawMessage, into *map[string]any) error {
	if absent(raw) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return errPayload
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errPayload
	}
	return nil
}

// decodeString decodes a JSON string and reports whether raw is one.
func decodeString(raw json.RawMessage, into *string) bool {
	return !absent(raw) && json.Unmarshal(raw, into) == nil
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
