package plan

import "slices"

// Severity says whether a broken guard rule bars a move.
type Severity string

// The severities.
const (
	SeverityError   Severity = "ERROR"
	SeverityWarning Severity = "WARNING"
)

// GuardRule is one rule that may bar a move, or warn of it.
type GuardRule struct {
	// ID is stable.
	ID       string
	Severity Severity
	// Text and TextZH say what the rule demands.
	Text, TextZH string
	// Lift and LiftZH say what has to be done where the rule bars something.
	Lift, LiftZH string
	// Templates are those whose apps it holds in; none means all.
	Templates []Template
	// OldStock is true where the rule only warns of what the batch does not change.
	OldStock bool
	// Examples are cases that the rule bars.
	Examples []string
}

// HoldsIn reports whether the rule holds in apps with a template.
func (g *GuardRule) HoldsIn(tpl Template) bool {
	return len(g.Templates) == 0 || slices.Contains(g.Templates, tpl)
}

// HiddenBatch is what messages call a batch of an app that the reader may not see. What is global joins the histories of apps, so
// that such a batch can be why something is barred.
const HiddenBatch = "a batch of another app"

// Finding is one place where a guard rule is broken.
type Finding struct {
	Rule string `json:"rule"`
	// Path is the field that breaks it, as people know it: properties[order_id].description.
	Path string `json:"path"`
	// Message is English text for people; Params are what a translation of the rule needs.
	Message string         `json:"message"`
	Params  map[string]any `json:"params,omitempty"`
}

