package diff

// The ids of the rules.
const (
	EventAdded            = "event_added"
	EventRemoved          = "event_removed"
	EventOffline          = "event_offline"
	EventBack             = "event_back"
	CommonAdded           = "common_added"
	CommonWidened         = "common_widened"
	KindChanged           = "kind_changed"
	KeyChanged            = "key_changed"
	Renamed               = "renamed"
	RenamedWithAlias      = "renamed_with_alias"
	AliasAdded            = "alias_added"
	AliasRemoved          = "alias_removed"
	AliasShortened        = "alias_shortened"
	AliasExtended         = "alias_extended"
	MatchChanged          = "match_changed"
	TerminalAdded         = "terminal_added"
	TerminalRemoved       = "terminal_removed"
	CommonExcluded        = "common_excluded"
	CommonIncluded        = "common_included"
	PropertyAddedRequired = "property_added_required"
	PropertyAddedOptional = "property_added_optional"
	PropertyRemoved       = "property_removed"
	PropertyRenamed       = "property_renamed"
	PropertyReplaced      = "property_replaced"
	PropertyMerged        = "property_merged"
	BecameRequired        = "became_required"
	BecameOptional        = "became_optional"
	BecameAbsent          = "became_absent"
	TypeNarrowed          = "type_narrowed"
	TypeChanged           = "type_changed"
	TypeWidened           = "type_widened"
	FieldAddedRequired    = "field_added_required"
	FieldAddedOptional    = "field_added_optional"
	FieldRemoved          = "field_removed"
	ObjectClosed          = "object_closed"
	PatternTightened      = "pattern_tightened"
	PatternLoosened       = "pattern_loosened"
	LimitTightened        = "limit_tightened"
	LimitLoosened         = "limit_loosened"
	ConstantSet           = "constant_set"
	ConstantLifted        = "constant_lifted"
	NullTakenBack         = "null_taken_back"
	NullAllowed           = "null_allowed"
	EmptyRefused          = "empty_refused"
	EmptyAllowed          = "empty_allowed"
	EncodingChanged       = "encoding_changed"
	Restated              = "restated"
	ValueAdded            = "value_added"
	ValueRemoved          = "value_removed"
	ValueLabelled         = "value_labelled"
	ValuesLimited         = "values_limited"
	ValuesWidened         = "values_widened"
	TextChanged           = "text_changed"
	LevelChanged          = "level_changed"
	OwnersChanged         = "owners_changed"
	SensitivityChanged    = "sensitivity_changed"
	OrderChanged          = "order_changed"
	Other                 = "other"
)

