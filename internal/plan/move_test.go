package plan_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/plan"
)

// each calls f for each type of batch and each template.
func each(f func(t plan.BatchType, tpl plan.Template)) {
	for _, batch := range plan.BatchTypes() {
		for _, tpl := range plan.Templates() {
			f(batch, tpl)
		}
	}
}

func TestMovesAreSound(t *testing.T) {
	t.Parallel()
	states := map[plan.Subject][]string{}
	for _, s := range plan.States {
		require.NotContains(t, states[s.Of], s.State)
		require.NotEmpty(t, s.Text+s.TextZH+s.Doc)
		states[s.Of] = append(states[s.Of], s.State)
	}
	seen := map[string]bool{}
	for i := range plan.AllMoves {
		m := &plan.AllMoves[i]
		require.False(t, seen[m.ID], m.ID)
		seen[m.ID] = true
		require.NotEmpty(t, m.Text)
		require.NotEmpty(t, m.TextZH)
		require.NotEmpty(t, m.Roles)
		require.Subset(t, m.Roles, m.OwnOnly)
		require.Subset(t, []string{"REQUESTER", "EDITOR", "REVIEWER", "DEVELOPER", "TESTER"}, m.Roles)
		require.Subset(t, states[m.Of], m.From, m.ID)
		for _, input := range m.Needs {
			require.NotContains(t, m.Takes, input, m.ID)
		}
		for _, g := range m.Guards {
			require.NotNil(t, plan.Guard(g), "%s: %s", m.ID, g)
		}
		if m.To != string(plan.BatchOnline) || m.Of == plan.OfDelivery { // a baseline is online at once
			require.Contains(t, states[m.Of], m.To)
		}
	}
}

// TestNoTwoMovesLeadTheSameWay holds what FindMove needs.
func TestNoTwoMovesLeadTheSameWay(t *testing.T) {
	t.Parallel()
	each(func(batch plan.BatchType, tpl plan.Template) {
		for _, s := range plan.States {
			to := map[string]string{}
			for _, m := range plan.Moves(s.State, s.Of) {
				if !m.Exists(batch, tpl) {
					continue
				}
				require.Empty(t, to[m.To], "%s and %s", m.ID, to[m.To])
				to[m.To] = m.ID
				require.Same(t, m, plan.FindMove(s.Of, s.State, m.To, batch, tpl))
			}
		}
	})
}

// TestEveryBatchCanEnd walks from the draft of each type under each template: each state is reached or impossible, and
// from each one there is a way to an end.
func TestEveryBatchCanEnd(t *testing.T) {
	t.Parallel()
	each(func(batch plan.BatchType, tpl plan.Template) {
		for _, of := range []plan.Subject{plan.OfReview, plan.OfDelivery} {
			first := map[plan.Subject]string{plan.OfReview: "DRAFT", plan.OfDelivery: "IN_DEVELOPMENT"}[of]
			for _, s := range reach(of, first, batch, tpl) {
				end := []string{"ONLINE", "CANCELLED", "APPROVED", "MOVED", "DROPPED"}
				ends := func(s string) bool { return slices.Contains(end, s) }
				require.True(t, slices.ContainsFunc(reach(of, s, batch, tpl), ends), "%s %s %s", batch, tpl, s)
			}
		}
		reached := reach(plan.OfReview, "DRAFT", batch, tpl)
		require.Equal(t, batch != plan.BatchBaseline, slices.Contains(reached, "IN_REVIEW"))
		require.Equal(t, batch == plan.BatchBaseline, slices.Contains(reached, "ONLINE"))
	})
}

func reach(of plan.Subject, from string, batch plan.BatchType, tpl plan.Template) []string {
	reached := []string{from}
	for i := 0; i < len(reached); i++ {
		for _, m := range plan.Moves(reached[i], of) {
			if m.Exists(batch, tpl) && !slices.Contains(reached, m.To) {
				reached = append(reached, m.To)
			}
		}
	}
	return reached
}

// TestFinalStatesAreFinal compares what people are told with the table.
func TestFinalStatesAreFinal(t *testing.T) {
	t.Parallel()
	for _, s := range plan.States {
		require.Equal(t, s.Final, len(plan.Moves(s.State, s.Of)) == 0, s.State)
	}
}

