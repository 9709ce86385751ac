package check

import "github.com/waymarkhq/waymark/internal/capture"

// The codes of values that are not what the plan says.
const (
	PropertyNull     = "property_null"
	PropertyEmpty    = "property_empty"
	PlaceholderValue = "placeholder_value"
	TypeMismatch     = "type_mismatch"
	EnumUnknown      = "enum_unknown"
	ConstantMismatch = "constant_mismatch"
	PatternMismatch  = "pattern_mismatch"
	TooShort         = "too_short"
	TooLong          = "too_long"
	BelowMinimum     = "below_minimum"
	AboveMaximum     = "above_maximum"
	TooFewItems      = "too_few_items"
	TooManyItems     = "too_many_items"
	BadEncoding      = "bad_encoding"
	BadDatetime      = "bad_datetime"
	BadDate          = "bad_date"
	InvalidText      = "invalid_text"
)

func valueRules() []Rule {
	return append([]Rule{
		{
			Code: PropertyNull, Severity: capture.Error, Title: "Null not allowed", TitleZH: "不允许为 null",
			Doc:     "The value is null, and the property is not nullable. An optional property that has no value is left out.",
			Example: onValue(`{"base":"STRING"}`, `"A1"`, `null`),
		},
		{
			Code: PropertyEmpty, Severity: capture.Error, Title: "Empty value", TitleZH: "值为空",
			Doc: "The value is an empty string, list or object where none is allowed: the constraint nonEmpty says so, or the " +
				"property is required and nonEmpty says nothing.",
			Example: onValue(`{"base":"STRING"}`, `"A1"`, `""`),
		},
		{
			Code: PlaceholderValue, Severity: capture.Error, Title: "Placeholder instead of a value", TitleZH: "占位值（空值字面量）",
			Doc: "The value is the text that a programming language prints for a value that is not there: null, NULL, (null), " +
				"<null>, undefined, NaN, nan, None, nil, <nil> or [object Object]; or it is the empty string where no string is " +
				"asked for. A text that an enum, a value set or a constant lists is not a placeholder.",
			Example: onValue(`{"base":"STRING"}`, `"A1"`, `"undefined"`),
		},
		{
			Code: TypeMismatch, Severity: capture.Error, Title: "Wrong type", TitleZH: "类型不符",
			Doc: "The value's JSON type is not the planned one. 5.0 and 5e3 are integers; a number in quotes is a string; dates " +
				"and datetimes are strings.",
			Example: onValue(`{"base":"NUMBER"}`, `5999.5`, `"五千"`),
		},
		{
			Code: EnumUnknown, Severity: capture.Error, Title: "Value not in the list", TitleZH: "枚举值未定义",
			Doc: "The value is none of those that the enum or the value set lists. An enum's value 1 takes the number 1 as well " +
				"as the string \"1\"; a value set of an integer or string takes only that type.",
			Example: onValue(`{"base":"ENUM","values":[{"value":"wechat"},{"value":"alipay"}]}`, `"alipay"`, `"paypal"`),
		},
		{
			Code: ConstantMismatch, Severity: capture.Error, Title: "Not the constant", TitleZH: "固定值不符",
			Doc:     "The property has one planned value, and this is another.",
			Example: onValue(`{"base":"STRING","constant":"\"h5\""}`, `"h5"`, `"web"`),
		},
		{
			Code: PatternMismatch, Severity: capture.Error, Title: "Pattern does not match", TitleZH: "格式不匹配",
			Doc:     "The pattern (RE2) does not match the whole text. A text longer than 32 KiB matches no pattern.",
			Example: onValue(`{"base":"STRING","pattern":"[A-Z][0-9]+"}`, `"A1"`, `"a1"`),
		},
	}, rangeRules()...)
}