func eventRules() []Rule {
	return []Rule{
		{
			ID: EventAdded, Impact: Compatible, Text: "Event added", TextZH: "新增事件",
			Reason: "Nothing reported it before.", ReasonZH: "此前没有上报。",
			Example: Example{After: `{}`},
		},
		{
			ID: EventRemoved, Impact: Breaking, Text: "Event removed", TextZH: "删除事件",
			Reason: "Apps that still report it are judged unplanned, and readers miss it.", ReasonZH: "仍在上报的应用会被判为未定义，下游缺少该事件。",
			Example: Example{Before: `{}`},
		},
		{
			ID: EventOffline, Impact: Breaking, Text: "Event taken offline", TextZH: "事件下线",
			Reason: "Apps that still report it are judged unplanned, and readers miss it.", ReasonZH: "仍在上报的应用会被判为未定义，下游缺少该事件。",
		},
		{
			ID: EventBack, Impact: Compatible, Text: "Event back online", TextZH: "事件重新上线",
			Reason: "What was unplanned is judged again.", ReasonZH: "此前判为未定义，现在重新校验。",
		},
		{
			ID: CommonAdded, Impact: Breaking, Text: "Required common properties added", TextZH: "新增必填公共属性",
			Reason: "All events of their terminals have to carry them; those of older apps do not.", ReasonZH: "相应终端的所有事件都必须携带，旧版本不满足。",
			Example: Example{After: `{"kind":"COMMON","wireName":"","properties":[` + price("", `"presence":"REQUIRED"`) + `]}`},
		},
		{
			ID: CommonWidened, Impact: Breaking, Text: "Required common properties on a further terminal", TextZH: "公共必填属性扩展到更多终端",
			Reason: "The events of that terminal did not carry them.", ReasonZH: "该终端的事件此前不携带这些属性。",
			Example: Example{
				Before: `{"kind":"COMMON","wireName":"","terminals":["ios"],"properties":[` + price("", `"presence":"REQUIRED"`) + `]}`,
				After:  `{"kind":"COMMON","wireName":"","terminals":["ios","web"],"properties":[` + price("", `"presence":"REQUIRED"`) + `]}`,
			},
		},
		{
			ID: KindChanged, Impact: Breaking, Text: "Kind changed", TextZH: "事件类型变更",
			Reason: "It governs other records than before.", ReasonZH: "约束的上报记录不同了。",
			Example: Example{Before: `{"kind":"USER_PROFILE"}`, After: `{"kind":"ITEM"}`},
		},
		{
			ID: TerminalAdded, Impact: Compatible, Text: "Terminal added", TextZH: "新增终端",
			Reason: "What that terminal reported was unplanned before.", ReasonZH: "该终端的上报此前为未定义。",
			Example: Example{Before: `{"terminals":["ios"]}`, After: `{"terminals":["ios","web"]}`},
		},
		{
			ID: TerminalRemoved, Impact: Breaking, Text: "Terminal removed", TextZH: "移除终端",
			Reason: "What apps on that terminal still report is judged unplanned.", ReasonZH: "该终端仍在上报的内容会被判为未定义。",
			Example: Example{Before: `{}`, After: `{"terminals":["ios"]}`},
		},
		{
			ID: CommonExcluded, Impact: Breaking, Text: "Common property excluded", TextZH: "排除公共属性",
			Reason: "Readers miss it on this event.", ReasonZH: "下游在该事件上缺少此属性。",
			Example: Example{Before: `{}`, After: `{"excludedCommonProperties":["page"]}`},
		},
		{
			ID: CommonIncluded, Impact: Breaking, Text: "Common property no longer excluded", TextZH: "取消排除公共属性",
			Reason: "The event may have to carry it; older apps do not.", ReasonZH: "事件可能必须携带它，旧版本不满足。",
			Example: Example{Before: `{"excludedCommonProperties":["page"]}`, After: `{}`},
		},
	}
}

func nameRules() []Rule {
	return []Rule{
		{
			ID: Renamed, Impact: Breaking, Text: "Renamed on the wire", TextZH: "上报事件名变更",
			Reason: "Apps that report the former name are judged unplanned.", ReasonZH: "仍上报旧名称的应用会被判为未定义。",
			Example: Example{Before: `{}`, After: `{"wireName":"pay_success"}`},
		},
		{
			ID: RenamedWithAlias, Impact: Compatible, Text: "Renamed, with the former name as alias", TextZH: "上报事件名变更，旧名保留为别名",
			Reason: "The former name is still accepted, as long as the alias lasts.", ReasonZH: "别名有效期内仍接受旧名称。",
			Example: Example{
				Before: `{"aliases":[{"name":"pay_success"}]}`, After: `{"wireName":"pay_success","aliases":[{"name":"order_paid"}]}`,
			},
		},
		{
			ID: AliasAdded, Impact: Compatible, Text: "Alias added", TextZH: "新增别名",
			Reason: "A further name is accepted.", ReasonZH: "多接受一个名称。",
			Example: Example{Before: `{}`, After: `{"aliases":[{"name":"pay_success"}]}`},
		},
		{
			ID: AliasRemoved, Impact: Breaking, Text: "Alias removed", TextZH: "移除别名",
			Reason: "Apps that report by that name are judged unplanned.", ReasonZH: "用该名称上报的应用会被判为未定义。",
			Example: Example{Before: `{"aliases":[{"name":"pay_success"}]}`, After: `{}`},
		},
		{
			ID: AliasShortened, Impact: Breaking, Text: "Alias ends earlier", TextZH: "别名有效期缩短",
			Reason: "Apps that report by that name are judged unplanned sooner.", ReasonZH: "用该名称上报的应用会更早被判为未定义。",
			Example: Example{
				Before: `{"aliases":[{"name":"pay_success"}]}`,
				After:  `{"aliases":[{"name":"pay_success","until":"2030-01-01T00:00:00Z"}]}`,
			},
		},
		{
			ID: AliasExtended, Impact: Compatible, Text: "Alias lasts longer", TextZH: "别名有效期延长",
			Reason: "What was accepted stays so for longer.", ReasonZH: "可接受的时间更长。",
			Example: Example{
				Before: `{"aliases":[{"name":"pay_success","until":"2030-01-01T00:00:00Z"}]}`,
				After:  `{"aliases":[{"name":"pay_success","until":"2031-01-01T00:00:00Z"}]}`,
			},
		},
		{
			ID: MatchChanged, Impact: Breaking, Text: "Match changed", TextZH: "匹配条件变更",
			Reason: "What is reported may belong to other events than before.", ReasonZH: "同样的上报可能归属不同的事件。",
			Example: Example{
				Before: `{"match":[{"property":"spm","value":"a1.b2"}]}`, After: `{"match":[{"property":"spm","value":"a1.b3"}]}`,
			},
		},
		{
			ID: KeyChanged, Impact: Compatible, Text: "Plan key changed", TextZH: "方案标识变更",
			Reason: "It is not on the wire.", ReasonZH: "不出现在上报数据中。",
			Example: Example{Before: `{}`, After: `{"key":"pay_success"}`},
		},
	}
}

