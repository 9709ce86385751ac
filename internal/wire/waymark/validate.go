package waymark

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
)

// maxValidated is how many records are judged in one request. The answer may be a hundred times as long as the payload.
const maxValidated = 1000

// validator judges payloads of any format and keeps nothing of them. The parameter format of the query names the format,
// where it is not this one, and path the path that the payload would be posted to, where there are several.
type validator struct {
	formats map[string]spoken
}

// spoken is a format that payloads can be in.
type spoken struct {
	router *wire.Router
	path   string // that payloads are posted to in the first place
}

// validate returns the route of the requests that are judged and not kept.
func validate(known []wire.Format) wire.Route {
	v := validator{formats: map[string]spoken{}}
	for _, f := range known {
		first := slices.IndexFunc(f.Routes, func(r wire.Route) bool {
			return r.Method == http.MethodPost && r.Task == wire.Collect && !strings.Contains(r.Path, "{")
		})
		if first < 0 {
			continue
		}
		if router, err := wire.NewRouter(f); err == nil { // whoever makes the router of all formats hears of the error
			v.formats[f.Name] = spoken{router, f.Routes[first].Path}
		}
	}
	return wire.Route{
		Method: http.MethodPost, Path: "/v1/validate", Task: wire.Collect, WriteKey: v.key, Decode: v.decode, Answer: verdicts,
		DryRun: func(*wire.Request) bool { return true },
	}
}

// route returns the route that would take the payload, nil for one in this format, and makes the request look like one to
// it. The error is an *Error.
func (v *validator) route(r *wire.Request) (*wire.Route, error) {
	name, _ := wire.QueryValue(r.Query, "format")
	if name == "" || name == Name {
		return nil, nil //nolint:nilnil // this format needs no other route
	}
	f, ok := v.formats[name]
	if !ok {
		return nil, wire.NewMalformed("there is no format " + wire.Quote(wire.Cut(name, maxNamed)) + " to validate; there are " + v.names())
	}
	path, ok := wire.QueryValue(r.Query, "path")
	if !ok {
		path = f.path
	}
	match, _ := f.router.Match(http.MethodPost, path)
	r.Path, r.Param = path, match.Param
	route := match.Pick(r)
	if route == nil && len(match.Routes) > 0 { // the sender knows better than who can only guess
		route = match.Routes[0]
	}
	if route == nil || route.Task != wire.Collect {
		return nil, wire.NewMalformed("no events are posted to " + wire.Quote(wire.Cut(path, maxNamed)) + " in the format " + name)
	}
	return route, nil
}

func (v *validator) names() string {
	names := []string{Name}
	for name := range v.formats {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// key is the write key as in any request of this format, else where the payload's format has it.
func (v *validator) key(r *wire.Request) string {
	if key := openKey(r); key != "" {
		return key
	}
	route, err := v.route(r)
	switch {
	case err != nil:
		return ""
	case route == nil:
		return key(r)
	case route.WriteKey == nil:
		return ""
	}
	return route.WriteKey(r)
}

func (v *validator) decode(r *wire.Request, out *wire.Decoded) error {
	route, err := v.route(r)
	if err != nil {
		return err
	}
	first := len(out.Events)
	if route == nil {
		err = decode(r, out)
	} else {
		err = route.Decode(r, out)
	}
	if n := len(out.Events) - first + len(out.Rejected); err == nil && n > maxValidated {
		out.Events, out.Rejected = out.Events[:first], out.Rejected[:0]
		err = wire.NewTooLarge(fmt.Sprintf("%d events; at most %d are validated at once", n, maxValidated))
	}
	return err
}

// report is the answer to a payload that was judged.
type report struct {
	Valid     int        `json:"valid"`
	Invalid   int        `json:"invalid"`
	Unplanned int        `json:"unplanned"`
	Events    []judgment `json:"events"`
}

// judgment is what is said of one record.
type judgment struct {
	// Index is its place in the payload; where a format makes several events of one record, that among all events.
	Index int `json:"index"`
	// Name is the event's name as sent, Event its key in the plan, null where no definition judged it.
	Name       string      `json:"name"`
	Event      *string     `json:"event"`
	Verdict    string      `json:"verdict"`
	Violations []violation `json:"violations"`
	Notes      []string    `json:"notes"`
}

type violation struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Property string `json:"property"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
}

// verdicts says what the plan says of each record, in their order.
func verdicts(_ *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind != wire.Accepted {
		return refuse(o)
	}
	events, rejected := o.Decoded.Events, o.Decoded.Rejected
	out := report{Events: make([]judgment, 0, len(events)+len(rejected))}
	for len(events)+len(rejected) > 0 {
		if index := len(out.Events); len(rejected) > 0 && (rejected[0].Index <= index || len(events) == 0) {
			out.add(unreadable(rejected[0]))
			rejected = rejected[1:]
		} else {
			out.add(judged(index, &events[0]))
			events = events[1:]
		}
	}
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil { // cannot be: texts and numbers
		return refuse(wire.Outcome{Kind: wire.Malformed, Reason: err.Error()})
	}
	return wire.JSON(http.StatusOK, strings.TrimSuffix(body.String(), "\n"))
}

func (r *report) add(j judgment) {
	switch j.Verdict {
	case capture.Valid.String():
		r.Valid++
	case capture.Invalid.String():
		r.Invalid++
	case capture.Unplanned.String():
		r.Unplanned++
	}
	r.Events = append(r.Events, j)
}

func judged(index int, ev *capture.Captured) judgment {
	j := judgment{
		Index: index, Name: ev.Name, Verdict: ev.Verdict.String(), Notes: append([]string{}, ev.Notes...),
		Violations: make([]violation, 0, len(ev.Violations)),
	}
	if ev.EventKey != "" {
		j.Event = &ev.EventKey
	}
	for i := range ev.Violations {
		j.Violations = append(j.Violations, said(&ev.Violations[i]))
	}
	return j
}

func unreadable(r wire.Rejection) judgment {
	v := check.Unreadable(r.Reason, r.Raw)
	return judgment{
		Index: r.Index, Verdict: capture.Invalid.String(), Violations: []violation{said(&v)}, Notes: []string{},
	}
}

func said(v *capture.Violation) violation {
	return violation{Code: v.Code, Severity: v.Severity.String(), Property: v.Property, Expected: v.Expected, Actual: v.Actual}
}