// TestWhoMovesWhat lists the decisions of the table, one by one.
func TestWhoMovesWhat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of       plan.Subject
		from, to string
		batch    plan.BatchType
		tpl      plan.Template
		id       string
		roles    []string
	}{
		{plan.OfReview, "DRAFT", "IN_REVIEW", plan.BatchNormal, plan.TemplateStandard, "submit", []string{"EDITOR"}},
		{plan.OfReview, "CHANGES_REQUESTED", "IN_REVIEW", plan.BatchOffline, plan.TemplateStrict, "submit", []string{"EDITOR"}},
		{plan.OfReview, "IN_REVIEW", "DRAFT", plan.BatchNormal, plan.TemplateStandard, "withdraw", []string{"EDITOR"}},
		{plan.OfReview, "IN_REVIEW", "CHANGES_REQUESTED", plan.BatchNormal, plan.TemplateStandard, "request_changes", []string{"REVIEWER"}},
		{plan.OfReview, "IN_REVIEW", "APPROVED", plan.BatchNormal, plan.TemplateStandard, "approve", []string{"REVIEWER"}},
		{plan.OfReview, "IN_REVIEW", "APPROVED", plan.BatchNormal, plan.TemplateLight, "approve", []string{"REVIEWER", "EDITOR"}},
		{plan.OfReview, "DRAFT", "APPROVED", plan.BatchNormal, plan.TemplateLight, "approve_alone", []string{"EDITOR"}},
		{plan.OfReview, "DRAFT", "APPROVED", plan.BatchNormal, plan.TemplateStandard, "", nil},
		{plan.OfReview, "DRAFT", "APPROVED", plan.BatchHotfix, plan.TemplateStrict, "hotfix", []string{"EDITOR", "DEVELOPER"}},
		{plan.OfReview, "DRAFT", "APPROVED", plan.BatchHotfix, plan.TemplateLight, "hotfix", []string{"EDITOR", "DEVELOPER"}},
		{plan.OfReview, "DRAFT", "ONLINE", plan.BatchBaseline, plan.TemplateStandard, "import_baseline", []string{"EDITOR"}},
		{plan.OfReview, "DRAFT", "ONLINE", plan.BatchNormal, plan.TemplateLight, "", nil},
		{plan.OfReview, "DRAFT", "IN_REVIEW", plan.BatchBaseline, plan.TemplateStandard, "", nil},
		{plan.OfReview, "DRAFT", "CANCELLED", plan.BatchBaseline, plan.TemplateStandard, "cancel", []string{"EDITOR", "REQUESTER"}},
		{plan.OfReview, "IN_REVIEW", "CANCELLED", plan.BatchNormal, plan.TemplateStandard, "cancel_in_review", []string{"EDITOR", "REVIEWER"}},
		{plan.OfReview, "APPROVED", "CANCELLED", plan.BatchNormal, plan.TemplateStandard, "cancel_approved", []string{"EDITOR"}},
		{plan.OfReview, "CANCELLED", "DRAFT", plan.BatchNormal, plan.TemplateStandard, "", nil},
		{plan.OfReview, "APPROVED", "APPROVED", plan.BatchHotfix, plan.TemplateStandard, "settle_review", []string{"REVIEWER"}},
		{plan.OfDelivery, "IN_DEVELOPMENT", "IN_TESTING", plan.BatchNormal, plan.TemplateStandard, "submit_to_test", []string{"DEVELOPER"}},
		{plan.OfDelivery, "IN_DEVELOPMENT", "IN_TESTING", plan.BatchNormal, plan.TemplateLight, "submit_to_test", []string{"DEVELOPER", "EDITOR"}},
		{plan.OfDelivery, "IN_DEVELOPMENT", "ONLINE", plan.BatchNormal, plan.TemplateLight, "put_online_alone", []string{"DEVELOPER", "EDITOR"}},
		{plan.OfDelivery, "IN_TESTING", "ONLINE", plan.BatchNormal, plan.TemplateStandard, "", nil},
		{plan.OfDelivery, "IN_DEVELOPMENT", "ONLINE", plan.BatchHotfix, plan.TemplateStrict, "put_hotfix_online", []string{"DEVELOPER"}},
		{plan.OfDelivery, "IN_DEVELOPMENT", "ONLINE", plan.BatchOffline, plan.TemplateStandard, "take_offline", []string{"DEVELOPER"}},
		{plan.OfDelivery, "IN_TESTING", "ACCEPTED", plan.BatchNormal, plan.TemplateStandard, "accept", []string{"TESTER"}},
		{plan.OfDelivery, "IN_TESTING", "IN_DEVELOPMENT", plan.BatchNormal, plan.TemplateStandard, "send_back", []string{"TESTER"}},
		{plan.OfDelivery, "ACCEPTED", "IN_TESTING", plan.BatchNormal, plan.TemplateStandard, "retest", []string{"DEVELOPER"}},
		{plan.OfDelivery, "ACCEPTED", "ONLINE", plan.BatchNormal, plan.TemplateStandard, "put_online", []string{"DEVELOPER"}},
		{plan.OfDelivery, "ACCEPTED", "MOVED", plan.BatchNormal, plan.TemplateStandard, "move", []string{"EDITOR"}},
		{plan.OfDelivery, "IN_TESTING", "DROPPED", plan.BatchNormal, plan.TemplateStandard, "drop", []string{"EDITOR"}},
		{plan.OfDelivery, "ONLINE", "DROPPED", plan.BatchNormal, plan.TemplateStandard, "", nil},
		{plan.OfDelivery, "DRAFT", "IN_REVIEW", plan.BatchNormal, plan.TemplateStandard, "", nil},
	} {
		m := plan.FindMove(c.of, c.from, c.to, c.batch, c.tpl)
		if c.id == "" {
			require.Nil(t, m, "%v", c)
			continue
		}
		require.NotNil(t, m, "%v", c)
		require.Equal(t, c.id, m.ID)
		require.Equal(t, c.roles, m.RolesFor(c.tpl, nil), "%v", c)
		granted := map[plan.Grant][]string{plan.GrantPublish: {"REVIEWER"}, "": {"VIEWER"}}
		if m.Grant == plan.GrantPublish {
			require.Equal(t, []string{"REVIEWER"}, m.RolesFor(c.tpl, granted), "%v", c)
		} else {
			require.Equal(t, c.roles, m.RolesFor(c.tpl, granted), "%v", c)
		}
	}
}

