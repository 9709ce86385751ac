package matomo

import (
	"cmp"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := r.Build(build)
	if err != nil {
		return err
	}
	return r.Payload(tape, Name, "request", out).Each(0, request)
}

// The parameters of a request that are looked at.
const (
	fTitle = iota
	fURL
	fReferrer
	fUser
	fVisitor
	fTime
	fLanguage
	fAgent
	fIP
	fPing
	fProperties
	fCount
)

func number(name string) int {
	switch name {
	case "action_name":
		return fTitle
	case "url":
		return fURL
	case "urlref":
		return fReferrer
	case "uid":
		return fUser
	case "_id", "cid":
		return fVisitor
	case "cdt":
		return fTime
	case "lang":
		return fLanguage
	case "ua":
		return fAgent
	case "cip":
		return fIP
	case "ping":
		return fPing
	case "properties":
		return fProperties
	}
	return fCount
}

// request decodes one request. It has no id: the API has none, its times are in seconds, and two clicks may be equal.
func request(r *wire.Record) {
	var at [fCount]int32
	r.Fields(r.At, number, at[:])
	ev := &r.Event.Event
	ev.UserID, ev.AnonymousID = r.Text(at[fUser]), r.Text(at[fVisitor])
	ev.Page = capture.PageInfo{URL: r.Text(at[fURL]), Title: r.Text(at[fTitle]), Referrer: r.Text(at[fReferrer])}
	ev.Locale = r.Text(at[fLanguage])
	ev.UserAgent = cmp.Or(r.Text(at[fAgent]), ev.UserAgent)
	ev.IP = cmp.Or(r.Text(at[fIP]), ev.IP)
	if n := r.Node(at[fTime]); n != nil {
		var known wire.Notes // that a number or UTC is meant is the API's rule
		if ev.EventTime = known.Time(n, "cdt"); ev.EventTime.IsZero() {
			r.Notes.Addf("cdt is neither a date nor a number of seconds")
		}
	}
	r.Properties(at[fProperties], "properties")
	kind(r, ev, at[fPing] != 0)
}

// kind sets the type and the name, by what the properties say.
func kind(r *wire.Record, ev *capture.Event, ping bool) {
	var category, action string
	best := len(kinds)
	for _, n := range ev.Properties.Members {
		switch n.Name {
		case "e_c":
			category = r.Notes.Text(n, "e_c")
		case "e_a":
			action = r.Notes.Text(n, "e_a")
		}
		for i, k := range kinds[:best] {
			if k.property == n.Name {
				best = i
			}
		}
	}
	ev.Type = capture.Track
	switch {
	case best < len(kinds) && kinds[best].name != "":
		ev.Name = kinds[best].name
	case best < len(kinds):
		if category == "" || action == "" {
			r.Notes.Addf("an event needs e_c and e_a")
		}
		ev.Name = strings.Trim(category+"/"+action, "/")
	case ping:
		ev.Name = "ping"
	default:
		ev.Type, ev.Name = capture.Page, "page"
	}
}

// kinds are the properties that tell what a request is of, the strongest first, and the names of such events; an event of
// the app's own is named by its category and action.
var kinds = []struct{ property, name string }{
	{"e_c", ""},
	{"e_a", ""},
	{"ec_id", "ecommerce"},
	{"ec_items", "ecommerce"},
	{"idgoal", "goal"},
	{"search", "site_search"},
	{"link", "outlink"},
	{"download", "download"},
	{"c_n", "content"},
}
