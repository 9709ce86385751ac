package check

import "github.com/waymarkhq/waymark/internal/capture"

// Rule is one kind of violation.
type Rule struct {
	// Code is the rule's stable identifier: the code of its violations.
	Code string
	// Severity is capture.Error where a violation makes the event invalid, capture.Warning where it does not.
	Severity capture.Severity
	// Title and TitleZH name what is wrong, in English and Chinese.
	Title, TitleZH string
	// Doc says when the rule is broken, and what to know about it.
	Doc     string
	Example Example
}

// Example shows a rule at work.
type Example struct {
	// Planned is the definition as JSON, in the form of plan.Definition.
	Planned string
	// Slots are where it holds as JSON, a list of plan.Slot; empty where it does everywhere.
	Slots string
	// Valid and Invalid are records as JSON: event, terminal, app version and properties. Invalid breaks this rule and no
	// other.
	Valid, Invalid string
}

// Rules are all rules. They are data: the documentation, the console and the tests read them here.
var Rules = append(eventRules(), append(propertyRules(), valueRules()...)...)

var severities = func() map[string]capture.Severity {
	m := make(map[string]capture.Severity, len(Rules))
	for i := range Rules {
		m[Rules[i].Code] = Rules[i].Severity
	}
	return m
}()

// The codes of an event that no definition judges. Exactly one of them explains each unplanned event.
const (
	EventUnplanned    = "event_unplanned"
	EventCase         = "event_case"
	EventUnmatched    = "event_unmatched"
	EventAliasEnded   = "event_alias_ended"
	TerminalUnplanned = "terminal_unplanned"
	VersionUnplanned  = "version_unplanned"
	EventOffline      = "event_offline"
)

// RecordUnreadable is the code of a record that could not be read as an event at all. It is kept, invalid and without a
// name.
const RecordUnreadable = "record_unreadable"

func eventRules() []Rule {
	return []Rule{
		{
			Code: EventUnplanned, Severity: capture.Error, Title: "Event not planned", TitleZH: "事件未定义",
			Doc: "No definition answers to the event's name, by wire name or by alias, on any terminal. Records that SDKs make " +
				"by themselves (identify, group, alias, page, screen) need no definition.",
			Example: Example{
				Planned: `{"wireName":"order_paid"}`,
				Valid:   `{"event":"order_paid"}`,
				Invalid: `{"event":"order_payed"}`,
			},
		},
		{
			Code: EventCase, Severity: capture.Error, Title: "Event name in the wrong case", TitleZH: "事件名大小写不符",
			Doc: "A planned event has this name but for upper and lower case. Names are compared exactly, as data warehouses do.",
			Example: Example{
				Planned: `{"wireName":"order_paid"}`,
				Valid:   `{"event":"order_paid"}`,
				Invalid: `{"event":"Order_Paid"}`,
			},
		},
		{
			Code: EventUnmatched, Severity: capture.Error, Title: "No variant of the event matches", TitleZH: "未匹配到事件变体",
			Doc: "Events of this name are planned, told apart by a match, but the conditions of none of them hold, and there is " +
				"no definition without a match to fall back on. A condition compares a string's text, or a number's or boolean's " +
				"literal, exactly.",
			Example: Example{
				Planned: `{"wireName":"element_click","match":[{"property":"spm","value":"a1.b2"}],"properties":[` +
					`{"name":"spm","type":{"base":"STRING"},"presence":"REQUIRED"}]}`,
				Valid:   `{"event":"element_click","properties":{"spm":"a1.b2"}}`,
				Invalid: `{"event":"element_click","properties":{"spm":"a1.b3"}}`,
			},
		},
		{
			Code: EventAliasEnded, Severity: capture.Error, Title: "Former name no longer accepted", TitleZH: "旧事件名已停用",
			Doc: "The name is an alias of a planned event, and the window in which the alias was accepted has ended. What counts " +
				"is when the server received the event.",
			Example: Example{
				Planned: `{"wireName":"order_paid","aliases":[{"name":"pay_success","until":"2020-01-01T00:00:00Z"}]}`,
				Valid:   `{"event":"order_paid"}`,
				Invalid: `{"event":"pay_success"}`,
			},
		},
		{
			Code: TerminalUnplanned, Severity: capture.Error, Title: "Event not planned on this terminal", TitleZH: "事件未在该终端定义",
			Doc: "The event is planned, but on other terminals than the one that reported it.",
			Example: Example{
				Planned: `{"wireName":"order_paid","terminals":["ios"]}`,
				Valid:   `{"event":"order_paid","terminal":"ios"}`,
				Invalid: `{"event":"order_paid","terminal":"web"}`,
			},
		},
		{
			Code: VersionUnplanned, Severity: capture.Error, Title: "Event not planned in this app version", TitleZH: "事件未在该版本定义",
			Doc: "The event is planned on this terminal, but for other app versions than the one that reported it: it starts from a " +
				"higher one, or a lower one was the last. An event without a version counts as one of the newest.",
			Example: Example{
				Planned: `{"wireName":"order_paid"}`,
				Slots:   `[{"terminal":"ios","from":"8.6","definition":0,"release":4}]`,
				Valid:   `{"event":"order_paid","terminal":"ios","version":"8.6.1"}`,
				Invalid: `{"event":"order_paid","terminal":"ios","version":"8.5"}`,
			},
		},
		{
			Code: EventOffline, Severity: capture.Error, Title: "Event is offline", TitleZH: "事件已下线",
			Doc: "The event was planned and has been taken offline, on this terminal from this app version on; the violation names " +
				"the release that did so. Older versions of the app, which cannot be changed any more, are judged as before.",
			Example: Example{
				Planned: `{"wireName":"order_paid"}`,
				Slots: `[{"terminal":"ios","definition":0,"release":4},` +
					`{"terminal":"ios","from":"8.6","definition":0,"release":7,"offline":true}]`,
				Valid:   `{"event":"order_paid","terminal":"ios","version":"8.5"}`,
				Invalid: `{"event":"order_paid","terminal":"ios","version":"8.6"}`,
			},
		},
		{
			Code: RecordUnreadable, Severity: capture.Error, Title: "Record cannot be read", TitleZH: "记录无法解析",
			Doc: "What stands in the place of a record is none: it is not an object, lacks what makes an event, or is beyond the " +
				"limits (1 MB, nested 64 deep with the payload around it, numbers of 64 characters). It is kept as sent, up to " +
				"4 KB, invalid and without a name; the records beside it are taken.",
			Example: Example{
				Planned: `{"wireName":"order_paid"}`,
				Valid:   `{"event":"order_paid"}`,
				Invalid: `"order_paid"`,
			},
		},
	}
}
