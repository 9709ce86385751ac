package graph

import (
	"time"

	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/collect"
	passing "github.com/waymarkhq/waymark/internal/collect/forward"
	"github.com/waymarkhq/waymark/internal/live"
	"github.com/waymarkhq/waymark/internal/monitor"
	"github.com/waymarkhq/waymark/internal/release"
)

// Resolver holds the services that resolvers call.
type Resolver struct {
	Auth     *auth.Service
	Catalog  *catalog.Service
	Releases *release.Service
	Samples  *collect.Samples
	Refused  *collect.Refused
	// Forwarder knows how passing payloads on goes.
	Forwarder *passing.Forwarder
	Runs      *collect.Runs
	Monitor   *monitor.Service
	Hub       *live.Hub
	// Acceptance is capture sessions.
	Acceptance *acceptance.Service
	// PublicURL is how phones and colleagues reach this server, without a slash at the end.
	PublicURL func() string
	Now       func() time.Time
	// SingleSignOn is offered beside passwords; nil for none.
	SingleSignOn *model.SingleSignOn
}
