package collect

import (
	"context"
	"encoding/json"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
)

// payload is the memory that one request needs; it is used again for the next.
type payload struct {
	request    wire.Request
	decoded    wire.Decoded
	events     []capture.Captured // the decoded ones, and those that stand for records that are none
	result     check.Result
	violations []capture.Violation
	record     []byte
	raw        capture.Tape // of a record that is none: at most wire.MaxRejectedRaw nodes
	format     string
	to         *target // where the key leads; nil where it leads nowhere
	links      []Link  // what was opened by the link of a session
	passOn     bool    // it is durable, and its environment passes payloads on
	large      bool    // it holds one of the places for large payloads
}

// keepRecord is the largest record buffer that is kept between requests, in bytes.
const keepRecord = 1 << 20

func (p *payload) reset() {
	p.request.Reset()
	p.decoded.Reset()
	clear(p.events) // what stands behind the decoded ones is in nobody else's hands
	p.large, p.passOn, p.to, p.events = false, false, nil, nil
	clear(p.links)
	p.links = p.links[:0]
	clear(p.violations)
	p.violations = p.violations[:0]
	if cap(p.record) > keepRecord {
		p.record = nil
	}
}

// judge fills in where the events belong and what the plan says of them. Records that could not be read become events
// too, so that they are kept and can be looked at.
func (p *payload) judge(to *target) {
	run := p.request.Run()
	for i := range p.decoded.Events {
		ev := &p.decoded.Events[i]
		wire.OfRun(&ev.Event, run)
		if ev.TerminalKey = to.terminal; ev.TerminalKey == "" {
			ev.TerminalKey = to.checker.Terminal(&ev.Event)
		}
		to.checker.Check(&ev.Event, ev.TerminalKey, &p.result)
		ev.EventID, ev.EventKey, ev.RevisionID = p.result.EventID, p.result.EventKey, p.result.RevisionID
		ev.Hash, ev.Release = p.result.Hash, p.result.Release
		ev.Verdict, ev.Violations = p.result.Verdict, p.keep(p.result.Violations)
	}
	p.events = p.decoded.Events
	for _, r := range p.decoded.Rejected {
		p.events = append(p.events, p.unreadable(r, to))
	}
	for i := range p.events {
		ev := &p.events[i]
		ev.AppID, ev.EnvironmentID, ev.WriteKeyID = to.appID, to.environmentID, to.keyID
	}
}

// mask hides personal values, now that the events are judged: nobody behind the bus sees them but those who may.
func (p *payload) mask(to *target) {
	for i := range p.events {
		to.masking.Event(&p.events[i], to.keepOriginals)
	}
}

// keep copies violations to where they last as long as the payload.
func (p *payload) keep(violations []capture.Violation) []capture.Violation {
	if len(violations) == 0 {
		return nil
	}
	from := len(p.violations)
	p.violations = append(p.violations, violations...)
	return p.violations[from:len(p.violations):len(p.violations)]
}

// unreadable is the event that stands for a record that is none.
func (p *payload) unreadable(r wire.Rejection, to *target) capture.Captured {
	raw := r.Raw
	tape, err := capture.Parse(p.raw[:0], raw)
	if p.raw = tape[:0]; err != nil { // cut, or beyond the limits, which readers of raw should not have to mind
		quoted, _ := json.Marshal(raw) // a string always encodes
		raw = string(quoted)
	}
	return capture.Captured{
		Event: capture.Event{
			Format: p.format, Type: capture.Track, Raw: raw, ReceivedAt: p.request.ReceivedAt, IP: p.request.RemoteIP,
			RunID: p.request.Run(),
		},
		TerminalKey: to.terminal, Verdict: capture.Invalid,
		Violations: p.keep([]capture.Violation{check.Unreadable(r.Reason, raw)}),
	}
}

// publish makes the events durable, in as few records as the bus allows. Where it ends with an error a part may be
// durable; the sender's repeat of it is folded.
func (p *payload) publish(ctx context.Context, bus Publisher) error {
	for rest := p.events; len(rest) > 0; {
		n := p.fill(rest, bus.MaxRecord())
		if err := bus.Publish(ctx, n, p.record); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// fill makes the record of as many events as fit, at least one, and returns their number.
func (p *payload) fill(events []capture.Captured, limit int) int {
	n := min(len(events), capture.MaxGroupEvents)
	for {
		p.record = capture.AppendRecord(p.record[:0], events[:n])
		if len(p.record) <= limit || n == 1 {
			return n
		}
		n = max(1, n/2)
	}
}
