package session

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

// repeatWithin is how soon the same event under another id repeats the one before (多报).
const repeatWithin = 500 * time.Millisecond

// recent is how many events of a device are compared with the next.
const recent = 64

// maxIDs is how many ids of a device are told.
const maxIDs = 50

// Event is an event of a session.
type Event struct {
	*capture.Captured
	// Judged is the event with the session's own verdict.
	Judged *capture.Captured
	// Device is the number of the session's device, from 1; Step that of the step, 0 before the first.
	Device, Step int
	// Repeats is the event that it repeats under another id; 0 for none.
	Repeats int64
}

// SeenDevice is what is known of a device of a session.
type SeenDevice struct {
	Number int
	// DeviceIDs and UserIDs are those that it bore, the present user last.
	DeviceIDs, UserIDs        []string
	Terminal                  string // empty when not recognised
	Model, OS                 string
	AppVersion, Build         string
	Library                   string
	FirstSeen, LastSeen       time.Time
	Valid, Invalid, Unplanned int
}

// Stream is the events of one session, picked out of those of its environment. Events have to come in stream order. It is not
// safe for concurrent use.
type Stream struct {
	room    *Room
	self    int
	steps   []time.Time
	checker *check.Checker
	result  check.Result

	devices []*SeenDevice
	recent  map[int][]sent // by device
}

// sent is an event of a device, as far as repeats are told by it.
type sent struct {
	at             time.Time
	id, name, body string
	seq            int64
}

// NewStream makes the stream of the member with an index. The steps are those moments that testers marked, in order. Events are
// judged by the checker; without one the verdict is the environment's.
func NewStream(members []Member, self int, steps []time.Time, checker *check.Checker) *Stream {
	return &Stream{room: NewRoom(members), self: self, steps: steps, checker: checker, recent: map[int][]sent{}}
}

// Next takes the next event of the environment, and returns it if it is of the session. With an error it could not be judged, and
// has the environment's verdict.
func (s *Stream) Next(c *capture.Captured) (e *Event, err error) {
	places := s.room.Next(c)
	i := slices.IndexFunc(places, func(p Place) bool { return p.Member == s.self })
	if i < 0 {
		return nil, nil //nolint:nilnil // most events are of nobody
	}
	e = &Event{Captured: c, Judged: c, Device: places[i].Device, Step: s.stepAt(c.ReceivedAt)}
	if s.checker != nil {
		var judged *capture.Captured
		if judged, err = Rejudge(s.checker, c, &s.result); err != nil {
			err = fmt.Errorf("judge captured event %d: %w", c.Seq, err)
		} else {
			e.Judged = judged
		}
	}
	e.Repeats = s.repeated(e)
	s.count(e)
	return e, err
}

// stepAt returns the number of the step that a moment belongs to.
func (s *Stream) stepAt(at time.Time) int {
	n, _ := slices.BinarySearchFunc(s.steps, at, func(step, at time.Time) int {
		if step.After(at) {
			return 1
		}
		return -1
	})
	return n
}

// repeated returns the event that was the same under another id a moment ago.
func (s *Stream) repeated(e *Event) int64 {
	now := sent{at: e.EventTime, id: e.ID, name: e.Name, body: e.PropertiesJSON(), seq: e.Seq}
	if now.at.IsZero() {
		now.at = e.ReceivedAt
	}
	list := s.recent[e.Device]
	found := int64(0)
	for _, before := range slices.Backward(list) {
		if before.name == now.name && before.body == now.body && (before.id != now.id || now.id == "") && now.at.Sub(before.at).Abs() <= repeatWithin {
			found = before.seq
			break
		}
	}
	if len(list) == recent {
		list = slices.Delete(list, 0, 1)
	}
	now.id, now.name, now.body = strings.Clone(now.id), strings.Clone(now.name), strings.Clone(now.body)
	s.recent[e.Device] = append(list, now)
	return found
}

// count adds an event to what is known of its device.
func (s *Stream) count(e *Event) {
	for len(s.devices) < e.Device {
		s.devices = append(s.devices, &SeenDevice{Number: len(s.devices) + 1})
	}
	d := s.devices[e.Device-1]
	if d.FirstSeen.IsZero() {
		d.FirstSeen = e.ReceivedAt
	}
	if e.ReceivedAt.After(d.LastSeen) {
		d.LastSeen = e.ReceivedAt
	}
	for _, id := range []string{e.DeviceID, e.AnonymousID} {
		if !IsPlaceholder(id) && !slices.Contains(d.DeviceIDs, id) && len(d.DeviceIDs) < maxIDs {
			d.DeviceIDs = append(d.DeviceIDs, strings.Clone(id))
		}
	}
	if id := e.UserID; !IsPlaceholder(id) {
		d.UserIDs = slices.DeleteFunc(d.UserIDs, func(o string) bool { return o == id })
		d.UserIDs = append(d.UserIDs[max(0, len(d.UserIDs)+1-maxIDs):], strings.Clone(id))
	}
	d.describe(e.Captured)
	switch e.Judged.Verdict {
	case capture.Valid:
		d.Valid++
	case capture.Invalid:
		d.Invalid++
	case capture.Unplanned:
		d.Unplanned++
	}
}

// describe notes what an event says of its device: what it does not say stays. A server's record says nothing of it.
func (d *SeenDevice) describe(c *capture.Captured) {
	if IsPlaceholder(c.DeviceID) && IsPlaceholder(c.AnonymousID) && len(d.DeviceIDs) > 0 {
		return
	}
	newer := func(to *string, text string) {
		if text != "" && *to != text {
			*to = strings.Clone(text)
		}
	}
	if d.Terminal == "" {
		newer(&d.Terminal, c.TerminalKey)
	}
	newer(&d.Model, cmp.Or(c.Device.Model, d.Model))
	newer(&d.OS, strings.TrimSpace(c.OS.Name+" "+c.OS.Version))
	newer(&d.AppVersion, c.App.Version)
	newer(&d.Build, c.App.Build)
	newer(&d.Library, strings.TrimSpace(c.Library.Name+" "+c.Library.Version))
}

// Devices returns the devices that were seen, by when they were seen first. It is a copy.
func (s *Stream) Devices() []*SeenDevice {
	list := make([]*SeenDevice, 0, len(s.devices))
	for _, d := range s.devices {
		if d.FirstSeen.IsZero() {
			continue
		}
		one := *d
		one.DeviceIDs, one.UserIDs = slices.Clone(d.DeviceIDs), slices.Clone(d.UserIDs)
		list = append(list, &one)
	}
	return list
}
