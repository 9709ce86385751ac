package session

import (
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/masking"
)

// Member is one session of a room: when it is open and what is bound to it.
type Member struct {
	From  time.Time
	Until time.Time // zero while it is open
	Bound []Bound
}

// Bound is an id that is bound to a session for a time. At any moment an id is bound to one session of a room at most.
type Bound struct {
	Kind, Value string
	From        time.Time
	Until       time.Time // zero while it is bound
}

// Room follows identities in one environment: it tells of each event to which of the sessions it belongs. Events have to come in
// stream order, from the start of the first session on. It is not safe for concurrent use.
//
// An event belongs where a device or visitor id of it is bound. From there identity is followed: an id that comes together
// with one that belongs, belongs too; so does what names the user who is signed in on a device, be it a server's record with
// only the user's id, or a page inside the app with a visitor id of its own, as long as the device is signed in. An id that
// belongs to one session is never followed into another; where the same user is signed in in two of them, only records without
// any id of a device belong, and to both. What is followed from a binding ends with it.
type Room struct {
	members []Member
	roots   []root
	bound   map[string]map[string][]int // roots, by kind and value
	owner   map[string]*claim
	users   []map[string]*holders // of each member, by the user's id
	holds   map[string]hold       // by the id of who holds
	devices []int                 // how many each member has
	numbers map[memberID]int      // devices that bore an id once, so that they are the same when they come back
	models  map[Place]string
}

type memberID struct {
	member int
	id     string
}

// root is a binding of a member.
type root struct {
	member int
	Bound
}

// claim is an id that belongs to a device of a member, because of a root.
type claim struct {
	member, device, root int
	user                 string // the one through whom it is followed; empty where it came together with what belongs
}

// holders are the ids that are signed in as a user.
type holders struct {
	ids []string // the one that was seen last is last
}

type hold struct {
	member int
	user   string
}

// Place is where an event belongs: a member of the room, and the number of its device there, from 1.
type Place struct{ Member, Device int }

// NewRoom makes a room that has seen nothing.
func NewRoom(members []Member) *Room {
	r := &Room{
		members: members, bound: map[string]map[string][]int{Device: {}, User: {}}, owner: map[string]*claim{}, holds: map[string]hold{},
		users: make([]map[string]*holders, len(members)), devices: make([]int, len(members)),
		numbers: map[memberID]int{}, models: map[Place]string{},
	}
	for i, m := range members {
		r.users[i] = map[string]*holders{}
		for _, b := range m.Bound {
			// What looks personal may be all that is kept of it.
			for _, form := range masking.AlsoMasked([]string{b.Value}) {
				r.bound[b.Kind][form] = append(r.bound[b.Kind][form], len(r.roots))
			}
			r.roots = append(r.roots, root{i, b})
		}
	}
	return r
}

// who is the identity that an event bears.
type who struct {
	ids   []string // of devices and visitors, the strongest first
	user  string
	model string
	at    time.Time
}

func whoOf(c *capture.Captured) who {
	c = c.Unmasked()
	w := who{model: c.Device.Model, at: c.ReceivedAt}
	for _, id := range []string{c.DeviceID, c.AnonymousID, c.PreviousID} {
		if !IsPlaceholder(id) && !slices.Contains(w.ids, id) {
			w.ids = append(w.ids, id)
		}
	}
	if !IsPlaceholder(c.UserID) {
		w.user = c.UserID
	}
	return w
}

// Next tells where an event belongs; nowhere in most cases, and in several places only without an id of a device.
func (r *Room) Next(c *capture.Captured) []Place {
	w := whoOf(c)
	if at, direct := r.find(&w); at != nil {
		return []Place{r.take(&w, at, direct)}
	}
	if len(w.ids) > 0 || w.user == "" {
		return nil
	}
	var places []Place
	for m := range r.members {
		if device := r.deviceOf(m, w.user, w.at); device > 0 {
			places = append(places, Place{m, device})
		}
	}
	return places
}

// find looks for the one session that an event belongs to, by the ids of devices. Direct: not through a user.
func (r *Room) find(w *who) (at *claim, direct bool) {
	for _, id := range w.ids {
		if root, ok := r.rootOf(Device, id, w.at); ok {
			return &claim{member: r.roots[root].member, root: root}, true
		}
	}
	for _, id := range w.ids {
		if c := r.ownerOf(id, w); c != nil {
			return c, c.user == ""
		}
	}
	// Some SDKs send what names the device where others send the user.
	if root, ok := r.rootOf(Device, w.user, w.at); ok {
		if len(w.ids) == 0 {
			w.ids = []string{w.user}
		}
		return &claim{member: r.roots[root].member, root: root}, true
	}
	if len(w.ids) == 0 || w.user == "" {
		return nil, false
	}
	if root, ok := r.rootOf(User, w.user, w.at); ok {
		return &claim{member: r.roots[root].member, root: root, user: w.user}, false
	}
	return r.through(w), false
}

// through finds the only session in which a user is signed in.
func (r *Room) through(w *who) (at *claim) {
	for m := range r.members {
		held := r.heldBy(m, w.user, w.at)
		if held == nil {
			continue
		}
		if at != nil {
			return nil
		}
		at = &claim{member: m, device: held.device, root: held.root, user: w.user}
	}
	return at
}

// rootOf returns the binding of an id at a moment.
func (r *Room) rootOf(kind, id string, at time.Time) (int, bool) {
	if id == "" {
		return 0, false
	}
	for _, i := range r.bound[kind][id] {
		if r.isBound(i, at) {
			return i, true
		}
	}
	return 0, false
}

