package subscription

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Identity is who a connection belongs to. Implementations are immutable to callers and safe for concurrent use.
type Identity interface {
	// Scope names the permission set: identities with equal scope may share one execution.
	Scope() string
	// Subject names who it is, for the limit of connections; the empty string is not limited.
	Subject() string
	// Err is nil while the identity holds, and an error of class fault.Unauthenticated once it expired or was revoked.
	// It is called for every page, so it must be cheap: an atomic load, no I/O.
	Err() error
	// Expires is when the identity ends by itself; zero for never.
	Expires() time.Time
}

// Options configure a Server. Authenticate, Detach and Shareable are needed; the rest has defaults.
type Options struct {
	// Authenticate says who is asking, from the upgrade (or SSE) request and the payload of connection_init (nil for
	// SSE, and where the client sent none). The returned context is the parent of the connection's own operations and
	// must be derived from ctx. Errors of class Unauthenticated and Forbidden refuse the connection.
	Authenticate func(ctx context.Context, r *http.Request, initPayload map[string]any) (context.Context, Identity, error)
	// Detach returns the context of a shared execution: ctx, which ends with the execution, with a principal that has the
	// identity's scope and nothing else of it.
	Detach func(ctx context.Context, id Identity) context.Context
	// Shareable says whether all viewers of equal scope get the same from this subscription.
	Shareable func(oc *graphql.OperationContext) bool

	// Origins are accepted beside the host that was asked, e.g. "https://plan.example.com".
	Origins []string
	// ClientAddress returns the peer's address for the limit of connections; default: the host of RemoteAddr.
	ClientAddress func(*http.Request) string
	// Logger gets what is internal; default: none.
	Logger *slog.Logger
	// Clock is the wall clock; default time.Now.
	Clock func() time.Time

	// MaxMessageBytes bounds a message of the client; default 256 KiB.
	MaxMessageBytes int64
	// MaxOperations bounds the running operations of one connection; default 100. One more is answered with an error.
	MaxOperations int
	// MaxConnections, MaxConnectionsPerAddress and MaxConnectionsPerSubject bound the open connections, WebSocket and
	// SSE together; defaults 50,000, 10,000 and 2,000.
	MaxConnections, MaxConnectionsPerAddress, MaxConnectionsPerSubject int

	// InitTimeout is how long a client may take to its connection_init; default 10 s.
	InitTimeout time.Duration
	// WriteTimeout is how long a peer may take no bytes before it is cut; default 10 s.
	WriteTimeout time.Duration
	// PingInterval is how often a WebSocket is pinged and an event stream gets a comment; a WebSocket that was silent for
	// two of them is cut; default 25 s.
	PingInterval time.Duration
	// IdleTimeout closes a WebSocket that has had no operation for so long; default 30 min.
	IdleTimeout time.Duration
	// DrainTimeout is how long peers may take to close when the server stops; default 5 s.
	DrainTimeout time.Duration
	// FlushDelay is how long pages may wait for others under load, so that they share a write; default 10 ms.
	FlushDelay time.Duration
	// QueuePages and QueueBytes bound what waits for one viewer; defaults 256 and 1 MiB. One page always fits.
	QueuePages, QueueBytes int
	// SocketBuffer is the kernel's send buffer for one connection, in bytes; default 256 KiB. Beyond it a viewer's pages
	// wait in its queue, where they can be dropped.
	SocketBuffer int
}

func (o Options) withDefaults() (Options, error) {
	if o.Authenticate == nil || o.Detach == nil || o.Shareable == nil {
		return o, errors.New("subscription: Authenticate, Detach and Shareable are needed")
	}
	setDefault(&o.MaxMessageBytes, 256<<10)
	setDefault(&o.MaxOperations, 100)
	setDefault(&o.MaxConnections, 50_000)
	setDefault(&o.MaxConnectionsPerAddress, 10_000)
	setDefault(&o.MaxConnectionsPerSubject, 2_000)
	setDefault(&o.InitTimeout, 10*time.Second)
	setDefault(&o.WriteTimeout, 10*time.Second)
	setDefault(&o.PingInterval, 25*time.Second)
	setDefault(&o.IdleTimeout, 30*time.Minute)
	setDefault(&o.DrainTimeout, 5*time.Second)
	setDefault(&o.FlushDelay, 10*time.Millisecond)
	setDefault(&o.QueuePages, 256)
	setDefault(&o.QueueBytes, 1<<20)
	setDefault(&o.SocketBuffer, 256<<10)
	if o.ClientAddress == nil {
		o.ClientAddress = remoteHost
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o, nil
}

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// BearerToken returns the API token in a connection_init payload: "Authorization" (any case) with "Bearer …", or
// "token"; "" when there is none.
func BearerToken(initPayload map[string]any) string {
	for key, value := range initPayload {
		text, _ := value.(string)
		if strings.EqualFold(key, "authorization") {
			if scheme, token, ok := strings.Cut(text, " "); ok && strings.EqualFold(scheme, "bearer") {
				return strings.TrimSpace(token)
			}
		}
	}
	token, _ := initPayload["token"].(string)
	return token
}
