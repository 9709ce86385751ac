package sensors

import (
	"strconv"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// content sets the properties, and what the SDK reports among them by itself. What a deletion names as properties has no
// values to be judged.
func (m *record) content(ev *capture.Captured, op string) {
	ev.Partial = (ev.Type == capture.Identify || ev.Type == capture.Item) && op != "profile_set" && op != "item_set"
	at := m.at[fProperties]
	if at == 0 {
		return
	}
	switch op {
	case "profile_unset":
		m.Notes.Addf("profile_unset removes properties; what stands as their values is not judged")
	case "profile_delete", "item_delete":
	default:
		m.Properties(at, "properties")
	}
	if m.Tape[at].Kind != capture.ObjectKind {
		return
	}
	for _, n := range m.Tape.Inside(int(at)).Members {
		if len(n.Name) > 1 && n.Name[0] == '$' {
			m.preset(n, ev)
		}
	}
}

// preset reads what an SDK reports by itself.
func (m *record) preset(n *capture.Node, ev *capture.Captured) {
	if n.Name == "$wifi" {
		if n.Kind == capture.Bool && n.Text == "true" && ev.Network == "" {
			ev.Network = "wifi"
		}
		return
	}
	if n.Name == "$is_login_id" {
		m.isLogin = n.Text == "true"
		return
	}
	if n.Name == "$timezone_offset" {
		m.timezone(n, ev)
		return
	}
	if to := presetField(ev, n.Name); to != nil {
		m.Notes.Set(to, n, "properties")
	}
}

// presetField returns where a preset property goes, or nil.
func presetField(ev *capture.Captured, name string) *string {
	switch name {
	case "$lib":
		return &ev.Library.Name
	case "$lib_version":
		return &ev.Library.Version
	case "$app_version":
		return &ev.App.Version
	case "$app_name":
		return &ev.App.Name
	case "$app_id":
		return &ev.App.Namespace
	case "$os":
		return &ev.OS.Name
	case "$os_version":
		return &ev.OS.Version
	case "$manufacturer":
		return &ev.Device.Manufacturer
	case "$model":
		return &ev.Device.Model
	case "$device_id":
		return &ev.DeviceID
	case "$anonymization_id":
		if ev.DeviceID == "" {
			return &ev.DeviceID
		}
	case "$event_session_id":
		return &ev.SessionID
	case "$network_type":
		return &ev.Network
	case "$url":
		return &ev.Page.URL
	case "$url_path":
		return &ev.Page.Path
	case "$title":
		return &ev.Page.Title
	case "$referrer":
		return &ev.Page.Referrer
	case "$ip":
		return &ev.IP
	case "$user_agent":
		return &ev.UserAgent
	}
	return nil
}

// timezone reads how many minutes the device's clock is behind UTC.
func (m *record) timezone(n *capture.Node, ev *capture.Captured) {
	m.Notes.Scalar(&ev.Timezone, n)
	if minutes, err := strconv.ParseFloat(n.Text, 64); err == nil && minutes >= -24*60 && minutes <= 24*60 {
		m.zone = wire.Zone{East: -time.Duration(minutes * float64(time.Minute)), Known: true}
	}
}

// lib reads what the SDK says of itself. The app's version it has from where it was set up, so that of the properties
// counts more.
func (m *record) lib(ev *capture.Captured) {
	at := m.at[fLib]
	if at == 0 || m.Tape[at].Kind != capture.ObjectKind {
		return
	}
	for _, n := range m.Tape.Inside(int(at)).Members {
		switch n.Name {
		case "$lib":
			m.Notes.Set(&ev.Library.Name, n, "lib")
		case "$lib_version":
			m.Notes.Set(&ev.Library.Version, n, "lib")
		case "$app_version":
			if ev.App.Version == "" {
				m.Notes.Set(&ev.App.Version, n, "lib")
			}
		}
	}
}

// identity tells who it was. A distinct_id is the user's id where the record says so, or where it names no one else; the
// device's where the record names the user elsewhere.
func (m *record) identity(ev *capture.Event) {
	distinct := m.Text(m.at[fDistinctID])
	ev.UserID, ev.AnonymousID = m.Text(m.at[fLoginID]), m.Text(m.at[fAnonymousID])
	ev.PreviousID = m.Text(m.at[fOriginalID])
	if at := m.at[fIdentities]; at != 0 && m.Tape[at].Kind == capture.ObjectKind && (ev.UserID == "" || ev.AnonymousID == "") {
		m.identities(m.Tape.Inside(int(at)), ev)
	}
	if ev.UserID == "" && (m.isLogin || ev.AnonymousID == "") {
		ev.UserID = distinct
	}
	if ev.AnonymousID == "" && distinct != ev.UserID {
		ev.AnonymousID = distinct
	}
	if distinct == "" && ev.UserID == "" && ev.AnonymousID == "" && ev.Type != capture.Item {
		m.Notes.Addf("distinct_id is missing")
	}
}

// identities fills in what the ids of a record say that its other members do not.
func (m *record) identities(ids capture.Object, ev *capture.Event) {
	var anonymous string
	for _, n := range ids.Members {
		switch n.Name {
		case "$identity_login_id":
			if ev.UserID == "" {
				m.Notes.Set(&ev.UserID, n, "identities")
			}
		case "$identity_cookie_id":
			if ev.AnonymousID == "" {
				m.Notes.Set(&ev.AnonymousID, n, "identities")
			}
		case "$identity_anonymous_id":
			m.Notes.Set(&anonymous, n, "identities")
		}
	}
	if ev.AnonymousID == "" {
		ev.AnonymousID = anonymous
	}
}
