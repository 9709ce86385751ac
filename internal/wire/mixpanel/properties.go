package mixpanel

import "github.com/waymarkhq/waymark/internal/capture"

// properties reads the properties at index i of the tape: Mixpanel's SDKs put all that they know of who did it, device, app
// and page between those of the app.
func (r *record) properties(i int) {
	for j, n := range r.Tape.Inside(i).Members {
		if f := propertyField(n.Name); f < fCount {
			if r.at[f] != 0 {
				r.Notes.Addf("%s is there twice; the last one counts", n.Name)
			}
			r.at[f] = int32(i + 1 + j)
			continue
		}
		switch to := contextField(r.Event, n.Name); {
		case to != nil:
			r.Notes.Scalar(to, n)
		case n.Name == "$wifi" && n.Text == "true":
			r.Event.Network = "wifi"
		case n.Name == "$device" && r.Event.Device.Model == "":
			r.Notes.Scalar(&r.Event.Device.Model, n)
		}
	}
}

// contextField returns where a property goes that describes device, app or page, nil where it is another one.
func contextField(ev *capture.Captured, name string) *string {
	switch name {
	case "mp_lib":
		return &ev.Library.Name
	case "$lib_version":
		return &ev.Library.Version
	case "$os":
		return &ev.OS.Name
	case "$os_version":
		return &ev.OS.Version
	case "$app_version_string", "$app_version":
		return &ev.App.Version
	case "$app_build_number":
		return &ev.App.Build
	case "$app_name":
		return &ev.App.Name
	case "$manufacturer":
		return &ev.Device.Manufacturer
	case "$model":
		return &ev.Device.Model
	case "$current_url":
		return &ev.Page.URL
	case "current_url_path":
		return &ev.Page.Path
	case "current_page_title":
		return &ev.Page.Title
	case "$referrer":
		return &ev.Page.Referrer
	case "$locale":
		return &ev.Locale
	case "$session_id":
		return &ev.SessionID
	}
	return nil
}
