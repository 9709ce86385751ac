package model

import (
	"strconv"
	"time"

	"github.com/waymarkhq/waymark/internal/store"
)

// RefusedRequest is the public face of a refusal.
type RefusedRequest struct{ *store.Refusal }

// NodeID tells the requests of one answer apart.
func (r RefusedRequest) NodeID() string { return r.ID() }

// ID returns the id.
func (r RefusedRequest) ID() string { return "rfq_" + strconv.FormatInt(r.Refusal.ID, 10) }

// LastAt returns when the last of them came.
func (r RefusedRequest) LastAt() time.Time { return r.Last }

// Key returns the write key as sent.
func (r RefusedRequest) Key() string { return r.Refusal.WriteKey }

// RefusedRequests shows refusals.
func RefusedRequests(list []*store.Refusal) []RefusedRequest {
	out := make([]RefusedRequest, len(list))
	for i, r := range list {
		out[i] = RefusedRequest{r}
	}
	return out
}

// Kind returns what was wrong.
func (r RefusedRequest) Kind() RefusalKind { return RefusalKind(r.Refusal.Kind) }
