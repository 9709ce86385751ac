package outward_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/outward"
)

// attacks are hosts, as somebody would type them, that lead to where only the server can go.
var attacks = strings.Fields(`
127.0.0.1 127.0.0.2 127.255.255.254 localhost LOCALHOST localhost.
[::1] [0:0:0:0:0:0:0:1] [::] [::%25lo] 0.0.0.0 0.1.2.3
10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255
100.64.0.1 100.100.100.200 100.127.255.255
169.254.169.254 169.254.0.1 169.254.170.2 [fd00:ec2::254] 168.63.129.16
192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
[::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:0.0.0.0]
[::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1]
[64:ff9b::127.0.0.1] [64:ff9b::169.254.169.254] [64:ff9b:1::1]
[2002:7f00:1::] [2002:a9fe:a9fe::1] [2001:0:7f00:1::] [2001:db8::1] [2001:10::1] [3fff::1]
[fe80::1] [fe80::1%25lo] [febf::1] [fec0::1] [fc00::1] [fdff::1] [ff02::1] [ff0e::1] [100::1] [4000::1]
127.1 127.0.1 2130706433 0x7f000001 0177.0.0.1 0x7f.0.0.1 017700000001 0 0x0
loopback.test metadata.test private.test mapped.test mixed.test rebind.test
`)

// names are what the attackers' name server says.
var names = map[string][]string{
	"loopback.test.": {"127.0.0.1"}, "metadata.test.": {"169.254.169.254"}, "private.test.": {"10.1.2.3"},
	"mapped.test.": {"::ffff:127.0.0.1"}, "mixed.test.": {"127.0.0.1", "::1", "fe80::1"}, "rebind.test.": {"127.0.0.1"},
}

func TestNoneOfTheseConnects(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(attacks), 60)
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(inside.Close)
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	require.NoError(t, err)
	client := outward.New(outward.Options{Timeout: 5 * time.Second, Resolver: nameServer(t)})
	t.Cleanup(client.Close)
	for _, host := range attacks {
		for _, scheme := range []string{"http://", "https://"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, scheme+host+":"+port+"/v1/batch", strings.NewReader("x"))
			if err != nil {
				continue // no URL at all
			}
			response, err := client.Do(request)
			if err == nil {
				_ = response.Body.Close()
			}
			require.Error(t, err, host)
			unknown := &net.DNSError{}
			require.True(t, errors.Is(err, outward.ErrForbidden) || errors.As(err, &unknown), "%s: %v", host, err)
		}
	}
	require.Zero(t, reached.Load())
}

// TestAddresses judges addresses without dialling, also those that a machine without IPv6 never dials.
func TestAddresses(t *testing.T) {
	t.Parallel()
	client := outward.New(outward.Options{})
	for _, host := range attacks {
		text := strings.Trim(strings.ReplaceAll(host, "%25", "%"), "[]")
		if ip, err := netip.ParseAddr(text); err == nil {
			require.False(t, client.Allowed(ip), host)
		}
	}
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "47.95.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "169.253.1.1", "192.167.1.1",
		"198.17.0.1", "223.255.255.254", "2606:4700:4700::1111", "2400:3200::1", "::ffff:8.8.8.8",
	} {
		require.True(t, client.Allowed(netip.MustParseAddr(text)), text)
	}
	require.False(t, client.Allowed(netip.Addr{}))
	some := outward.New(outward.Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}})
	for text, ok := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "fd12::1": true, "fc12::1": false, "127.0.0.1": false, "9.9.9.9": true,
	} {
		require.Equal(t, ok, some.Allowed(netip.MustParseAddr(text)), text)
	}
}

// TestARequestGoesOutAsItIs: what is allowed is reached, nothing is added to the request, and no redirect is followed.
func TestARequestGoesOutAsItIs(t *testing.T) {
	t.Parallel()
	var header http.Header
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, header = append(seen, r.RequestURI), r.Header
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(server.Close)
	client := outward.New(outward.Options{Timeout: 5 * time.Second, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(client.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/a%2Fb?x=1", nil)
	require.NoError(t, err)
	request.Header["User-Agent"] = []string{""}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Len(t, body, 64<<10)
	require.Equal(t, http.StatusFound, response.StatusCode)
	require.Equal(t, []string{"/a%2Fb?x=1"}, seen)
	require.Empty(t, header)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"http://sa.example.com": nil, "https://sa.example.com:8443/x?project=a": nil,
		"ftp://example.com": outward.ErrScheme, "file:///etc/passwd": outward.ErrScheme, "gopher://127.0.0.1:6379/_x": outward.ErrScheme,
		"sa.example.com/sa": outward.ErrScheme, "http:sa.example.com": outward.ErrHost, "http://": outward.ErrHost, "http://:80": outward.ErrHost,
		"http://user@example.com": outward.ErrUser, "http://user:secret@127.0.0.1": outward.ErrUser, "http://example.com:0": outward.ErrPort,
		"http://example.com:70000": outward.ErrPort,
	} {
		u, err := url.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, outward.Check(u), text)
		if want != nil {
			_, err := outward.New(outward.Options{}).Do(&http.Request{URL: u})
			require.ErrorIs(t, err, want, text)
		}
	}
}

// nameServer is a resolver that asks a server of ours, which answers what the attackers' would.
func nameServer(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(dnsAnswer(buf[:n]), from)
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// dnsAnswer answers one question of the DNS protocol.
func dnsAnswer(question []byte) []byte {
	name, at := "", 12
	for question[at] != 0 {
		name += strings.ToLower(string(question[at+1:at+1+int(question[at])])) + "."
		at += 1 + int(question[at])
	}
	kind := binary.BigEndian.Uint16(question[at+1:])
	answer := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[12:at+5]...)
	known := names[name]
	if known == nil {
		answer[3] = 0x83 // no such name
	}
	for _, text := range known {
		ip := netip.MustParseAddr(text)
		if (kind == 1) != ip.Is4() || kind != 1 && kind != 28 {
			continue
		}
		raw := ip.AsSlice()
		answer[7]++
		answer = append(answer, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 1, 0, byte(len(raw)))
		answer = append(answer, raw...)
	}
	return answer
}
