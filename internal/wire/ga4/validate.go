package ga4

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
)

// The vendor's limits.
const (
	maxEvents  = 25
	maxParams  = 25
	maxName    = 40
	maxSaid    = 100 // how many messages an answer has; ours
	codeValue  = "VALUE_INVALID"
	codeNeeded = "VALUE_REQUIRED"
	codeName   = "NAME_INVALID"
	codeMany   = "EXCEEDED_MAX_ENTITIES"
)

// validate answers the validation server's requests: what the plan and the vendor's own rules have against the events.
func validate(r *wire.Request, o wire.Outcome) wire.Answer {
	var m messages
	switch o.Kind {
	case wire.Accepted:
		m.payload(r)
		if o.Decoded != nil {
			m.verdicts(o.Decoded)
		}
	case wire.UnknownKey:
		m.add("api_secret", codeValue, o.Reason)
	case wire.Malformed, wire.TooLarge:
		m.add("", codeValue, o.Reason)
	default:
		m.add("", "INTERNAL_ERROR", o.Reason)
	}
	return wire.JSON(http.StatusOK, `{"validationMessages":[`+strings.Join(m, ",")+`]}`)
}

// messages are the JSON of what is wrong.
type messages []string

func (m *messages) add(path, code, text string) {
	if len(*m) < maxSaid {
		*m = append(*m, `{"fieldPath":`+wire.Quote(path)+`,"description":`+wire.Quote(text)+`,"validationCode":"`+code+`"}`)
	}
}

// payload says what breaks the vendor's rules.
func (m *messages) payload(r *wire.Request) {
	tape, err := r.JSON()
	if err != nil || tape[0].Kind != capture.ObjectKind {
		return
	}
	root := capture.Object(tape).Inside(0)
	if root.Find("client_id") < 0 && root.Find("app_instance_id") < 0 {
		m.add("client_id", codeNeeded, "client_id (web) or app_instance_id (app) is required")
	}
	if user := root.Find("user_properties"); user >= 0 && root[user].Kind == capture.ObjectKind {
		m.userProperties(root.Inside(user))
	}
	events := root.Find("events")
	if events < 0 || root[events].Kind != capture.Array {
		m.add("events", codeNeeded, "events is required, a list")
		return
	}
	index := 0
	list := root.Inside(events)
	for i, n := range list.Members {
		if n.Kind == capture.ObjectKind {
			m.event(fmt.Sprintf("events[%d]", index), list.Inside(i))
		}
		index++
	}
	if index > maxEvents {
		m.add("events", codeMany, fmt.Sprintf("%d events; a payload may have %d", index, maxEvents))
	}
}

func (m *messages) event(path string, event capture.Object) {
	name := event.Find("name")
	switch {
	case name < 0 || event[name].Text == "":
		m.add(path+".name", codeNeeded, "an event needs a name")
	case reservedEvents[event[name].Text]:
		m.add(path+".name", "NAME_RESERVED", "the event name "+wire.Quote(event[name].Text)+" is reserved")
	default:
		m.name(path+".name", "event name", event[name].Text, maxName)
	}
	at := event.Find("params")
	if at < 0 || event[at].Kind != capture.ObjectKind {
		return
	}
	count, params := 0, event.Inside(at)
	seen := make(map[string]bool)
	for _, n := range params.Members {
		count++
		m.name(path+".params."+n.Name, "parameter name", n.Name, maxName)
		if seen[n.Name] {
			m.add(path+".params."+n.Name, "NAME_DUPLICATED", "the parameter "+wire.Quote(n.Name)+" is there twice")
		}
		seen[n.Name] = true
		m.value(path+".params."+n.Name, n)
	}
	if count > maxParams {
		m.add(path+".params", codeMany, fmt.Sprintf("%d parameters; an event may have %d", count, maxParams))
	}
}

// value holds that a parameter is a text or a number; items alone is a list.
func (m *messages) value(path string, n *capture.Node) {
	if n.Kind == capture.Array && n.Name == "items" || n.Kind == capture.String || n.Kind == capture.Number {
		return
	}
	m.add(path, codeValue, "the value is "+wire.A(n.Kind)+", not a string or a number")
}

