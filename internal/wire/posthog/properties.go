package posthog

// The properties that say who did something, or what is done to a profile. They are looked up by their place.
const (
	pDistinctID = iota
	pInsertID
	pUserID
	pDeviceID
	pAnonDistinctID
	pIsIdentified
	pSessionID
	pGroups
	pGroupKey
	pGroupSet
	pAlias
	pSet
	pSetOnce
	pCount
)

// properties reads the properties at index i of the tape: PostHog's SDKs put all that they know of device, app and page
// between those of the app.
func (e *event) properties(i int) {
	for j, n := range e.Tape.Inside(i).Members {
		if f := identityField(n.Name); f < pCount {
			e.in[f] = int32(i + 1 + j)
		} else if to := e.contextField(n.Name); to != nil {
			e.Notes.Scalar(to, n)
		} else if n.Text == "true" {
			e.network(n.Name)
		}
	}
}

func identityField(name string) int {
	switch name {
	case "distinct_id":
		return pDistinctID
	case "$insert_id":
		return pInsertID
	case "$user_id":
		return pUserID
	case "$device_id":
		return pDeviceID
	case "$anon_distinct_id":
		return pAnonDistinctID
	case "$is_identified":
		return pIsIdentified
	case "$session_id":
		return pSessionID
	case "$groups":
		return pGroups
	case "$group_key":
		return pGroupKey
	case "$group_set":
		return pGroupSet
	case "alias":
		return pAlias
	case "$set":
		return pSet
	case "$set_once":
		return pSetOnce
	}
	return pCount
}

// contextField returns where a property goes that describes device, app or page, nil where it is another one.
func (e *event) contextField(name string) *string {
	ev := e.Event
	switch name {
	case "$lib":
		return &ev.Library.Name
	case "$lib_version":
		return &ev.Library.Version
	case "$os", "$os_name":
		return &ev.OS.Name
	case "$os_version":
		return &ev.OS.Version
	case "$app_name":
		return &ev.App.Name
	case "$app_version":
		return &ev.App.Version
	case "$app_build":
		return &ev.App.Build
	case "$app_namespace":
		return &ev.App.Namespace
	case "$device_manufacturer":
		return &ev.Device.Manufacturer
	case "$device_model":
		return &ev.Device.Model
	case "$device_type":
		return &ev.Device.Type
	case "$current_url":
		return &ev.Page.URL
	case "$pathname":
		return &ev.Page.Path
	case "$title":
		return &ev.Page.Title
	case "$referrer":
		return &ev.Page.Referrer
	case "$browser_language", "$locale":
		return &ev.Locale
	case "$timezone":
		return &ev.Timezone
	case "$ip":
		return &ev.IP
	case "$raw_user_agent", "$user_agent":
		return &ev.UserAgent
	}
	return nil
}

// network says how the device is connected, in the first word that fits.
func (e *event) network(name string) {
	if e.Event.Network != "" {
		return
	}
	switch name {
	case "$network_wifi":
		e.Event.Network = "wifi"
	case "$network_cellular":
		e.Event.Network = "cellular"
	case "$network_bluetooth":
		e.Event.Network = "bluetooth"
	}
}
