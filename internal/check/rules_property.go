package check

import "github.com/waymarkhq/waymark/internal/capture"

// The codes of properties that are missing, superfluous or misnamed. They apply to the fields of objects as well.
const (
	PropertyMissing   = "property_missing"
	PropertyCase      = "property_case"
	ExtraProperty     = "extra_property"
	DuplicateProperty = "duplicate_property"
	TooDeep           = "too_deep"
)

func propertyRules() []Rule {
	return []Rule{
		{
			Code: PropertyMissing, Severity: capture.Error, Title: "Required property missing", TitleZH: "缺少必填属性",
			Doc: "The event, or an object in it, does not carry a property that is required on its terminal. It is not asked of what changes a part of a profile or an item only (an increment, what is set once, a removal), or says nothing of it.",
			Example: onProperty(`{"name":"order_id","type":{"base":"STRING"},"presence":"REQUIRED"}`,
				`{"order_id":"A1"}`, `{}`),
		},
		{
			Code: PropertyCase, Severity: capture.Warning, Title: "Property name in the wrong case", TitleZH: "属性名大小写不符",
			Doc: "A planned property has this name but for upper and lower case. The value counts as not sent: where the " +
				"property is required, property_missing is reported beside this warning and makes the event invalid.",
			Example: onProperty(`{"name":"order_id","type":{"base":"STRING"},"presence":"OPTIONAL"}`,
				`{"order_id":"A1"}`, `{"Order_ID":"A1"}`),
		},
		{
			Code: ExtraProperty, Severity: capture.Warning, Title: "Property not planned", TitleZH: "多余属性",
			Doc: "The event, or an object in it, carries a property that is not planned there, or that is planned to be absent " +
				"on this terminal. Properties that SDKs add by themselves are never extra, nor are the members of an object that is " +
				"planned without fields.",
			Example: onProperty(`{"name":"order_id","type":{"base":"STRING"},"presence":"REQUIRED"}`,
				`{"order_id":"A1"}`, `{"order_id":"A1","debug":true}`),
		},
		{
			Code: DuplicateProperty, Severity: capture.Error, Title: "Property sent twice", TitleZH: "属性重复",
			Doc: "A planned property stands more than once in the same object. What readers make of that differs (most keep the " +
				"last value), so the event cannot be trusted; each of the values is judged.",
			Example: onProperty(`{"name":"order_id","type":{"base":"STRING"},"presence":"REQUIRED"}`,
				`{"order_id":"A1"}`, `{"order_id":"A1","order_id":"A2"}`),
		},
		{
			Code: TooDeep, Severity: capture.Warning, Title: "Objects nested too deep", TitleZH: "对象嵌套过深",
			Doc: "A property that the plan does not describe, such as a member of a free-form object, holds objects nested " +
				"deeper than a plan could describe them (3 levels). Hardly any tool behind can analyse them.",
			Example: onProperty(`{"name":"extra","type":{"base":"OBJECT"},"presence":"REQUIRED"}`,
				`{"extra":{"a":{"b":{"c":1}}}}`, `{"extra":{"a":{"b":{"c":{"d":1}}}}}`),
		},
	}
}

// onProperty is an example of an event with one planned property.
func onProperty(rule, valid, invalid string) Example {
	return Example{
		Planned: `{"wireName":"order_paid","properties":[` + rule + `]}`,
		Valid:   `{"event":"order_paid","properties":` + valid + `}`,
		Invalid: `{"event":"order_paid","properties":` + invalid + `}`,
	}
}
