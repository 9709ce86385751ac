// Package forward passes accepted payloads on to the collector that they were meant for originally, byte for byte, so that a
// team can point its SDKs here and loses nothing there.
//
// Two halves, joined by a backlog on the bus. Pass puts a payload into the backlog of its environment; the collector calls
// it after the events are durable and before the SDK is answered. It never fails the SDK: what cannot be put there is
// counted as lost. Run takes payloads out again, on any node, and sends them.
//
// What holds: a payload in the backlog is sent until the target has given a final answer, or is too old. Requests begin in the
// order in which payloads came, up to atOnce at a time on each node, so neighbours may overtake each other; after an outage
// those that failed go first. A payload is sent twice only where nobody can know whether the target took it: when a
// connection breaks or times out before the answer, or a node is killed while it waits for one.
//
// A Forwarder is safe for concurrent use; Run owns its goroutines and returns when requests on their way have ended.
package forward
