package auth

// Action is something that a person may be allowed to do: a root field of the API as "Mutation.createEvent", reading objects
// of a type as "CapturedEvent", or reading a field that has a rule of its own as "User.email".
type Action string

// Scope says where a role must be held to count.
type Scope uint8

// The scopes.
const (
	// Organisation: only organisation-wide roles count.
	Organisation Scope = iota
	// InApp: roles in the app of the object count, and organisation-wide ones.
	InApp
	// Anywhere: a role in any app will do.
	Anywhere
)

// String names the scope as the API does.
func (s Scope) String() string { return [...]string{"ORGANISATION", "APP", "ANYWHERE"}[s] }

// Rule says who may do one action.
type Rule struct {
	Action Action
	// Public: nobody needs to be signed in.
	Public bool
	// Roles that may, one of them is enough; SignedIn and InSession stand for people whatever their roles.
	Roles RoleSet
	// Own are the roles that may as far as they made the object themselves, beyond Roles.
	Own RoleSet
	// Scope is where the roles must be held.
	Scope Scope
	// Shared: what belongs to no app is open to everyone who is signed in; a list across apps too, which its service then
	// narrows by Visible. Otherwise only organisation-wide roles reach what belongs to no app.
	Shared bool
}

const (
	readers    = anyRole
	viewers    = RoleSet(1 << 0)
	admins     = RoleSet(1 << 6)
	designers  = RoleSet(1<<2) | admins
	requesters = RoleSet(1 << 1)
	// keepers are who know the data from their work.
	keepers = designers | RoleSet(1<<4) | RoleSet(1<<5)
)