func TestEffects(t *testing.T) {
	t.Parallel()
	for i := range plan.AllMoves {
		m := &plan.AllMoves[i]
		approves := m.Of == plan.OfReview && (m.To == "APPROVED" || m.To == "ONLINE") && m.ID != "settle_review"
		require.Equal(t, approves, m.Has(plan.EffectApprove), m.ID)
		require.Equal(t, approves, m.Has(plan.EffectOpenItems), m.ID)
		require.Equal(t, m.To == "ONLINE", m.Has(plan.EffectPublishProduction), m.ID)
		require.Equal(t, m.To == "IN_TESTING" || m.ID == "import_baseline", m.Has(plan.EffectPublishTest), m.ID)
		if m.Has(plan.EffectApprove) {
			require.Contains(t, m.Guards, plan.GuardEmptyBatch, m.ID)
		}
		if m.Of == plan.OfDelivery && m.To == "ONLINE" {
			require.Contains(t, m.Guards, plan.GuardAncestorUnpublished, m.ID)
		}
	}
}

func TestStateOfABatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		review     plan.BatchState
		deliveries []plan.DeliveryState
		want       plan.BatchState
	}{
		{plan.BatchDraft, nil, plan.BatchDraft},
		{plan.BatchApproved, nil, plan.BatchApproved},
		{plan.BatchApproved, []plan.DeliveryState{"ONLINE", "IN_TESTING", "ACCEPTED"}, plan.BatchInTesting},
		{plan.BatchApproved, []plan.DeliveryState{"ONLINE", "IN_DEVELOPMENT"}, plan.BatchInDevelopment},
		{plan.BatchApproved, []plan.DeliveryState{"ONLINE", "ONLINE", "DROPPED"}, plan.BatchOnline},
		{plan.BatchApproved, []plan.DeliveryState{"ACCEPTED", "MOVED"}, plan.BatchAccepted},
		{plan.BatchApproved, []plan.DeliveryState{"DROPPED", "MOVED"}, plan.BatchApproved},
		{plan.BatchCancelled, []plan.DeliveryState{"DROPPED", "IN_TESTING"}, plan.BatchCancelled},
	} {
		require.Equal(t, c.want, plan.StateOf(c.review, c.deliveries), "%v", c)
	}
	require.Equal(t, plan.DeliveryState(""), plan.LeastAdvanced(nil))
}

func TestGuards(t *testing.T) {
	t.Parallel()
	barring := map[string]bool{ // rules that hold for every move
		plan.GuardNoSuchMove: true, plan.GuardRoleMissing: true, plan.GuardNotOwn: true, plan.GuardInputMissing: true,
		plan.GuardAppArchived: true,
	}
	for i := range plan.AllMoves {
		for _, g := range plan.AllMoves[i].Guards {
			barring[g] = true
		}
	}
	for i := range plan.Guards {
		g := &plan.Guards[i]
		require.Same(t, g, plan.Guard(g.ID), "the id is there twice")
		require.True(t, barring[g.ID], "%s bars no move", g.ID)
		require.NotEmpty(t, g.Severity)
		require.NotEmpty(t, g.Text)
		require.NotEmpty(t, g.TextZH)
		require.NotEmpty(t, g.Lift)
		require.NotEmpty(t, g.LiftZH)
		require.NotEmpty(t, g.Examples)
	}
	require.Nil(t, plan.Guard("nope"))
	require.False(t, plan.Guard(plan.GuardReviewerIsLastEditor).HoldsIn(plan.TemplateLight))
	require.True(t, plan.Guard(plan.GuardReviewerIsLastEditor).HoldsIn(plan.TemplateStandard))
	require.False(t, plan.Guard(plan.GuardAcceptedAlone).HoldsIn(plan.TemplateStandard))
	require.True(t, plan.Guard(plan.GuardOpenConflict).HoldsIn(plan.TemplateLight))
}