// Guard returns the rule of an id, or nil.
func Guard(id string) *GuardRule {
	i := slices.IndexFunc(Guards, func(g GuardRule) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return &Guards[i]
}

// The ids of the rules about who moves what.
const (
	GuardNoSuchMove   = "no_such_move"
	GuardRoleMissing  = "role_missing"
	GuardNotOwn       = "not_own"
	GuardInputMissing = "input_missing"
	GuardAppArchived  = "app_archived"
)

// The ids of the rules about names and completeness.
const (
	GuardNamingCasing   = "naming_casing"
	GuardNamingPattern  = "naming_pattern"
	GuardNamingWords    = "naming_words"
	GuardNamingReserved = "naming_reserved"
	GuardNamingLength   = "naming_length"
	GuardIncomplete     = "incomplete"
)

// The ids of the rules about reviews.
const (
	GuardEmptyBatch           = "empty_batch"
	GuardOpenConflict         = "open_conflict"
	GuardContradiction        = "contradiction"
	GuardBaseOutdated         = "base_outdated"
	GuardBaseUnapproved       = "base_unapproved"
	GuardReviewerIsLastEditor = "reviewer_is_last_editor"
	GuardReviewOwed           = "review_owed"
	GuardReviewOverdue        = "review_overdue"
	GuardReviewNotOwed        = "review_not_owed"
	GuardBaselineNotNew       = "baseline_not_new"
	GuardInProduction         = "in_production"
	GuardBuiltUpon            = "built_upon"
	GuardUsesHidden           = "uses_hidden"
)

// The ids of the rules about deliveries.
const (
	GuardItemInReview        = "item_in_review"
	GuardSignOffMissing      = "sign_off_missing"
	GuardAcceptedAlone       = "accepted_alone"
	GuardAncestorUnpublished = "ancestor_unpublished"
	GuardBreakingUnexplained = "breaking_unexplained"
	GuardTargetMoved         = "target_moved"
	GuardBehindProduction    = "behind_production"
	GuardSameMatch           = "same_match"
	GuardTouchedLater        = "touched_later"
)

// Guards are all guard rules. They are data: the schema, the console, the documents and the tests read them here.
var Guards = slices.Concat(moveGuards(), textGuards(), reviewGuards(), deliveryGuards())

func moveGuards() []GuardRule {
	return []GuardRule{
		{
			ID: GuardNoSuchMove, Severity: SeverityError,
			Text: "There is no way from this state to that one.", TextZH: "当前状态不能变更为目标状态。",
			Lift: "Take one of the moves that transitions lists.", LiftZH: "从可用的流转中选择。",
			Examples: []string{"DRAFT to ACCEPTED"},
		},
		{
			ID: GuardRoleMissing, Severity: SeverityError,
			Text: "The move is somebody else's.", TextZH: "没有执行该流转的角色。",
			Lift: "Ask somebody who holds one of the roles, or an administrator.", LiftZH: "请拥有相应角色的人或管理员操作。",
			Examples: []string{"a developer approves a batch"},
		},
		{
			ID: GuardNotOwn, Severity: SeverityError,
			Text: "A requester cancels batches of their own.", TextZH: "需求方只能取消自己的需求。",
			Lift: "Ask the owner of the batch, or an editor.", LiftZH: "请该需求的负责人或编辑操作。",
			Examples: []string{"a requester cancels the draft of another one"},
		},
		{
			ID: GuardInputMissing, Severity: SeverityError,
			Text: "The move needs something that was not given.", TextZH: "缺少该流转所需的信息。",
			Lift: "Give what is missing: a reason, or the batch where it goes on.", LiftZH: "补充缺少的内容：原因，或目标批次。",
			Examples: []string{"changes are requested without saying which"},
		},
		{
			ID: GuardAppArchived, Severity: SeverityError,
			Text: "The app is archived.", TextZH: "应用已归档。",
			Lift: "Restore the app.", LiftZH: "恢复该应用。",
			Examples: []string{"a batch of an archived app is submitted"},
		},
	}
}

func textGuards() []GuardRule {
	return []GuardRule{
		{
			ID: GuardNamingCasing, Severity: SeverityError, OldStock: true,
			Text: "The name is not in the casing of the app.", TextZH: "命名不符合应用的大小写规范。",
			Lift: "Rename it, or let an administrator change the naming of the app.", LiftZH: "修改名称，或由管理员调整命名规范。",
			Examples: []string{"orderPaid, where snake_case is asked for"},
		},
		{
			ID: GuardNamingPattern, Severity: SeverityError, OldStock: true,
			Text: "The name does not match the pattern of the app.", TextZH: "命名不匹配应用要求的正则。",
			Lift: "Rename it, or let an administrator change the naming of the app.", LiftZH: "修改名称，或由管理员调整命名规范。",
			Examples: []string{"order_paid, where (view|click)_.* is asked for"},
		},
		{
			ID: GuardNamingWords, Severity: SeverityError, OldStock: true,
			Text: "The name holds a word, or begins with one, that the app does not use.", TextZH: "命名含有词表以外的词，或首词不在词表内。",
			Lift: "Use a word of the list, or let an administrator add it.", LiftZH: "改用词表中的词，或由管理员加入词表。",
			Examples: []string{"purchase_paid, where the word is order"},
		},
		{
			ID: GuardNamingReserved, Severity: SeverityError, OldStock: true,
			Text: "The name is reserved.", TextZH: "命名是保留字。",
			Lift: "Choose another name.", LiftZH: "更换名称。",
			Examples: []string{"distinct_id, which an SDK writes itself"},
		},
		{
			ID: GuardNamingLength, Severity: SeverityError, OldStock: true,
			Text: "The name is shorter or longer than the app allows.", TextZH: "命名长度超出应用限制。",
			Lift: "Shorten or lengthen the name.", LiftZH: "缩短或加长名称。",
			Examples: []string{"a name of 60 characters, where a warehouse takes 50"},
		},
		{
			ID: GuardIncomplete, Severity: SeverityError, OldStock: true,
			Text: "Something is not said that the app asks for.", TextZH: "缺少应用要求填写的内容。",
			Lift: "Fill it in.", LiftZH: "补充填写。",
			Examples: []string{"an event of level P0 without a trigger"},
		},
	}
}

func reviewGuards() []GuardRule {
	return []GuardRule{
		{
			ID: GuardEmptyBatch, Severity: SeverityError,
			Text: "The batch changes nothing.", TextZH: "该需求没有任何变更。",
			Lift: "Add an item.", LiftZH: "添加需求项。",
			Examples: []string{"a requirement in words, without an event"},
		},
		{
			ID: GuardOpenConflict, Severity: SeverityError,
			Text: "Another batch changed the same field of what this one changes.", TextZH: "与其他需求修改了同一字段，存在未解决的冲突。",
			Lift: "Resolve the conflict: choose a side for each field.", LiftZH: "解决冲突：逐个字段选择保留哪一方。",
			Examples: []string{"two batches give price another type"},
		},
		{
			ID: GuardContradiction, Severity: SeverityError,
			Text:   "What it says does not go together with what was approved meanwhile.",
			TextZH: "与其间已通过的内容相矛盾。",
			Lift:   "Change one of the two.", LiftZH: "修改其中一方。",
			Examples: []string{"an event allows amount up to 100, and another batch has made amount a text"},
		},
		{
			ID: GuardBaseOutdated, Severity: SeverityWarning,
			Text:   "A newer revision was approved since this one was begun: approval merges both.",
			TextZH: "基于的版本不是最新的已通过版本，通过时将自动合并。",
			Lift:   "Nothing has to be done; look at what the merge makes of it.", LiftZH: "无需操作，可先查看合并结果。",
			Examples: []string{"another batch with the same event was approved yesterday"},
		},
		{
			ID: GuardBaseUnapproved, Severity: SeverityError,
			Text: "It builds on a revision of another batch that is not approved.", TextZH: "基于其他需求尚未通过的版本。",
			Lift: "Approve that batch first, or base this one on what is approved.", LiftZH: "先通过那个需求，或改为基于已通过的版本。",
			Examples: []string{"a batch goes on with the draft of another one"},
		},
		{
			ID: GuardReviewerIsLastEditor, Severity: SeverityError, Templates: []Template{TemplateStandard, TemplateStrict},
			Text: "Who edited last does not approve.", TextZH: "最后编辑者不能评审自己的修改。",
			Lift: "Ask another reviewer.", LiftZH: "请其他评审人评审。",
			Examples: []string{"a reviewer corrects a name and approves the batch"},
		},
		{
			ID: GuardReviewOwed, Severity: SeverityWarning,
			Text: "An earlier hotfix still owes its review.", TextZH: "之前的紧急修复尚未补评审。",
			Lift: "Review that hotfix.", LiftZH: "补评审该紧急修复。",
			Examples: []string{"a hotfix of yesterday, without a review"},
		},
		{
			ID: GuardReviewOverdue, Severity: SeverityError,
			Text: "An earlier hotfix has not been reviewed in time.", TextZH: "之前的紧急修复已超期未补评审。",
			Lift: "Review that hotfix first; its review was due within 3 working days.", LiftZH: "先补评审该紧急修复（应在 3 个工作日内完成）。",
			Examples: []string{"a hotfix of last week, without a review"},
		},
		{
			ID: GuardReviewNotOwed, Severity: SeverityError,
			Text: "No review is owed.", TextZH: "没有待补的评审。",
			Lift: "Nothing has to be done.", LiftZH: "无需操作。",
			Examples: []string{"the review of a hotfix is given twice"},
		},
		{
			ID: GuardBaselineNotNew, Severity: SeverityError,
			Text: "A baseline brings in what has never been approved.", TextZH: "基线导入仅限从未通过评审的内容。",
			Lift: "Change it under a normal batch.", LiftZH: "通过普通需求修改。",
			Examples: []string{"a baseline changes an event that is online"},
		},
		{
			ID: GuardInProduction, Severity: SeverityError,
			Text: "Part of the batch is in production.", TextZH: "该需求已有内容在生产环境生效。",
			Lift: "Roll production back, or take the events out with an offline batch.", LiftZH: "回滚生产环境，或通过下线需求移除。",
			Examples: []string{"one terminal is online already"},
		},
		{
			ID: GuardBuiltUpon, Severity: SeverityError,
			Text: "Another batch builds on what this one changed.", TextZH: "其他需求已基于此变更继续修改。",
			Lift: "Cancel or change that batch first.", LiftZH: "先取消或修改那个需求。",
			Examples: []string{"a later batch was approved with this revision as its base"},
		},
		{
			ID: GuardUsesHidden, Severity: SeverityError,
			Text: "It changes something global that apps use which you cannot see.", TextZH: "变更涉及全局定义，而使用它的部分应用你无权查看。",
			Lift: "Ask somebody who may make the move in all apps that use it.", LiftZH: "请在所有使用它的应用中都有相应权限的人操作。",
			Examples: []string{"a reviewer of one app approves another type for a property that two apps use"},
		},
	}
}

func deliveryGuards() []GuardRule {
	return []GuardRule{
		{
			ID: GuardItemInReview, Severity: SeverityError,
			Text: "The item was changed after approval and is in review again.", TextZH: "该需求项在通过后又有修改，正在重新评审。",
			Lift: "Review the change.", LiftZH: "评审该修改。",
			Examples: []string{"the type of a property was changed during development"},
		},
		{
			ID: GuardSignOffMissing, Severity: SeverityError, Templates: []Template{TemplateStrict},
			Text: "No sign-off of the batch covers the terminal since the item was handed over for testing.", TextZH: "提测后，该终端尚无此需求的验收报告。",
			Lift: "Test it in a capture session, and sign off the batch with this terminal.", LiftZH: "在验收会话中完成测试，并为该终端签署验收报告。",
			Examples: []string{"a tester accepts an item without a report", "a new build was handed over after the report was signed"},
		},
		{
			ID: GuardAcceptedAlone, Severity: SeverityError, Templates: []Template{TemplateStrict},
			Text: "Nobody but who handed the work over has accepted it.", TextZH: "除提测人外，尚无他人验收通过。",
			Lift: "Have somebody else accept it.", LiftZH: "请提测人以外的人验收。",
			Examples: []string{"a developer accepts what they have built"},
		},
		{
			ID: GuardAncestorUnpublished, Severity: SeverityError,
			Text: "It contains a change of another batch that is not in production.", TextZH: "包含其他需求尚未上线的变更。",
			Lift: "Publish that batch there first, or both together.", LiftZH: "先在该环境发布那个需求，或一并发布。",
			Examples: []string{"the revision is based on one that is still being tested"},
		},
		{
			ID: GuardBreakingUnexplained, Severity: SeverityError,
			Text: "A change breaks apps or readers that were fine before.", TextZH: "存在不兼容的变更。",
			Lift: "Say why it has to be, or start it from a new app version.", LiftZH: "填写原因，或从新的应用版本开始生效。",
			Examples: []string{"a property becomes required for versions that are out already"},
		},
		{
			ID: GuardTargetMoved, Severity: SeverityError,
			Text: "The environment has changed since the comparison was read.", TextZH: "目标环境在对比之后已有变化。",
			Lift: "Compare again.", LiftZH: "重新对比。",
			Examples: []string{"somebody else published in between"},
		},
		{
			ID: GuardBehindProduction, Severity: SeverityError,
			Text: "Production has a hotfix of the event that this definition does not hold.", TextZH: "生产环境已有该事件的紧急修复，而此定义未包含。",
			Lift: "Publish the newest approved definition, which holds both.", LiftZH: "发布已合并该修复的最新定义。",
			Examples: []string{"a batch that was approved before the hotfix goes online after it"},
		},
		{
			ID: GuardSameMatch, Severity: SeverityError,
			Text: "Another event that is in force answers to the same name with the same match.", TextZH: "已有其他生效事件使用相同的上报名和匹配条件。",
			Lift: "Give one of them a match, or take the other offline first.", LiftZH: "为其中一个设置匹配条件，或先下线另一个。",
			Examples: []string{"order_paid comes back under another plan key"},
		},
		{
			ID: GuardTouchedLater, Severity: SeverityWarning,
			Text: "A later batch changed the event that is taken offline.", TextZH: "待下线的事件在后续需求中有修改。",
			Lift: "Leave it out unless it has to go.", LiftZH: "如非必要，请从下线范围中移除。",
			Examples: []string{"the event got a property in the batch after"},
		},
	}
}