// rules is the one authorization table. Everything that the API offers stands here, and a test compares it with the SDL.
var rules = []Rule{
	// Who is asking.
	{Action: "Query.viewer", Public: true},
	{Action: "Query.singleSignOn", Public: true},
	{Action: "Mutation.signIn", Public: true},
	{Action: "Mutation.signOut", Public: true},
	{Action: "Mutation.setUp", Public: true},
	{Action: "Mutation.changePassword", Roles: InSession},

	// People. An administrator of an app must find the people to give roles to.
	{Action: "Query.users", Roles: admins, Scope: Anywhere},
	{Action: "User", Roles: SignedIn},
	{Action: "User.email", Roles: admins, Own: SignedIn, Scope: Anywhere},
	{Action: "User.roles", Roles: admins, Own: SignedIn, Scope: Anywhere},
	{Action: "User.password", Roles: admins},
	{Action: "Mutation.createUser", Roles: admins},
	{Action: "Mutation.updateUser", Roles: admins, Own: InSession},
	{Action: "Mutation.deactivateUser", Roles: admins},
	{Action: "Mutation.reactivateUser", Roles: admins},
	{Action: "Mutation.grantRole", Roles: admins, Scope: InApp},
	{Action: "Mutation.revokeRole", Roles: admins, Scope: InApp},

	// Invitations: into an app by its administrators, elsewhere by the organisation's.
	{Action: "Query.invitations", Roles: admins, Scope: InApp},
	{Action: "Invitation", Roles: admins, Scope: InApp},
	{Action: "Mutation.inviteUser", Roles: admins, Scope: InApp},
	{Action: "Mutation.revokeInvitation", Roles: admins, Scope: InApp},
	{Action: "Mutation.acceptInvitation", Public: true},

	// API tokens: one's own, or everybody's.
	{Action: "APIToken", Roles: admins, Own: SignedIn},
	{Action: "Mutation.createAPIToken", Roles: InSession | admins},
	{Action: "Mutation.revokeAPIToken", Roles: admins, Own: InSession},

	// The audit log. What is told of it beside an object is for whoever may read the object.
	{Action: "Query.auditEntries", Roles: admins, Scope: InApp},
	{Action: "AuditEntry.request", Roles: admins, Scope: InApp},

	// Reading. What node and search find is judged by the rule of what it is.
	{Action: "Query.node", Roles: SignedIn},
	{Action: "Query.nodes", Roles: SignedIn},
	{Action: "Query.search", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.presets", Roles: readers, Scope: Anywhere},
	{Action: "Query.similarNames", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.app", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.apps", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.batch", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.batches", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.event", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.events", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.properties", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.valueSets", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.difference", Roles: SignedIn},

	// Objects by their type, however they are reached: by id, by search, along a relation.
	{Action: "App", Roles: readers, Scope: InApp},
	{Action: "Terminal", Roles: readers, Scope: InApp},
	{Action: "Environment", Roles: readers, Scope: InApp},
	{Action: "WriteKey", Roles: readers, Scope: InApp},
	{Action: "Batch", Roles: readers, Scope: InApp},
	{Action: "BatchItem", Roles: readers, Scope: InApp},
	{Action: "Comment", Roles: readers, Scope: InApp},
	{Action: "File", Roles: readers, Scope: InApp},
	{Action: "Event", Roles: readers, Scope: InApp},
	{Action: "EventRevision", Roles: readers, Scope: InApp},
	{Action: "EventProperty", Roles: readers, Scope: InApp},
	{Action: "Property", Roles: readers, Scope: InApp, Shared: true},
	{Action: "PropertyRevision", Roles: readers, Scope: InApp, Shared: true},
	{Action: "ValueSet", Roles: readers, Scope: InApp, Shared: true},
	{Action: "ValueSetRevision", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Approval", Roles: readers, Scope: InApp},
	{Action: "Release", Roles: readers, Scope: InApp},
	{Action: "ReleaseSlot", Roles: readers, Scope: InApp},
	{Action: "CapturedEvent", Roles: readers, Scope: InApp},
	{Action: "CapturedEvent.original", Roles: SetOf(Tester, Admin), Scope: InApp},
	{Action: "RegressionCase", Roles: readers, Scope: InApp},
	{Action: "CaptureSession", Roles: readers, Scope: InApp},
	{Action: "SessionBinding", Roles: readers, Scope: InApp},
	{Action: "CoverageEvidence", Roles: readers, Scope: InApp},
	{Action: "AcceptanceMark", Roles: readers, Scope: InApp},
	{Action: "SignOff", Roles: readers, Scope: InApp},
	{Action: "DataIncident", Roles: readers, Scope: InApp, Shared: true},

	// What devices reported.
	{Action: "Query.capturedEvents", Roles: readers, Scope: InApp},
	{Action: "Query.runRegressionCase", Roles: readers, Scope: InApp},
	{Action: "Mutation.saveRegressionCase", Roles: keepers, Scope: InApp},
	{Action: "Mutation.updateRegressionCase", Roles: keepers, Scope: InApp},
	{Action: "Mutation.deleteRegressionCase", Roles: keepers, Scope: InApp},
	{Action: "Query.testRun", Roles: readers, Scope: InApp},
	{Action: "Query.unplanned", Roles: readers, Scope: InApp},
	{Action: "Subscription.liveCapture", Roles: readers, Scope: InApp},
	{Action: "Query.captureSession", Roles: readers, Scope: InApp},
	{Action: "Query.recentDevices", Roles: readers, Scope: InApp},
	{Action: "Subscription.captureSession", Roles: readers, Scope: InApp},
	{Action: "Mutation.startCaptureSession", Roles: keepers, Scope: InApp},
	{Action: "Mutation.joinCaptureSession", Roles: keepers, Scope: InApp},
	{Action: "Mutation.bindDevice", Roles: keepers, Scope: InApp},
	{Action: "Mutation.unbindDevice", Roles: keepers, Scope: InApp},
	{Action: "Mutation.markStep", Roles: keepers, Scope: InApp},
	{Action: "Mutation.endCaptureSession", Roles: keepers, Scope: InApp},
	{Action: "Mutation.addSessionScreenshot", Roles: keepers, Scope: InApp},
	{Action: "Mutation.setMustTest", Roles: keepers, Scope: InApp},
	{Action: "Mutation.mark", Roles: keepers, Scope: InApp},
	// Who may sign off is who may accept, by the moves and what the app grants.
	{Action: "Mutation.signOff", Roles: readers &^ viewers, Scope: InApp},
	{Action: "Mutation.deletePerson", Roles: admins, Scope: InApp},
	{Action: "Query.refusedRequests", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Subscription.refusedRequests", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Query.monitor", Roles: readers, Scope: InApp, Shared: true},
	{Action: "Subscription.monitor", Roles: readers, Scope: InApp, Shared: true},

	// Apps and what they are made of.
	{Action: "Mutation.createApp", Roles: admins},
	{Action: "Mutation.deleteApp", Roles: admins},
	{Action: "Mutation.updateApp", Roles: admins, Scope: InApp},
	{Action: "Mutation.archiveApp", Roles: admins, Scope: InApp},
	{Action: "Mutation.restoreApp", Roles: admins, Scope: InApp},
	{Action: "App.namingFindings", Roles: admins, Scope: InApp},
	{Action: "Mutation.createTerminal", Roles: admins, Scope: InApp},
	{Action: "Mutation.updateTerminal", Roles: admins, Scope: InApp},
	{Action: "Mutation.deleteTerminal", Roles: admins, Scope: InApp},
	{Action: "Mutation.createEnvironment", Roles: admins, Scope: InApp},
	{Action: "Mutation.updateEnvironment", Roles: admins, Scope: InApp},
	{Action: "Mutation.deleteEnvironment", Roles: admins, Scope: InApp},
	{Action: "Mutation.createWriteKey", Roles: admins, Scope: InApp},
	{Action: "Mutation.updateWriteKey", Roles: admins, Scope: InApp},
	{Action: "Mutation.revokeWriteKey", Roles: admins, Scope: InApp},
	{Action: "Mutation.deleteWriteKey", Roles: admins, Scope: InApp},

	// Batches: raised by a requester in words, or by who designs.
	{Action: "Mutation.createBatch", Roles: requesters | designers, Scope: InApp},
	{Action: "Mutation.updateBatch", Roles: designers, Own: requesters, Scope: InApp},
	{Action: "Mutation.deleteBatch", Roles: designers, Own: requesters, Scope: InApp},
	{Action: "Mutation.addBatchItem", Roles: designers, Own: requesters, Scope: InApp},
	{Action: "Mutation.updateBatchItem", Roles: designers, Own: requesters, Scope: InApp},
	{Action: "Mutation.removeBatchItem", Roles: designers, Own: requesters, Scope: InApp},
	// Who may make which move is said by the moves themselves, in package plan; a viewer makes none.
	{Action: "Mutation.transitionBatch", Roles: readers &^ viewers, Scope: InApp},
	{Action: "Mutation.resolveConflicts", Roles: designers, Scope: InApp},
	{Action: "Mutation.copyBatch", Roles: requesters | designers, Scope: InApp},
	{Action: "Mutation.uploadDocument", Roles: designers, Own: requesters, Scope: InApp},
	{Action: "Mutation.deleteDocument", Roles: designers, Own: requesters, Scope: InApp},

	// Talking about batches is for everybody who may read them.
	{Action: "Mutation.addComment", Roles: readers, Scope: InApp},
	{Action: "Mutation.updateComment", Own: readers, Scope: InApp},
	{Action: "Mutation.deleteComment", Roles: admins, Own: readers, Scope: InApp},
	{Action: "Mutation.resolveComment", Roles: readers, Scope: InApp},
	{Action: "Mutation.markMentionRead", Roles: SignedIn},

	// Releases. Which of them may publish where is said by the moves too, and by what the app grants; see package release.
	{Action: "Query.compare", Roles: readers, Scope: InApp},
	{Action: "Mutation.publish", Roles: readers &^ viewers, Scope: InApp},
	{Action: "Mutation.rollback", Roles: readers &^ viewers, Scope: InApp},

	// Definitions. Those of no app are edited by who designs for the whole organisation; the catalog lets in who may do the
	// same in every app that uses them.
	{Action: "Mutation.createEvent", Roles: designers, Scope: InApp},
	{Action: "Mutation.updateEvent", Roles: designers, Scope: InApp},
	{Action: "Mutation.deleteEvent", Roles: designers, Scope: InApp},
	{Action: "Mutation.addScreenshot", Roles: designers, Scope: InApp},
	{Action: "Mutation.removeScreenshot", Roles: designers, Scope: InApp},
	{Action: "Mutation.createProperty", Roles: designers, Scope: InApp},
	{Action: "Mutation.updateProperty", Roles: designers, Scope: InApp},
	{Action: "Mutation.deleteProperty", Roles: designers, Scope: InApp},
	{Action: "Mutation.mergeProperties", Roles: designers, Scope: InApp},
	{Action: "Mutation.createValueSet", Roles: designers, Scope: InApp},
	{Action: "Mutation.updateValueSet", Roles: designers, Scope: InApp},
	{Action: "Mutation.deleteValueSet", Roles: designers, Scope: InApp},

	// What devices report and nobody planned.
	{Action: "Mutation.addUnplanned", Roles: designers, Scope: InApp},
	{Action: "Mutation.mapUnplanned", Roles: designers, Scope: InApp},
	{Action: "Mutation.ignoreUnplanned", Roles: keepers, Scope: InApp},
	{Action: "Mutation.reopenUnplanned", Roles: keepers, Scope: InApp},

	// What is known about the data, beside the definitions.
	{Action: "Mutation.updateDictionary", Roles: keepers, Scope: InApp},
	{Action: "Mutation.createDataIncident", Roles: keepers, Scope: InApp},
	{Action: "Mutation.updateDataIncident", Roles: keepers, Scope: InApp},
	{Action: "Mutation.deleteDataIncident", Roles: keepers, Scope: InApp},
}

// Rules returns the authorization table in reading order.
func Rules() []Rule { return append([]Rule(nil), rules...) }

var byAction = index(rules)

func index(list []Rule) map[Action]*Rule {
	m := make(map[Action]*Rule, len(list))
	for i := range list {
		m[list[i].Action] = &list[i]
	}
	return m
}

// RuleOf returns the rule for an action, and whether there is one.
func RuleOf(action Action) (Rule, bool) {
	if r := byAction[action]; r != nil {
		return *r, true
	}
	return Rule{}, false
}
