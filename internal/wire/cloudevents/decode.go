package cloudevents

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := parse(r)
	if err != nil {
		return err
	}
	if kind := tape[0].Kind; kind != capture.ObjectKind && kind != capture.Array {
		return wire.NewMalformed("the body must be an event or a list of events, not " + wire.A(kind))
	}
	return r.Payload(tape, Name, "event", out).Each(0, event)
}

// The attributes that are looked at. Those from fUser on are extensions: our choice, as the specification has none for
// them.
const (
	fID = iota
	fSource
	fSpec
	fType
	fTime
	fSubject
	fData
	fSchema
	fUser
	fAnonymous
	fDevice
	fSession
	fGroup
	fAppVersion
	fAppBuild
	fAppName
	fOSName
	fOSVersion
	fManufacturer
	fModel
	fDeviceType
	fLibrary
	fLibraryVersion
	fLocale
	fTimezone
	fPageURL
	fPageTitle
	fCount
)

// attributes are the names of the members, by number.
var attributes = [fCount]string{
	fID: "id", fSource: "source", fSpec: "specversion", fType: "type", fTime: "time", fSubject: "subject", fData: "data",
	fSchema: "dataschema", fUser: "userid", fAnonymous: "anonymousid", fDevice: "deviceid", fSession: "sessionid",
	fGroup: "groupid", fAppVersion: "appversion", fAppBuild: "appbuild", fAppName: "appname", fOSName: "osname",
	fOSVersion: "osversion", fManufacturer: "devicemanufacturer", fModel: "devicemodel", fDeviceType: "devicetype",
	fLibrary: "libraryname", fLibraryVersion: "libraryversion", fLocale: "locale", fTimezone: "timezone",
	fPageURL: "pageurl", fPageTitle: "pagetitle",
}

var numbers = func() map[string]int {
	m := make(map[string]int, fCount)
	for f, name := range attributes {
		m[name] = f
	}
	return m
}()

func number(name string) int {
	if f, ok := numbers[name]; ok {
		return f
	}
	return fCount
}

func event(r *wire.Record) {
	var at [fCount]int32
	r.Fields(r.At, number, at[:])
	ev := &r.Event.Event
	ev.Type = capture.Track
	required(r, &at)
	extensions(r, &at, ev)
	if n := r.Node(at[fTime]); n != nil {
		ev.EventTime = r.Notes.Time(n, "time")
	}
	ev.ID = wire.ID(identity(r, &at), ev.EventTime, ev.Raw)
	if schema := r.Text(at[fSchema]); schema != "" {
		r.Notes.Addf("dataschema %s", schema)
	}
	r.Properties(at[fData], "data")
}

// required reads the attributes that every event has, and notes which it does not have.
func required(r *wire.Record, at *[fCount]int32) {
	r.Event.Name = r.Text(at[fType])
	for _, f := range [...]int{fID, fSource, fType, fSpec} {
		if n := r.Node(at[f]); n == nil || n.Kind == capture.Null || n.Kind == capture.String && n.Text == "" {
			r.Notes.Addf("%s is missing", attributes[f])
		}
	}
	if spec := r.Text(at[fSpec]); spec != "" && !strings.HasPrefix(spec, "1.") {
		r.Notes.Addf("specversion is %q; 1.0 is what is known", wire.Cut(spec, 20))
	}
}

func extensions(r *wire.Record, at *[fCount]int32, ev *capture.Event) {
	for f, to := range [fCount]*string{
		fSubject: &ev.UserID, fUser: &ev.UserID, fAnonymous: &ev.AnonymousID, fDevice: &ev.DeviceID, fSession: &ev.SessionID,
		fGroup: &ev.GroupID, fAppVersion: &ev.App.Version, fAppBuild: &ev.App.Build, fAppName: &ev.App.Name,
		fOSName: &ev.OS.Name, fOSVersion: &ev.OS.Version, fManufacturer: &ev.Device.Manufacturer, fModel: &ev.Device.Model,
		fDeviceType: &ev.Device.Type, fLibrary: &ev.Library.Name, fLibraryVersion: &ev.Library.Version,
		fLocale: &ev.Locale, fTimezone: &ev.Timezone, fPageURL: &ev.Page.URL, fPageTitle: &ev.Page.Title,
	} {
		if to != nil && at[f] != 0 {
			if text := r.Text(at[f]); text != "" {
				*to = text
			}
		}
	}
}

// identity returns what tells an event from all others: the specification promises that of the source and the id
// together. No source has a blank.
func identity(r *wire.Record, at *[fCount]int32) string {
	id, source := r.ID(at[fID]), r.ID(at[fSource])
	if id == "" || source == "" {
		return id
	}
	return source + " " + id
}
