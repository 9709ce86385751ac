package plan

// InboxState is what becomes of something that devices report and nobody planned.
type InboxState string

// The states of what nobody planned.
const (
	// InboxOpen: nobody has decided.
	InboxOpen InboxState = "OPEN"
	// InboxIgnored: it may come, for good or up to an app version.
	InboxIgnored InboxState = "IGNORED"
	// InboxAdded: a batch plans it, or the app plans something of that name by now.
	InboxAdded InboxState = "ADDED"
	// InboxMapped: it became an alias of an event.
	InboxMapped InboxState = "MAPPED"
)
