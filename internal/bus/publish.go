package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Publish makes one payload record durable: the encoding of the events (1 to MaxGroupEvents) of one SDK payload, which
// shares a group with the records of concurrent callers but is never split. The record is copied before Publish returns
// for any reason.
//
// It returns nil only when the group is durable as the acknowledgement mode promises. Errors: Unavailable with reason
// bus_full, bus_down or bus_slow (also when ctx ends first); InvalidInput record_too_large; anything else is a wrong
// use. After bus_down and bus_slow the record may be in the stream nevertheless, once.
func (b *Bus) Publish(ctx context.Context, events int, record []byte) error {
	if events < 1 || events > MaxGroupEvents {
		return fmt.Errorf("publish: a record of %d events, allowed are 1 to %d", events, MaxGroupEvents)
	}
	if limit := b.MaxRecord(); len(record) > limit {
		return errTooBig.With("bytes", len(record)).With("maximum", limit)
	}
	if b.engine != nil && b.engine.diskLow(1) {
		b.metrics.refused(ReasonFull)
		return errDiskLow
	}
	return b.commit.publish(ctx, events, record)
}

// MaxRecord is the largest record in bytes that Publish takes now: MaxRecordBytes, or less if the external server's
// limit for a message is lower.
func (b *Bus) MaxRecord() int {
	server := b.conn.MaxPayload() // 0 until the first connection
	if server <= 0 {
		return MaxRecordBytes
	}
	return int(min(MaxRecordBytes, server-groupHeader-maxRecordHeader))
}

// send hands one group to the server; the acknowledgement comes to onAck. The client library copies data.
func (b *Bus) send(token uint64, data []byte) error {
	reply := b.ackPrefix + strconv.FormatUint(token, 10)
	b.sending.Lock()
	defer b.sending.Unlock()
	message, scratch := pack(b.packed, data)
	if cap(scratch) <= maxSpareBytes {
		b.packed = scratch
	}
	if err := b.conn.PublishRequest(streamSubject, reply, message); err != nil {
		return errDown.Because(fmt.Errorf("publish a group: %w", err))
	}
	return nil
}

// onAck takes the server's answer to one group. It runs on the subscription's goroutine.
func (b *Bus) onAck(msg *nats.Msg) {
	token, err := strconv.ParseUint(strings.TrimPrefix(msg.Subject, b.ackPrefix), 10, 64)
	if err != nil {
		return
	}
	seq, err := parseAck(msg)
	if err != nil {
		b.refusals.note(b.log, err)
		if errors.Is(err, errNoStreamListens) {
			b.doubt()
		}
	}
	b.commit.settle(token, seq, err)
}

// JetStream error codes that mean “no room”, from nats-server's errors.json, and what its file store says.
const (
	jsInsufficientResources = 10023
	jsResourceLimits        = 10028
	jsStorageExceeded       = 10047
	jsStreamStoreFailed     = 10077 // the description is the store's error
	jsTooManyRequests       = 10167
	storeMaxBytes           = "maximum bytes exceeded"
	storeNoSpace            = "no space left"
)

// Status headers of the server's answers.
const (
	headerStatus       = "Status"
	statusNotFound     = "404"
	statusNoResponders = "503"
)

var errNoStreamListens = errors.New("no stream takes the subject")

// parseAck returns the sequence number of the stored group, or why it was not stored.
func parseAck(msg *nats.Msg) (uint64, error) {
	if len(msg.Data) == 0 && msg.Header.Get(headerStatus) == statusNoResponders {
		return 0, errDown.Because(errNoStreamListens)
	}
	var ack struct {
		Seq   uint64 `json:"seq"`
		Error *struct {
			ErrCode     int    `json:"err_code"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(msg.Data, &ack); err != nil {
		return 0, errDown.Because(fmt.Errorf("read the acknowledgement: %w", err))
	}
	if ack.Error == nil {
		return ack.Seq, nil
	}
	return 0, ackFault(ack.Error.ErrCode, ack.Error.Description)
}

func ackFault(code int, description string) error {
	cause := fmt.Errorf("jetstream error %d: %s", code, description)
	switch code {
	case jsInsufficientResources, jsResourceLimits, jsStorageExceeded:
		return errFull.Because(cause)
	case jsTooManyRequests:
		return errSlow.Because(cause)
	case jsStreamStoreFailed:
		if strings.Contains(description, storeMaxBytes) || strings.Contains(description, storeNoSpace) {
			return errFull.Because(cause)
		}
	}
	return errDown.Because(cause)
}

// reasonOf is the reason in err's fault; ReasonDown for anything else.
func reasonOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Reason
	}
	return ReasonDown
}
