package bus

// SetGroupsInFlight and SetHold change what is fixed otherwise, for benchmarks. Call them before Publish.

func (b *Bus) SetGroupsInFlight(n int) { b.commit.depth = n }

func (b *Bus) SetHold(on bool) { b.commit.hold.enabled = on }

// StreamName is for tests that look at the stream past the bus.
const (
	StreamName    = streamName
	StreamSubject = streamSubject
	StreamIDKey   = streamIDKey
	MaxFill       = maxFill
)