// price is a property as JSON: the number price, or one of another type, with further members.
func price(typ, more string) string {
	if typ == "" {
		typ = `{"base":"NUMBER"}`
	}
	if more == "" {
		more = `"presence":"OPTIONAL"`
	}
	return `{"propertyId":"prp_price","key":"price","name":"Price","type":` + typ + `,"sensitivity":"NONE",` + more + `}`
}

// between is an example of a change to the type of the property price.
func between(before, after string) Example { return uses(price(before, ""), price(after, "")) }

// uses is an example of a change to the property of an event.
func uses(before, after string) Example {
	return Example{Before: `{"properties":[` + before + `]}`, After: `{"properties":[` + after + `]}`}
}

func propertyRules() []Rule {
	return []Rule{
		{
			ID: PropertyAddedRequired, Impact: Breaking, Text: "Required property added", TextZH: "新增必填属性",
			Reason: "Apps that do not send it yet are judged invalid.", ReasonZH: "尚未上报它的应用会被判为不合格。",
			Example: Example{Before: `{"properties":[]}`, After: `{"properties":[` + price("", `"presence":"REQUIRED"`) + `]}`},
		},
		{
			ID: PropertyAddedOptional, Impact: Compatible, AtOnce: true, Text: "Optional property added", TextZH: "新增选填属性",
			Reason: "Nobody has to send it.", ReasonZH: "不要求上报。",
			Example: Example{Before: `{"properties":[]}`, After: `{"properties":[` + price("", "") + `]}`},
		},
		{
			ID: PropertyRemoved, Impact: Breaking, Text: "Property removed", TextZH: "移除属性",
			Reason: "Readers miss it; who still sends it sends something that is not planned.", ReasonZH: "下游缺少该属性；仍上报的会提示多余属性。",
			Example: Example{Before: `{}`, After: `{"properties":[]}`},
		},
		{
			ID: PropertyRenamed, Impact: Breaking, Text: "Property renamed on the wire", TextZH: "属性上报名变更",
			Reason: "Apps send the former name, readers look for it.", ReasonZH: "应用仍上报旧名，下游仍读取旧名。",
			Example: uses(price("", ""), `{"propertyId":"prp_price","key":"amount","name":"Price","type":{"base":"NUMBER"},"sensitivity":"NONE","presence":"OPTIONAL"}`),
		},
		{
			ID: PropertyReplaced, Impact: Compatible, Text: "Another shared property of the same name", TextZH: "改为引用同名的另一共享属性",
			Reason: "On the wire the name is the same; other differences are told beside.", ReasonZH: "上报名不变；其他差异另行列出。",
			Example: uses(price("", ""), `{"propertyId":"prp_other","key":"price","name":"Price","type":{"base":"NUMBER"},"sensitivity":"NONE","presence":"OPTIONAL"}`),
		},
		{
			ID: PropertyMerged, Impact: Compatible, Text: "Another property takes the place of this one", TextZH: "由另一属性取代",
			Reason: "The events that use it change for themselves.", ReasonZH: "引用它的事件各自变更。",
		},
		{
			ID: BecameRequired, Impact: Breaking, Text: "Became required", TextZH: "变为必填",
			Reason: "Apps that leave it out are judged invalid.", ReasonZH: "未上报的应用会被判为不合格。",
			Example: uses(price("", ""), price("", `"presence":"OPTIONAL","presenceOn":{"ios":"REQUIRED"}`)),
		},
		{
			ID: BecameOptional, Impact: Compatible, Text: "Became optional", TextZH: "变为选填",
			Reason: "Who sends it goes on being right.", ReasonZH: "继续上报仍然合格。",
			Example: uses(price("", `"presence":"REQUIRED"`), price("", "")),
		},
		{
			ID: BecameAbsent, Impact: Breaking, Text: "No longer carried", TextZH: "变为不上报",
			Reason: "Readers miss it; who still sends it sends something that is not planned.", ReasonZH: "下游缺少该属性；仍上报的会提示多余属性。",
			Example: uses(price("", ""), price("", `"presence":"ABSENT"`)),
		},
	}
}

