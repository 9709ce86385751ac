// Package formats lists the wire formats that the server speaks, in the order in which they are asked whether a request is
// theirs. Like the formats themselves it is pure.
package formats

import (
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/amplitude"
	"github.com/waymarkhq/waymark/internal/wire/cloudevents"
	"github.com/waymarkhq/waymark/internal/wire/ga4"
	"github.com/waymarkhq/waymark/internal/wire/matomo"
	"github.com/waymarkhq/waymark/internal/wire/mixpanel"
	"github.com/waymarkhq/waymark/internal/wire/otlp"
	"github.com/waymarkhq/waymark/internal/wire/plausible"
	"github.com/waymarkhq/waymark/internal/wire/posthog"
	"github.com/waymarkhq/waymark/internal/wire/rudderstack"
	"github.com/waymarkhq/waymark/internal/wire/segment"
	"github.com/waymarkhq/waymark/internal/wire/sensors"
	"github.com/waymarkhq/waymark/internal/wire/snowplow"
	"github.com/waymarkhq/waymark/internal/wire/thinkingdata"
	"github.com/waymarkhq/waymark/internal/wire/umami"
	"github.com/waymarkhq/waymark/internal/wire/waymark"
)

// All returns the formats. Of those that share paths, the ones that tell their own requests apart come first, and the one
// that takes what is left comes last.
func All() []wire.Format {
	vendors := []wire.Format{
		rudderstack.Format(), segment.Format(), sensors.Format(), thinkingdata.Format(), amplitude.Format(), posthog.Format(),
		mixpanel.Format(), snowplow.Format(), cloudevents.Format(), ga4.Format(), otlp.Format(), umami.Format(),
		plausible.Format(), matomo.Format(),
	}
	return append(vendors, waymark.Format(vendors...))
}
