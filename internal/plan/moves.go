package plan

// AllMoves are both tables of moves. They are data: the schema, the console, the documents and the tests read them here.
var AllMoves = append(reviewMoves(), deliveryMoves()...)

// reviewed are the types that go through a review before they go online.
var reviewed = []BatchType{BatchNormal, BatchHotfix, BatchOffline}

// content are the rules about what a batch says, which hold wherever it leaves its draft.
func content(more ...string) []string {
	return append([]string{
		GuardEmptyBatch, GuardNamingCasing, GuardNamingPattern, GuardNamingWords, GuardNamingReserved, GuardNamingLength,
		GuardIncomplete, GuardOpenConflict, GuardContradiction,
	}, more...)
}

func reviewMoves() []Move {
	return []Move{
		{
			ID: "submit", Of: OfReview, From: []string{string(BatchDraft), string(BatchChangesRequested)}, To: string(BatchInReview),
			Roles: []string{roleEditor}, Text: "Submit for review", TextZH: "提交评审", Types: reviewed, Guards: content(),
		},
		{
			ID: "withdraw", Of: OfReview, From: []string{string(BatchInReview)}, To: string(BatchDraft),
			Roles: []string{roleEditor}, Text: "Withdraw", TextZH: "撤回", Types: reviewed,
		},
		{
			ID: "request_changes", Of: OfReview, From: []string{string(BatchInReview)}, To: string(BatchChangesRequested),
			Roles: []string{roleReviewer}, Text: "Request changes", TextZH: "驳回", Types: reviewed, Needs: []Input{InputReason},
		},
		{
			ID: "approve", Of: OfReview, From: []string{string(BatchInReview)}, To: string(BatchApproved),
			Roles: []string{roleReviewer}, RolesIn: map[Template][]string{TemplateLight: {roleEditor}},
			Text: "Approve", TextZH: "通过", Types: reviewed,
			Guards:  content(GuardUsesHidden, GuardBaseOutdated, GuardBaseUnapproved, GuardReviewerIsLastEditor),
			Effects: []Effect{EffectApprove, EffectOpenItems},
		},
		{
			ID: "approve_alone", Of: OfReview, From: []string{string(BatchDraft), string(BatchChangesRequested)}, To: string(BatchApproved),
			Roles: []string{roleEditor}, Text: "Approve without review", TextZH: "免评审通过",
			Types: []BatchType{BatchNormal, BatchOffline}, Templates: []Template{TemplateLight},
			Guards:  content(GuardUsesHidden, GuardBaseOutdated, GuardBaseUnapproved),
			Effects: []Effect{EffectApprove, EffectOpenItems},
		},
		{
			ID: "hotfix", Of: OfReview, From: []string{string(BatchDraft), string(BatchChangesRequested)}, To: string(BatchApproved),
			Roles: []string{roleEditor, roleDeveloper}, Text: "Go ahead, review later", TextZH: "先行上线，后补评审",
			Types: []BatchType{BatchHotfix}, Needs: []Input{InputReason},
			Guards:  content(GuardUsesHidden, GuardBaseOutdated, GuardBaseUnapproved, GuardReviewOwed, GuardReviewOverdue),
			Effects: []Effect{EffectApprove, EffectOpenItems, EffectOweReview},
		},
		{
			ID: "settle_review", Of: OfReview, From: []string{string(BatchApproved)}, To: string(BatchApproved),
			Roles: []string{roleReviewer}, RolesIn: map[Template][]string{TemplateLight: {roleEditor}},
			Text: "Give the review that is owed", TextZH: "补评审", Types: []BatchType{BatchHotfix},
			Guards:  []string{GuardReviewNotOwed, GuardReviewerIsLastEditor},
			Effects: []Effect{EffectSettleReview},
		},
		{
			ID: "import_baseline", Of: OfReview, From: []string{string(BatchDraft)}, To: string(BatchOnline),
			Roles: []string{roleEditor}, Text: "Import as online", TextZH: "按已上线导入",
			Types: []BatchType{BatchBaseline}, Takes: []Input{InputVersion},
			Guards:  content(GuardUsesHidden, GuardBaselineNotNew),
			Effects: []Effect{EffectApprove, EffectOpenItems, EffectPublishTest, EffectPublishProduction},
		},
		{
			ID: "cancel", Of: OfReview, From: []string{string(BatchDraft)}, To: string(BatchCancelled),
			Roles: []string{roleEditor, roleRequester}, OwnOnly: []string{roleRequester}, Text: "Cancel", TextZH: "取消",
			Takes:  []Input{InputReason},
			Guards: []string{GuardUsesHidden, GuardBuiltUpon}, Effects: []Effect{EffectTakeBack, EffectCloseItems},
		},
		{
			ID: "cancel_in_review", Of: OfReview, From: []string{string(BatchInReview)}, To: string(BatchCancelled),
			Roles: []string{roleEditor, roleReviewer}, Text: "Cancel", TextZH: "取消", Types: reviewed, Needs: []Input{InputReason},
			Guards: []string{GuardUsesHidden, GuardBuiltUpon}, Effects: []Effect{EffectTakeBack, EffectCloseItems},
		},
		{
			ID: "cancel_changes_requested", Of: OfReview, From: []string{string(BatchChangesRequested)}, To: string(BatchCancelled),
			Roles: []string{roleEditor}, Text: "Cancel", TextZH: "取消", Types: reviewed, Takes: []Input{InputReason},
			Guards: []string{GuardUsesHidden, GuardBuiltUpon}, Effects: []Effect{EffectTakeBack, EffectCloseItems},
		},
		{
			ID: "cancel_approved", Of: OfReview, From: []string{string(BatchApproved)}, To: string(BatchCancelled),
			Roles: []string{roleEditor}, Text: "Cancel", TextZH: "取消", Types: reviewed, Needs: []Input{InputReason},
			Guards:  []string{GuardUsesHidden, GuardInProduction, GuardBuiltUpon},
			Effects: []Effect{EffectTakeBack, EffectCloseItems},
		},
	}
}

