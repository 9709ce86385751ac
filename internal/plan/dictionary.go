package plan

// ConsumerKind is what uses an event or a property.
type ConsumerKind string

// The kinds of consumers.
const (
	ConsumerDashboard ConsumerKind = "DASHBOARD"
	ConsumerReport    ConsumerKind = "REPORT"
	ConsumerModel     ConsumerKind = "MODEL"
	ConsumerTeam      ConsumerKind = "TEAM"
)

// ConsumerKinds lists the kinds of consumers.
func ConsumerKinds() []ConsumerKind {
	return []ConsumerKind{ConsumerDashboard, ConsumerReport, ConsumerModel, ConsumerTeam}
}

// Consumer is somebody or something that uses an event or a property, and would be hurt by a change.
type Consumer struct {
	Kind ConsumerKind `json:"kind"`
	Name string       `json:"name"`
	// Link is where to find it, Contact whom to ask.
	Link    string `json:"link,omitempty"`
	Contact string `json:"contact,omitempty"`
}