func typeRules() []Rule {
	return []Rule{
		{
			ID: TypeNarrowed, Impact: Breaking, Text: "Type narrowed", TextZH: "类型收窄",
			Reason: "Values that were right before are of the wrong type now.", ReasonZH: "此前合格的值现在类型不符。",
			Example: between(`{"base":"NUMBER"}`, `{"base":"INTEGER"}`),
		},
		{
			ID: TypeChanged, Impact: Breaking, Text: "Type changed", TextZH: "类型变更",
			Reason: "Readers meet another type of column, and what apps send may be of the wrong type.", ReasonZH: "下游的列类型改变，应用上报的值可能类型不符。",
			Example: between(`{"base":"INTEGER"}`, `{"base":"STRING"}`),
		},
		{
			ID: TypeWidened, Impact: Compatible, Text: "Type widened", TextZH: "类型放宽",
			Reason: "Every value that was right is right, in a column of the same type.", ReasonZH: "此前合格的值依然合格，列类型不变。",
			Example: between(`{"base":"ENUM","values":[{"value":"a"}]}`, `{"base":"STRING"}`),
		},
		{
			ID: FieldAddedRequired, Impact: Breaking, Text: "Required field added", TextZH: "对象新增必填字段",
			Reason: "Objects that lack it are judged invalid.", ReasonZH: "缺少该字段的对象会被判为不合格。",
			Example: between(`{"base":"OBJECT","fields":[{"name":"a","type":{"base":"STRING"}}]}`,
				`{"base":"OBJECT","fields":[{"name":"a","type":{"base":"STRING"}},{"name":"b","required":true,"type":{"base":"STRING"}}]}`),
		},
		{
			ID: FieldAddedOptional, Impact: Compatible, Text: "Optional field added", TextZH: "对象新增选填字段",
			Reason: "Nobody has to send it.", ReasonZH: "不要求上报。",
			Example: between(`{"base":"OBJECT","fields":[{"name":"a","type":{"base":"STRING"}}]}`,
				`{"base":"OBJECT","fields":[{"name":"a","type":{"base":"STRING"}},{"name":"b","type":{"base":"STRING"}}]}`),
		},
		{
			ID: FieldRemoved, Impact: Breaking, Text: "Field removed", TextZH: "对象移除字段",
			Reason: "Readers miss it.", ReasonZH: "下游缺少该字段。",
			Example: between(`{"base":"OBJECT","fields":[{"name":"a","type":{"base":"STRING"}},{"name":"b","type":{"base":"STRING"}}]}`,
				`{"base":"OBJECT","fields":[{"name":"a","type":{"base":"STRING"}}]}`),
		},
		{
			ID: ObjectClosed, Impact: Breaking, Text: "Free object described", TextZH: "自由对象改为限定字段",
			Reason: "What it held was not judged before.", ReasonZH: "此前不校验对象内容。",
			Example: between(`{"base":"OBJECT"}`, `{"base":"OBJECT","fields":[{"name":"a","type":{"base":"STRING"}}]}`),
		},
	}
}

