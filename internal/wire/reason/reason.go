// Package reason says in Chinese what is wrong with events: for the wire formats whose debug answers are shown on the
// phone of the developer who sent them.
//
// The package is pure, and safe for concurrent use.
package reason

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Reason is one thing that is wrong.
type Reason struct {
	// Property is the path of the offending property, empty where it is about the whole record.
	Property string
	// Text is a sentence that names the event, the property and what is wrong.
	Text string
}

// most is how many reasons are told at once: a phone shows them in a dialog.
const most = 10

// Of returns what is wrong with a payload that was accepted: the violations that make its events invalid or unplanned, and
// the records that could not be read. The list is empty where every event is valid.
func Of(d *wire.Decoded) []Reason {
	var list []Reason
	for i := range d.Events {
		ev := &d.Events[i]
		if ev.Verdict != capture.Invalid && ev.Verdict != capture.Unplanned {
			continue
		}
		for _, v := range ev.Violations {
			if v.Severity == capture.Error && v.Code != check.RecordUnreadable && len(list) < most { // Rejected has the unreadable
				list = append(list, Reason{v.Property, sentence(&ev.Event, v)})
			}
		}
	}
	for _, r := range d.Rejected {
		if len(list) < most {
			list = append(list, Reason{"", Refused(r.Reason)})
		}
	}
	return list
}

// Text joins reasons to one text, a line for each.
func Text(list []Reason) string {
	lines := make([]string, len(list))
	for i, r := range list {
		lines[i] = r.Text
	}
	return strings.Join(lines, "\n")
}

func sentence(ev *capture.Event, v capture.Violation) string {
	var b strings.Builder
	b.WriteString(subject(ev))
	if v.Property != "" {
		b.WriteString(" 的属性 " + v.Property)
	}
	b.WriteString("：" + title(v.Code))
	if v.Expected != "" && v.Code != check.EventUnplanned {
		b.WriteString("，应为 " + v.Expected)
	}
	if v.Actual != "" && v.Property != "" && v.Code != check.PropertyMissing {
		b.WriteString("，实际为 " + v.Actual)
	}
	return b.String()
}

// subject names the record.
func subject(ev *capture.Event) string {
	switch ev.Type {
	case capture.Identify:
		return "用户属性上报"
	case capture.Item:
		return "物品"
	case capture.Page, capture.Screen:
		return "页面 " + ev.Name
	case capture.Group:
		return "用户群组"
	case capture.Alias:
		return "用户关联"
	case capture.Track:
	}
	if ev.Name == "" {
		return "未命名事件"
	}
	return "事件 " + ev.Name
}

// title is what a rule is called.
func title(code string) string {
	for i := range check.Rules {
		if check.Rules[i].Code == code {
			return check.Rules[i].TitleZH
		}
	}
	return code
}

// Refused says why a record or a payload could not be read, given the reason that the decoder gives.
func Refused(why string) string {
	switch {
	case why == wire.Encrypted:
		return "数据已加密，无法校验：请在测试环境关闭 SDK 加密（encrypted）"
	case strings.HasPrefix(why, "the body is not JSON"):
		return "数据不是合法的 JSON：" + why
	}
	return "数据无法解析：" + why
}

// Outcome says what became of a request that was not accepted.
func Outcome(o wire.Outcome) string {
	switch o.Kind {
	case wire.Accepted:
		return ""
	case wire.UnknownKey:
		return "密钥缺失、错误或已停用，请检查数据接收地址中的密钥"
	case wire.TooLarge:
		return "数据过大：" + o.Reason
	case wire.Throttled:
		return "上报过于频繁，请稍后重试"
	case wire.Unavailable:
		return "服务暂时不可用，请稍后重试"
	case wire.Malformed:
	}
	return Refused(o.Reason)
}
