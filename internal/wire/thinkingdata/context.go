package thinkingdata

import (
	"strconv"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// preset reads what an SDK reports by itself.
func (m *record) preset(n *capture.Node, ev *capture.Captured) {
	if n.Name == "#zone_offset" {
		m.Notes.Scalar(&ev.Timezone, n)
		if hours, err := strconv.ParseFloat(n.Text, 64); err == nil && hours >= -24 && hours <= 24 {
			m.zone = wire.Zone{East: time.Duration(hours * float64(time.Hour)), Known: true}
		}
		return
	}
	if to := presetField(ev, n.Name); to != nil {
		m.Notes.Set(to, n, "properties")
	}
}

// presetField returns where a preset property goes, or nil.
func presetField(ev *capture.Captured, name string) *string {
	switch name {
	case "#lib":
		return &ev.Library.Name
	case "#lib_version":
		return &ev.Library.Version
	case "#app_version":
		return &ev.App.Version
	case "#bundle_id":
		return &ev.App.Namespace
	case "#os":
		return &ev.OS.Name
	case "#os_version":
		return &ev.OS.Version
	case "#manufacturer":
		return &ev.Device.Manufacturer
	case "#device_model":
		return &ev.Device.Model
	case "#device_type":
		return &ev.Device.Type
	case "#device_id":
		return &ev.DeviceID
	case "#network_type":
		return &ev.Network
	case "#system_language":
		return &ev.Locale
	case "#url":
		return &ev.Page.URL
	case "#url_path":
		return &ev.Page.Path
	case "#title":
		return &ev.Page.Title
	case "#referrer":
		return &ev.Page.Referrer
	case "#ip":
		return &ev.IP
	case "#ua":
		return &ev.UserAgent
	}
	return nil
}