func rangeRules() []Rule {
	return []Rule{
		{
			Code: TooShort, Severity: capture.Error, Title: "Text too short", TitleZH: "文本过短",
			Doc:     "The text has fewer characters (Unicode code points) than planned.",
			Example: onValue(`{"base":"STRING","minLength":2}`, `"苹果"`, `"果"`),
		},
		{
			Code: TooLong, Severity: capture.Error, Title: "Text too long", TitleZH: "文本过长",
			Doc:     "The text has more characters (Unicode code points) than planned.",
			Example: onValue(`{"base":"STRING","maxLength":2}`, `"苹果"`, `"苹果手机"`),
		},
		{
			Code: BelowMinimum, Severity: capture.Error, Title: "Below the minimum", TitleZH: "小于最小值",
			Doc:     "The number is smaller than planned. Numbers are compared exactly, whatever their size.",
			Example: onValue(`{"base":"INTEGER","minimum":"1"}`, `1`, `0`),
		},
		{
			Code: AboveMaximum, Severity: capture.Error, Title: "Above the maximum", TitleZH: "大于最大值",
			Doc:     "The number is greater than planned. Numbers are compared exactly, whatever their size.",
			Example: onValue(`{"base":"INTEGER","maximum":"9007199254740992"}`, `9007199254740992`, `9007199254740993`),
		},
		{
			Code: TooFewItems, Severity: capture.Error, Title: "Too few items", TitleZH: "列表项过少",
			Doc:     "The list has fewer items than planned.",
			Example: onValue(`{"base":"LIST","items":{"base":"STRING"},"minItems":2}`, `["a","b"]`, `["a"]`),
		},
		{
			Code: TooManyItems, Severity: capture.Error, Title: "Too many items", TitleZH: "列表项过多",
			Doc:     "The list has more items than planned.",
			Example: onValue(`{"base":"LIST","items":{"base":"STRING"},"maxItems":1}`, `["a"]`, `["a","b"]`),
		},
		{
			Code: BadEncoding, Severity: capture.Error, Title: "Text does not decode", TitleZH: "编码错误",
			Doc: "The value has to stand inside a string, as JSON text or percent-encoded, and the string does not hold one. " +
				"Texts, dates and enums are percent-encoded as they are, values of other types as their JSON.",
			Example: onValue(`{"base":"OBJECT","encoding":"JSON","fields":[{"name":"id","type":{"base":"INTEGER"}}]}`,
				`"{\"id\":1}"`, `"{id:1}"`),
		},
		{
			Code: BadDatetime, Severity: capture.Error, Title: "Not a datetime", TitleZH: "时间格式错误",
			Doc: "The text is neither RFC 3339 (2026-01-02T15:04:05.000Z, 2026-01-02T15:04:05+08:00; a blank may replace the T) " +
				"nor a clock reading without zone (2026-01-02 15:04:05.000). Numbers of seconds or milliseconds are planned as " +
				"integers, so that nobody has to guess the unit.",
			Example: onValue(`{"base":"DATETIME"}`, `"2026-01-02 15:04:05.000"`, `"2026/01/02 15:04"`),
		},
		{
			Code: BadDate, Severity: capture.Error, Title: "Not a date", TitleZH: "日期格式错误",
			Doc:     "The text is not a day of the calendar as YYYY-MM-DD.",
			Example: onValue(`{"base":"DATE"}`, `"2028-02-29"`, `"2026-02-29"`),
		},
		{
			Code: InvalidText, Severity: capture.Warning, Title: "Broken characters", TitleZH: "乱码字符",
			Doc: "The text holds U+FFFD, the mark of a character that was lost: it was not sent as UTF-8, or was cut in the " +
				"middle of a character.",
			Example: onValue(`{"base":"STRING"}`, `"苹果"`, `"苹�"`),
		},
	}
}

// onValue is an example of an event with one required property of the given type.
func onValue(typ, valid, invalid string) Example {
	return onProperty(`{"name":"value","type":`+typ+`,"presence":"REQUIRED"}`,
		`{"value":`+valid+`}`, `{"value":`+invalid+`}`)
}