func (m *messages) userProperties(o capture.Object) {
	count := 0
	for i, n := range o.Members {
		count++
		path := "user_properties." + n.Name
		if reservedUser[n.Name] {
			m.add(path, "NAME_RESERVED", "the user property name "+wire.Quote(n.Name)+" is reserved")
		} else {
			m.name(path, "user property name", n.Name, 24)
		}
		if n.Kind != capture.ObjectKind || o.Inside(i).Find("value") < 0 {
			m.add(path, codeValue, `a user property is {"value":…}`)
		}
	}
	if count > 25 {
		m.add("user_properties", codeMany, fmt.Sprintf("%d user properties; a payload may have 25", count))
	}
}

// name holds a name to the vendor's rules: a letter first, then letters, digits and underscores.
func (m *messages) name(path, what, name string, longest int) {
	for _, prefix := range []string{"_", "firebase_", "ga_", "google_", "gtag."} {
		if strings.HasPrefix(name, prefix) && name != "ga_session_id" {
			m.add(path, "NAME_RESERVED", "the "+what+" "+wire.Quote(name)+" begins with "+prefix+", which is reserved")
			return
		}
	}
	ok := name != "" && isLetter(name[0])
	for _, c := range []byte(name) {
		ok = ok && (isLetter(c) || c-'0' <= 9 || c == '_')
	}
	switch {
	case !ok:
		m.add(path, codeName, "the "+what+" "+wire.Quote(name)+" has other characters than letters, digits and underscores, or begins with none of the first")
	case len(name) > longest:
		m.add(path, codeName, fmt.Sprintf("the %s %s is longer than %d characters", what, wire.Quote(name), longest))
	}
}

func isLetter(c byte) bool { return c|0x20-'a' < 26 }

// verdicts says what the plan has against the events. Those that are none come as events too, last.
func (m *messages) verdicts(d *wire.Decoded) {
	none := make(map[int]bool, len(d.Rejected))
	for _, rejected := range d.Rejected {
		none[rejected.Index] = true
		m.add(fmt.Sprintf("events[%d]", rejected.Index), codeValue, rejected.Reason)
	}
	index := 0
	for i := range d.Events {
		ev := &d.Events[i]
		for none[index] {
			index++
		}
		path := fmt.Sprintf("events[%d]", index)
		index++
		if ev.Type == capture.Identify {
			path = "user_properties"
		}
		for j := range ev.Violations {
			m.violation(path, ev, &ev.Violations[j])
		}
	}
}

func (m *messages) violation(path string, ev *capture.Captured, v *capture.Violation) {
	if v.Code == check.RecordUnreadable {
		return // it was told already, with its place
	}
	switch {
	case v.Property != "" && ev.Type == capture.Identify:
		path += "." + v.Property
	case v.Property != "":
		path += ".params." + v.Property
	default:
		path += ".name"
	}
	text := "the event " + wire.Quote(ev.Name) + ": " + v.Code
	if v.Severity == capture.Warning {
		text += " (a warning)"
	}
	if v.Expected != "" {
		text += ", expected " + v.Expected
	}
	if v.Actual != "" {
		text += ", got " + v.Actual
	}
	m.add(path, codeOf(v.Code), text)
}

// codeOf returns the vendor's code for one of ours.
func codeOf(code string) string {
	switch code {
	case check.PropertyMissing, check.PropertyNull, check.PropertyEmpty:
		return codeNeeded
	case check.EventUnplanned, check.EventCase, check.PropertyCase, check.ExtraProperty, check.EventAliasEnded, check.EventOffline:
		return codeName
	case check.AboveMaximum, check.BelowMinimum, check.TooLong, check.TooShort, check.TooFewItems, check.TooManyItems:
		return "VALUE_OUT_OF_BOUNDS"
	case check.DuplicateProperty:
		return "NAME_DUPLICATED"
	default:
		return codeValue
	}
}

// reservedEvents are the names that the vendor keeps for its SDKs, reservedUser those of user properties.
var (
	reservedEvents = set(`ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_background app_clear_data
		app_exception app_remove app_store_refund app_store_subscription_cancel app_store_subscription_convert
		app_store_subscription_renew app_update app_upgrade dynamic_link_app_open dynamic_link_app_update
		dynamic_link_first_open error firebase_campaign first_open first_visit in_app_purchase notification_dismiss
		notification_foreground notification_open notification_receive notification_send os_update session_start user_engagement`)
	reservedUser = set(`first_open_time first_visit_time last_deep_link_referrer user_id first_open_after_install`)
)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}
