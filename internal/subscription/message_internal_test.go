package subscription

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzDecodeMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connection_init","payload":{"Authorization":"Bearer x"}}`, `{"type":"ping"}`, `{"type":"pong","payload":{}}`,
		`{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":{"n":1e400},"operationName":null,"extensions":{"a":[{}]}}}`,
		`{"id":"1","type":"complete"}`, `{"type":"ping","payload":{"a":"\ud800"}}`, ` { "type" : "ping" } `, "\xff", `{"type":"subscribe"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeMessage(data)
		if err != nil {
			return
		}
		require.True(t, utf8.Valid(data))
		require.True(t, json.Valid(data))
		switch m.kind {
		case typeSubscribe:
			require.NotNil(t, m.params)
			require.NotEmpty(t, m.id)
		case typeComplete:
			require.NotEmpty(t, m.id)
		case typePing:
			frame := pongMessage(m.ping)
			var pong struct {
				Type    string
				Payload json.RawMessage
			}
			require.NoError(t, json.Unmarshal(frame[headerLen(frame):], &pong))
			require.Equal(t, typePong, pong.Type)
			if !absent(m.ping) {
				require.JSONEq(t, string(m.ping), string(pong.Payload))
			}
		case typeInit, typePong:
		default:
			t.Fatalf("unknown type %q", m.kind)
		}
		require.LessOrEqual(t, len(m.id), maxIDBytes)
		if m.id != "" {
			var next struct{ ID, Type string }
			frame := appendPage(nil, idPrefix(m.id), completePage)
			require.NoError(t, json.Unmarshal(frame[headerLen(frame):], &next))
			require.Equal(t, m.id, next.ID)
		}
	})
}

// headerLen returns the length of an unmasked frame's header.
func headerLen(frame []byte) int {
	switch frame[1] {
	case 126:
		return 4
	case 127:
		return 10
	default:
		return 2
	}
}
