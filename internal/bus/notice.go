package bus

import (
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
)

// Notify sends a notice to every Listen on a matching subject, of this process and of all others on the same server. It
// is best effort and at most once: nothing is stored, a listener that is not connected right now never hears it. So a
// notice says “look again”, and who listens must also look from time to time by itself.
//
// Errors: Unavailable bus_down without a connection.
func (b *Bus) Notify(subject string, data []byte) error {
	if err := b.conn.Publish(subject, data); err != nil {
		return errDown.Because(fmt.Errorf("send a notice: %w", err))
	}
	return nil
}

// Listen calls fn for each notice on subject, in which * stands for one token and a final > for the rest; fn gets the
// notice's own subject. Calls come one after the other and must not block for long, else notices are dropped. After stop
// has returned fn is not running and never called again; so fn itself must not call stop.
func (b *Bus) Listen(subject string, fn func(subject string, data []byte)) (stop func(), err error) {
	var mu sync.Mutex
	stopped := false
	sub, err := b.conn.Subscribe(subject, func(msg *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		if !stopped {
			fn(msg.Subject, msg.Data)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", subject, err)
	}
	return func() {
		_ = sub.Unsubscribe() // fails only on a closed connection
		mu.Lock()
		defer mu.Unlock()
		stopped = true
	}, nil
}