func constraintRules() []Rule {
	text := func(constraint string) string { return `{"base":"STRING"` + constraint + `}` }
	return []Rule{
		{
			ID: PatternTightened, Impact: Breaking, Text: "Pattern added or changed", TextZH: "新增或修改正则",
			Reason: "Texts that were right may not match.", ReasonZH: "此前合格的文本可能不匹配。",
			Example: between(text(`,"pattern":"[a-z]+"`), text(`,"pattern":"[a-y]+"`)),
		},
		{
			ID: PatternLoosened, Impact: Compatible, Text: "Pattern taken back", TextZH: "取消正则",
			Reason: "Texts that were right still are.", ReasonZH: "此前合格的文本依然合格。",
			Example: between(text(`,"pattern":"[a-z]+"`), text(``)),
		},
		{
			ID: LimitTightened, Impact: Breaking, Text: "Limit tightened", TextZH: "限制收紧",
			Reason: "Values that were right may lie outside.", ReasonZH: "此前合格的值可能超出范围。",
			Example: between(`{"base":"NUMBER","maximum":"100"}`, `{"base":"NUMBER","maximum":"99.5"}`),
		},
		{
			ID: LimitLoosened, Impact: Compatible, Text: "Limit loosened", TextZH: "限制放宽",
			Reason: "Values that were right still are.", ReasonZH: "此前合格的值依然合格。",
			Example: between(text(`,"maxLength":10`), text(`,"maxLength":20`)),
		},
		{
			ID: ConstantSet, Impact: Breaking, Text: "Constant set or changed", TextZH: "设置或修改固定值",
			Reason: "Other values were right before.", ReasonZH: "此前其他值也合格。",
			Example: between(text(``), text(`,"constant":"\"h5\""`)),
		},
		{
			ID: ConstantLifted, Impact: Compatible, Text: "Constant lifted", TextZH: "取消固定值",
			Reason: "The former constant is still right.", ReasonZH: "原固定值依然合格。",
			Example: between(text(`,"constant":"\"h5\""`), text(``)),
		},
		{
			ID: NullTakenBack, Impact: Breaking, Text: "Null taken back", TextZH: "不再允许 null",
			Reason: "Apps that send null are judged invalid.", ReasonZH: "上报 null 的应用会被判为不合格。",
			Example: between(text(`,"nullable":true`), text(``)),
		},
		{
			ID: NullAllowed, Impact: Compatible, Text: "Null allowed", TextZH: "允许 null",
			Reason: "Values that were right still are.", ReasonZH: "此前合格的值依然合格。",
			Example: between(text(``), text(`,"nullable":true`)),
		},
		{
			ID: EmptyRefused, Impact: Breaking, Text: "Empty values refused", TextZH: "不再允许空值",
			Reason: "Apps that send empty texts, lists or objects are judged invalid.", ReasonZH: "上报空文本、空列表或空对象的应用会被判为不合格。",
			Example: between(text(``), text(`,"nonEmpty":true`)),
		},
		{
			ID: EmptyAllowed, Impact: Compatible, Text: "Empty values allowed", TextZH: "允许空值",
			Reason: "Values that were right still are.", ReasonZH: "此前合格的值依然合格。",
			Example: between(text(`,"nonEmpty":true`), text(``)),
		},
		{
			ID: EncodingChanged, Impact: Breaking, Text: "Encoding changed", TextZH: "编码方式变更",
			Reason: "Apps and readers write and read the value otherwise.", ReasonZH: "应用与下游的写入、读取方式不同。",
			Example: between(text(``), text(`,"encoding":"URL"`)),
		},
		{
			ID: Restated, Impact: Compatible, Text: "Said elsewhere", TextZH: "等价改写",
			Reason: "What holds in the end is the same.", ReasonZH: "最终生效的约束不变。",
			Example: uses(price(text(``), `"presence":"OPTIONAL","narrowing":{"maxLength":5}`),
				price(text(``), `"presence":"OPTIONAL","narrowing":{"maxLength":5},"narrowingOn":{"ios":{"maxLength":9}}`)),
		},
	}
}

