package plan

import "slices"

// Subject is what a move moves.
type Subject string

// The subjects: each has its table of states.
const (
	// OfReview is a batch under review.
	OfReview Subject = "REVIEW"
	// OfDelivery is an item of an approved batch on one terminal.
	OfDelivery Subject = "DELIVERY"
)

// Effect is what a move does beside changing the state, in the same transaction.
type Effect string

// The effects.
const (
	// EffectApprove puts the definitions of the batch on the lines of their events; the review is APPROVED from then on,
	// whatever the move leads to.
	EffectApprove Effect = "APPROVE"
	// EffectOpenItems begins the delivery of each item on each of its terminals.
	EffectOpenItems Effect = "OPEN_ITEMS"
	// EffectPublishTest and EffectPublishProduction write a release.
	EffectPublishTest       Effect = "PUBLISH_TEST"
	EffectPublishProduction Effect = "PUBLISH_PRODUCTION"
	// EffectTakeBack takes back what was approved and published to test: the lines and the test environment go back to what
	// was there before.
	EffectTakeBack Effect = "TAKE_BACK"
	// EffectCloseItems drops every delivery that is still open.
	EffectCloseItems Effect = "CLOSE_ITEMS"
	// EffectOweReview notes that a review has to follow, EffectSettleReview that it did.
	EffectOweReview    Effect = "OWE_REVIEW"
	EffectSettleReview Effect = "SETTLE_REVIEW"
)

// Input is something that who makes a move has to give, or may.
type Input string

// The inputs.
const (
	InputReason  Input = "REASON"
	InputBuild   Input = "BUILD"   // where to get the build that is to be tested
	InputVersion Input = "VERSION" // the app version from which on; the batch's target version unless told
	InputBatch   Input = "BATCH"   // the batch where it goes on
)

// Grant is a setting of the app by which it gives a move to other roles than those of the table.
type Grant string

// The grants.
const (
	GrantSignOff Grant = "SIGN_OFF"
	GrantPublish Grant = "PUBLISH"
)

// Roles that moves are given to, named as package auth does. An administrator may do all that any of them may.
const (
	roleRequester = "REQUESTER"
	roleEditor    = "EDITOR"
	roleReviewer  = "REVIEWER"
	roleDeveloper = "DEVELOPER"
	roleTester    = "TESTER"
)

// Move is one way from one state to another.
type Move struct {
	// ID is stable.
	ID   string
	Of   Subject
	From []string
	To   string
	// Roles may make the move; those in OwnOnly only with batches of their own.
	Roles, OwnOnly []string
	// RolesIn are further roles that may under a template.
	RolesIn map[Template][]string
	// Grant names the setting by which an app replaces Roles, or "".
	Grant Grant
	// Text and TextZH name the move for people.
	Text, TextZH string
	// Types and Templates are where the move exists; none means everywhere.
	Types     []BatchType
	Templates []Template
	// Needs has to be given; Takes may be.
	Needs, Takes []Input
	// Guards are the ids of the rules that may bar the move, in the order in which they are told.
	Guards  []string
	Effects []Effect
}

// Exists reports whether the move is there for batches of a type in apps with a template.
func (m *Move) Exists(t BatchType, tpl Template) bool {
	return (len(m.Types) == 0 || slices.Contains(m.Types, t)) &&
		(len(m.Templates) == 0 || slices.Contains(m.Templates, tpl))
}

// RolesFor returns the roles that may make the move in an app with a template and grants: those that it grants the move to,
// or else those of the template.
func (m *Move) RolesFor(tpl Template, grants map[Grant][]string) []string {
	if granted := grants[m.Grant]; m.Grant != "" && len(granted) > 0 {
		return slices.Clone(granted)
	}
	roles := slices.Clone(m.Roles)
	for _, r := range m.RolesIn[tpl] {
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	return roles
}

// Has reports whether the move has an effect.
func (m *Move) Has(e Effect) bool { return slices.Contains(m.Effects, e) }

// Moves returns the moves from a state, whatever the type and the template, in the order of the table.
func Moves(from string, of Subject) []*Move {
	var found []*Move
	for i := range AllMoves {
		if m := &AllMoves[i]; m.Of == of && slices.Contains(m.From, from) {
			found = append(found, m)
		}
	}
	return found
}

// FindMove returns the one move from a state to another for batches of a type in apps with a template, or nil.
func FindMove(of Subject, from, to string, t BatchType, tpl Template) *Move {
	for _, m := range Moves(from, of) {
		if m.To == to && m.Exists(t, tpl) {
			return m
		}
	}
	return nil
}