// lightEditor lets an editor do under the light template what others do else.
var lightEditor = map[Template][]string{TemplateLight: {roleEditor}}

// beforeOnline are the states of a delivery that is still open.
var beforeOnline = []string{string(DeliveryInDevelopment), string(DeliveryInTesting), string(DeliveryAccepted)}

func deliveryMoves() []Move {
	return []Move{
		{
			ID: "submit_to_test", Of: OfDelivery, From: []string{string(DeliveryInDevelopment)}, To: string(DeliveryInTesting),
			Roles: []string{roleDeveloper}, RolesIn: lightEditor, Text: "Submit to test", TextZH: "提测",
			Takes: []Input{InputBuild, InputVersion}, Guards: []string{GuardItemInReview},
			Effects: []Effect{EffectPublishTest},
		},
		{
			ID: "send_back", Of: OfDelivery, From: []string{string(DeliveryInTesting)}, To: string(DeliveryInDevelopment),
			Roles: []string{roleTester}, RolesIn: lightEditor, Grant: GrantSignOff, Text: "Send back", TextZH: "打回",
			Needs: []Input{InputReason},
		},
		{
			ID: "accept", Of: OfDelivery, From: []string{string(DeliveryInTesting)}, To: string(DeliveryAccepted),
			Roles: []string{roleTester}, RolesIn: lightEditor, Grant: GrantSignOff, Text: "Accept", TextZH: "验收通过",
			Guards: []string{GuardItemInReview, GuardSignOffMissing},
		},
		{
			ID: "countersign", Of: OfDelivery, From: []string{string(DeliveryAccepted)}, To: string(DeliveryAccepted),
			Roles: []string{roleTester}, Grant: GrantSignOff, Text: "Accept too", TextZH: "复核通过",
			Templates: []Template{TemplateStrict}, Guards: []string{GuardItemInReview},
		},
		{
			ID: "retest", Of: OfDelivery, From: []string{string(DeliveryAccepted)}, To: string(DeliveryInTesting),
			Roles: []string{roleDeveloper}, RolesIn: lightEditor, Text: "Test a new build", TextZH: "重新提测",
			Takes: []Input{InputBuild, InputVersion}, Guards: []string{GuardItemInReview},
			Effects: []Effect{EffectPublishTest},
		},
		{
			ID: "put_online", Of: OfDelivery, From: []string{string(DeliveryAccepted)}, To: string(DeliveryOnline),
			Roles: []string{roleDeveloper}, RolesIn: lightEditor, Grant: GrantPublish, Text: "Put online", TextZH: "上线",
			Takes: []Input{InputVersion, InputReason}, Guards: online(GuardAcceptedAlone),
			Effects: []Effect{EffectPublishProduction},
		},
		{
			ID: "put_online_alone", Of: OfDelivery, From: []string{string(DeliveryInDevelopment), string(DeliveryInTesting)},
			To: string(DeliveryOnline), Roles: []string{roleDeveloper}, RolesIn: lightEditor, Grant: GrantPublish,
			Text: "Put online without acceptance", TextZH: "免验收上线",
			Types: []BatchType{BatchNormal}, Templates: []Template{TemplateLight},
			Takes: []Input{InputVersion, InputReason}, Guards: online(),
			Effects: []Effect{EffectPublishProduction},
		},
		{
			ID: "put_hotfix_online", Of: OfDelivery, From: []string{string(DeliveryInDevelopment), string(DeliveryInTesting)},
			To: string(DeliveryOnline), Roles: []string{roleDeveloper}, RolesIn: lightEditor, Grant: GrantPublish,
			Text: "Put online now", TextZH: "紧急上线", Types: []BatchType{BatchHotfix},
			Needs: []Input{InputReason}, Takes: []Input{InputVersion}, Guards: online(),
			Effects: []Effect{EffectPublishProduction},
		},
		{
			ID: "take_offline", Of: OfDelivery, From: []string{string(DeliveryInDevelopment), string(DeliveryInTesting)},
			To: string(DeliveryOnline), Roles: []string{roleDeveloper}, RolesIn: lightEditor, Grant: GrantPublish,
			Text: "Take offline", TextZH: "下线", Types: []BatchType{BatchOffline},
			Takes: []Input{InputVersion, InputReason}, Guards: online(GuardTouchedLater),
			Effects: []Effect{EffectPublishProduction},
		},
		{
			ID: "move", Of: OfDelivery, From: beforeOnline, To: string(DeliveryMoved),
			Roles: []string{roleEditor}, Text: "Move to another batch", TextZH: "移至其他批次",
			Needs: []Input{InputBatch}, Takes: []Input{InputReason}, Guards: []string{GuardItemInReview},
		},
		{
			ID: "drop", Of: OfDelivery, From: beforeOnline, To: string(DeliveryDropped),
			Roles: []string{roleEditor}, Text: "Drop", TextZH: "放弃", Needs: []Input{InputReason},
			Guards: []string{GuardUsesHidden, GuardBuiltUpon}, Effects: []Effect{EffectTakeBack},
		},
	}
}

// online are the rules that hold for whatever goes to production.
func online(more ...string) []string {
	return append([]string{
		GuardItemInReview, GuardAncestorUnpublished, GuardBehindProduction, GuardSameMatch,
		GuardBreakingUnexplained, GuardTargetMoved,
	}, more...)
}
