package e2e_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSendersThatLeaveAtOnce: a page sends its last picture or beacon and is gone, and its browser with it. What has arrived
// whole is kept.
func TestSendersThatLeaveAtOnce(t *testing.T) {
	t.Parallel()
	const senders = 100
	s := start(t)
	admin := s.admin(t)
	planned := planShop(t, admin)
	for i := range senders {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		require.NoError(t, err)
		event := fmt.Sprintf(`{"type":"track","event":"order_paid","distinct_id":"u","time":1767323045000,"_track_id":%d,"properties":{}}`, i)
		data := base64.StdEncoding.EncodeToString([]byte(event))
		if i%2 == 0 {
			_, err = fmt.Fprintf(connection, "GET /sa.gif?token=%s&data=%s HTTP/1.1\r\nHost: x\r\n\r\n", planned.Test, url.QueryEscape(data))
		} else {
			body := "data=" + url.QueryEscape(data)
			_, err = fmt.Fprintf(connection, "POST /sa.gif?token=%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", planned.Test, len(body), body)
		}
		require.NoError(t, err)
		require.NoError(t, connection.Close())
	}
	require.Len(t, admin.capturedEvents(t, senders), senders)
	refused := admin.must(t, `{ refusedRequests(app: "shop") { nodes { reason count } } }`, nil)
	require.Empty(t, refused.list("refusedRequests", "nodes"), "nobody is told that something was refused")
}