// isBound reports whether a binding holds at a moment.
func (r *Room) isBound(i int, at time.Time) bool {
	b, m := &r.roots[i], &r.members[r.roots[i].member]
	return within(at, b.From, b.Until) && within(at, m.From, m.Until)
}

func within(at, from, until time.Time) bool {
	return !at.Before(from) && (until.IsZero() || at.Before(until))
}

// ownerOf returns to whom an id belongs that is followed. It belongs to nobody any more when the binding has ended that it was
// followed from, or when it names another user than the one through whom it was followed.
func (r *Room) ownerOf(id string, w *who) *claim {
	c := r.owner[id]
	if c == nil {
		return nil
	}
	if !r.isBound(c.root, w.at) || c.user != "" && w.user != "" && w.user != c.user {
		r.release(id)
		return nil
	}
	return c
}

// release lets an id go, and what was followed through it.
func (r *Room) release(id string) {
	delete(r.owner, id)
	r.signOut(id)
}

// take notes what an event tells of who belongs together, and returns where it belongs.
func (r *Room) take(w *who, at *claim, direct bool) Place {
	// What is kept must not keep the whole record.
	for i, id := range w.ids {
		w.ids[i] = strings.Clone(id)
	}
	w.user = strings.Clone(w.user)
	c := *at
	if direct {
		c.user = ""
	}
	if c.device = r.deviceFor(w, at); c.device == 0 {
		r.devices[c.member]++
		c.device = r.devices[c.member]
	}
	if w.model != "" {
		r.models[Place{c.member, c.device}] = strings.Clone(w.model)
	}
	for _, id := range w.ids {
		r.follow(w, id, &c, direct)
	}
	if own := r.owner[w.ids[0]]; own != nil && own.member == c.member && own.user == "" {
		r.signIn(w.ids[0], c.member, w.user)
	}
	return Place{c.member, c.device}
}

// follow notes that an id belongs where the event does, unless it belongs to another session.
func (r *Room) follow(w *who, id string, c *claim, direct bool) {
	if root, ok := r.rootOf(Device, id, w.at); ok && r.roots[root].member != c.member {
		return
	}
	known := r.ownerOf(id, w)
	switch {
	case known == nil:
		r.owner[id] = new(*c)
		if key := (memberID{c.member, id}); r.numbers[key] == 0 {
			r.numbers[key] = c.device
		}
	case known.member == c.member && direct:
		known.user = ""
	}
}

// deviceFor finds the device of an event among those of the session: 0 for a new one. Another model is another device, although
// the same user is signed in on it.
func (r *Room) deviceFor(w *who, at *claim) int {
	for _, id := range w.ids {
		if n := r.numbers[memberID{at.member, id}]; n > 0 {
			return n
		}
	}
	if at.user == "" {
		return at.device
	}
	n := 0
	fits := func(c *claim) {
		model := r.models[Place{c.member, c.device}]
		if (model == w.model || model == "" || w.model == "") && (n == 0 || c.device < n) {
			n = c.device
		}
	}
	for _, c := range r.owner {
		if c.member == at.member && (c.user == at.user || c.device == at.device) {
			fits(c)
		}
	}
	if known := r.numbers[memberID{at.member, at.user}]; n == 0 && known > 0 { // of the user's records without a device
		fits(&claim{member: at.member, device: known})
	}
	return n
}

// signIn notes who is signed in on what bears an id: nobody, where user is empty.
func (r *Room) signIn(id string, member int, user string) {
	if was, ok := r.holds[id]; ok && (was.user != user || was.member != member) {
		r.signOut(id)
	}
	if user == "" || user == id {
		return
	}
	h := r.users[member][user]
	if h == nil {
		h = &holders{}
		r.users[member][user] = h
	}
	if n := len(h.ids); n > 0 && h.ids[n-1] == id {
		return
	}
	h.ids = append(slices.DeleteFunc(h.ids, func(o string) bool { return o == id }), id)
	r.holds[id] = hold{member, user}
}

// signOut ends what an id is signed in as. Where that was the last one of a user, nobody is followed through that user any more.
func (r *Room) signOut(id string) {
	was, ok := r.holds[id]
	if !ok {
		return
	}
	delete(r.holds, id)
	h := r.users[was.member][was.user]
	h.ids = slices.DeleteFunc(h.ids, func(o string) bool { return o == id })
	if len(h.ids) > 0 {
		return
	}
	delete(r.users[was.member], was.user)
	for other, c := range r.owner {
		if c.member == was.member && c.user == was.user {
			delete(r.owner, other)
		}
	}
}

// heldBy returns what is signed in as a user in a session, seen last; nil for nothing.
func (r *Room) heldBy(member int, user string, at time.Time) *claim {
	h := r.users[member][user]
	if h == nil {
		return nil
	}
	for _, id := range slices.Backward(slices.Clone(h.ids)) {
		if c := r.owner[id]; c != nil && r.isBound(c.root, at) {
			return c
		}
	}
	return nil
}

// deviceOf returns the device of a session that a record with only a user's id is of; 0 where it belongs to none.
func (r *Room) deviceOf(member int, user string, at time.Time) int {
	if held := r.heldBy(member, user, at); held != nil {
		return held.device
	}
	root, ok := r.rootOf(User, user, at)
	if !ok || r.roots[root].member != member {
		return 0
	}
	if n := r.deviceFor(&who{}, &claim{member: member, user: user}); n > 0 {
		return n
	}
	key := memberID{member, strings.Clone(user)}
	if r.numbers[key] == 0 {
		r.devices[member]++
		r.numbers[key] = r.devices[member]
	}
	return r.numbers[key]
}
