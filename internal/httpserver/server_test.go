package httpserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/waymarkhq/waymark/internal/httpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sdk answers /v1/ paths.
type sdk struct{ http.Handler }

func (sdk) Serves(path string) bool { return strings.HasPrefix(path, "/v1/") || path == "//v1/t" }

func named(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s %s", name, r.Method, r.URL.Path)
	}
}

func config() httpserver.Config {
	return httpserver.Config{Addr: "127.0.0.1:0", GraphQL: named("graphql"), Exports: named("export"), Files: named("files"), Pages: named("pages"), SDK: sdk{named("sdk")}}
}

// server is a running server.
type server struct {
	*httpserver.Server
	t      *testing.T
	client *http.Client
	stop   func() error // stops it and returns what Run returned
}

func start(t *testing.T, cfg httpserver.Config) *server {
	t.Helper()
	s, err := httpserver.New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, stop())
	})
	return &server{Server: s, t: t, stop: stop, client: &http.Client{Transport: transport}}
}

// answer is a whole answer.
type answer struct {
	*http.Response
	body string
}

func (s *server) do(method, url, body string, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.Addr().String()+url, strings.NewReader(body))
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	return s.send(r)
}

func (s *server) send(r *http.Request) answer {
	s.t.Helper()
	resp, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return answer{resp, string(text)}
}

func (s *server) get(url string, headers ...string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, url, "", headers...)
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	s := start(t, config())
	cfg := config()
	cfg.CollectAddr = s.Addr().String()
	_, err := httpserver.New(cfg)
	require.ErrorContains(t, err, cfg.CollectAddr)
}

// TestStop: not ready any more, streams are ended, what is under way gets its answer, and Run returns after all that.
func TestStop(t *testing.T) {
	t.Parallel()
	entered, release, streamsClosed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	cfg := config()
	cfg.CloseStreams = func(context.Context) { close(streamsClosed) }
	cfg.GraphQL = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		if r.Context().Err() != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, "done")
	})
	s := start(t, cfg)
	got := make(chan answer)
	go func() { got <- s.get("/graphql") }()
	<-entered
	stopped := make(chan error)
	go func() { stopped <- s.stop() }()
	<-streamsClosed
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 10*time.Second, 5*time.Millisecond)
	close(release)
	a := <-got
	require.Equal(t, 200, a.StatusCode)
	require.Equal(t, "done", a.body)
	require.NoError(t, <-stopped)
}

// TestStopCutsTheStubborn: a request that does not end holds nothing up for longer than the time to drain.
func TestStopCutsTheStubborn(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	cfg := config()
	cfg.DrainTimeout = 50 * time.Millisecond
	cfg.GraphQL = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	s := start(t, cfg)
	failed := make(chan error)
	go func() {
		resp, err := s.client.Get("http://" + s.Addr().String() + "/graphql")
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-entered
	require.NoError(t, s.stop())
	require.Error(t, <-failed)
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.TLSCert, cfg.TLSKey = certificate(t)
	cfg.PublicURL = &url.URL{Scheme: "https", Host: "waymark.example"}
	cfg.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.URL.Scheme, r.Proto) })
	s := start(t, cfg)
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	s.client = &http.Client{Transport: transport}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Addr().String()+"/", http.NoBody)
	require.NoError(t, err)
	a := s.send(r)
	require.Equal(t, "httpsHTTP/2.0", a.body)
	require.NotEmpty(t, a.Header.Get("Strict-Transport-Security"))

	cfg.TLSKey = cfg.TLSCert
	_, err = httpserver.New(cfg)
	require.ErrorContains(t, err, "certificate")
}

// certificate makes a key pair in files.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certFile, keyFile
}
