package plan

import "slices"

// BatchState is how far a batch has come: its review state until approval, and then the least advanced delivery state.
type BatchState string

// The states of a batch under review.
const (
	// BatchDraft is where every batch begins: raised in words, or being designed.
	BatchDraft            BatchState = "DRAFT"
	BatchInReview         BatchState = "IN_REVIEW"
	BatchChangesRequested BatchState = "CHANGES_REQUESTED"
	BatchApproved         BatchState = "APPROVED"
	BatchCancelled        BatchState = "CANCELLED"
)

// The states of an approved batch, which are those of its deliveries.
const (
	BatchInDevelopment = BatchState(DeliveryInDevelopment)
	BatchInTesting     = BatchState(DeliveryInTesting)
	BatchAccepted      = BatchState(DeliveryAccepted)
	BatchOnline        = BatchState(DeliveryOnline)
)

// DeliveryState is how far an item of an approved batch has come on one terminal.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryInDevelopment DeliveryState = "IN_DEVELOPMENT"
	DeliveryInTesting     DeliveryState = "IN_TESTING"
	DeliveryAccepted      DeliveryState = "ACCEPTED"
	DeliveryOnline        DeliveryState = "ONLINE"
	// DeliveryMoved and DeliveryDropped end a delivery in its batch: it goes on in another one, or nowhere.
	DeliveryMoved   DeliveryState = "MOVED"
	DeliveryDropped DeliveryState = "DROPPED"
)

// advancing are the states of a delivery from the least advanced on.
var advancing = []DeliveryState{DeliveryInDevelopment, DeliveryInTesting, DeliveryAccepted, DeliveryOnline}

// LeastAdvanced returns the least advanced of the states; what was moved or dropped does not count. It is "" where nothing
// is left that counts.
func LeastAdvanced(states []DeliveryState) DeliveryState {
	for _, s := range advancing {
		if slices.Contains(states, s) {
			return s
		}
	}
	return ""
}

// StateOf is the state of a batch as people see it: of its review until that approves it, then of its deliveries. An
// approved batch of which nothing is left to deliver stays approved.
func StateOf(review BatchState, deliveries []DeliveryState) BatchState {
	if least := LeastAdvanced(deliveries); review == BatchApproved && least != "" {
		return BatchState(least)
	}
	return review
}

// BatchType says what a batch is for, and so which ways are open to it.
type BatchType string

// The types of batches.
const (
	BatchNormal BatchType = "NORMAL"
	// BatchHotfix is published now, with a reason; its review is owed within ReviewOwedDays.
	BatchHotfix BatchType = "HOTFIX"
	// BatchBaseline brings in what already exists; it is online at once.
	BatchBaseline BatchType = "BASELINE"
	// BatchOffline takes events out.
	BatchOffline BatchType = "OFFLINE"
)

// BatchTypes lists every type.
func BatchTypes() []BatchType {
	return []BatchType{BatchNormal, BatchHotfix, BatchBaseline, BatchOffline}
}

// ReviewOwedDays is how many working days a hotfix has until its review.
const ReviewOwedDays = 3

// Template is how strict an app is with itself.
type Template string

// The templates.
const (
	// TemplateLight lets an editor approve and publish alone.
	TemplateLight Template = "LIGHT"
	// TemplateStandard wants another reviewer than the last editor.
	TemplateStandard Template = "STANDARD"
	// TemplateStrict also wants coverage and a sign-off before anything goes online.
	TemplateStrict Template = "STRICT"
)

// Templates lists every template.
func Templates() []Template { return []Template{TemplateLight, TemplateStandard, TemplateStrict} }

// StateInfo is a state for people.
type StateInfo struct {
	Of    Subject
	State string
	// Text and TextZH name the state, Doc says what it means.
	Text, TextZH, Doc string
	// Final is true where no way leads on.
	Final bool
}

// States are the states of both tables, in order.
var States = []StateInfo{
	{Of: OfReview, State: string(BatchDraft), Text: "Draft", TextZH: "草稿", Doc: "Raised in words by a requester, or being designed by an editor."},
	{Of: OfReview, State: string(BatchInReview), Text: "In review", TextZH: "待评审", Doc: "Submitted; what it changes is not edited any more."},
	{Of: OfReview, State: string(BatchChangesRequested), Text: "Changes requested", TextZH: "已驳回", Doc: "A reviewer asks for something else."},
	{
		Of: OfReview, State: string(BatchApproved), Text: "Approved", TextZH: "已通过",
		Doc: "Its definitions are on the lines of their events, and its items are open. From here on the batch shows its least advanced delivery.",
	},
	{Of: OfReview, State: string(BatchCancelled), Text: "Cancelled", TextZH: "已取消", Doc: "Given up; it stays readable.", Final: true},
	{Of: OfDelivery, State: string(DeliveryInDevelopment), Text: "In development", TextZH: "开发中", Doc: "Open: developers build it."},
	{Of: OfDelivery, State: string(DeliveryInTesting), Text: "In testing", TextZH: "测试中", Doc: "In a build, and published to the test environment."},
	{Of: OfDelivery, State: string(DeliveryAccepted), Text: "Accepted", TextZH: "已验收", Doc: "Signed off."},
	{
		Of: OfDelivery, State: string(DeliveryOnline), Text: "Online", TextZH: "已上线", Final: true,
		Doc: "Published to production from an app version on. A change is another batch. A rollback takes it back to where it was.",
	},
	{Of: OfDelivery, State: string(DeliveryMoved), Text: "Moved", TextZH: "已移出", Doc: "Goes on in another batch.", Final: true},
	{Of: OfDelivery, State: string(DeliveryDropped), Text: "Dropped", TextZH: "已放弃", Doc: "Not done, for a reason that stands with it.", Final: true},
}