func valueRules() []Rule {
	values := func(list string) string { return `{"base":"ENUM","values":[` + list + `]}` }
	return []Rule{
		{
			ID: ValueAdded, Impact: Compatible, AtOnce: true, Text: "Value added", TextZH: "新增枚举值",
			Reason: "Values that were right still are.", ReasonZH: "此前合格的值依然合格。",
			Example: between(values(`{"value":"1"}`), values(`{"value":"1"},{"value":"2"}`)),
		},
		{
			ID: ValueRemoved, Impact: Breaking, Text: "Value removed", TextZH: "移除枚举值",
			Reason: "Apps that send it are judged invalid.", ReasonZH: "上报该值的应用会被判为不合格。",
			Example: between(values(`{"value":"1"},{"value":"2"}`), values(`{"value":"1"}`)),
		},
		{
			ID: ValueLabelled, Impact: Compatible, AtOnce: true, Text: "Label changed", TextZH: "枚举值标签变更",
			Reason: "Labels are not on the wire.", ReasonZH: "标签不出现在上报数据中。",
			Example: between(values(`{"value":"1","label":"图"}`), values(`{"value":"1","label":"图文"}`)),
		},
		{
			ID: ValuesLimited, Impact: Breaking, Text: "Values limited to a list", TextZH: "限定为枚举范围",
			Reason: "The list does not hold all that was right before.", ReasonZH: "列表未包含此前合格的全部值。",
			Example: between(`{"base":"STRING"}`, `{"base":"STRING","valueSet":"vst_pay"}`),
		},
		{
			ID: ValuesWidened, Impact: Compatible, Text: "Values limited no more, or to a longer list", TextZH: "枚举范围放宽",
			Reason: "Values that were right still are.", ReasonZH: "此前合格的值依然合格。",
			Example: between(`{"base":"STRING","valueSet":"vst_pay"}`, `{"base":"STRING"}`),
		},
	}
}

func textRules() []Rule {
	return []Rule{
		{
			ID: TextChanged, Impact: Compatible, AtOnce: true, Text: "Text changed", TextZH: "文案变更",
			Reason: "It is for people.", ReasonZH: "仅供阅读。",
			Example: Example{Before: `{}`, After: `{"description":"after the payment"}`},
		},
		{
			ID: LevelChanged, Impact: Compatible, AtOnce: true, Text: "Level changed", TextZH: "等级变更",
			Reason: "It is for people.", ReasonZH: "仅供阅读。",
			Example: Example{Before: `{}`, After: `{"level":"P0"}`},
		},
		{
			ID: OwnersChanged, Impact: Compatible, AtOnce: true, Text: "Owners changed", TextZH: "负责人变更",
			Reason: "It is for people.", ReasonZH: "仅供阅读。",
			Example: Example{Before: `{}`, After: `{"ownerIds":["usr_1"]}`},
		},
		{
			ID: SensitivityChanged, Impact: Compatible, Text: "Sensitivity changed", TextZH: "敏感级别变更",
			Reason: "What is sent is judged as before; who may see it is another question.", ReasonZH: "校验不变；可见范围另行评估。",
			Example: uses(price("", ""), `{"propertyId":"prp_price","key":"price","name":"Price","type":{"base":"NUMBER"},"sensitivity":"PERSONAL","presence":"OPTIONAL"}`),
		},
		{
			ID: OrderChanged, Impact: Compatible, AtOnce: true, Text: "Order changed", TextZH: "顺序变更",
			Reason: "It is for people.", ReasonZH: "仅供阅读。",
			Example: between(`{"base":"ENUM","values":[{"value":"1"},{"value":"2"}]}`, `{"base":"ENUM","values":[{"value":"2"},{"value":"1"}]}`),
		},
		{
			ID: Other, Impact: Breaking, Text: "Something else changed", TextZH: "其他变更",
			Reason: "No rule knows what it does.", ReasonZH: "没有规则能判断其影响。",
			Example: Example{Before: `{"eventId":"evt_1"}`, After: `{"eventId":"evt_2"}`},
		},
	}
}
