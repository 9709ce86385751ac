package archtest_test

// restriction: these imports belong to some rooms only.
type restriction struct {
	imports  []string // trees of import paths
	onlyIn   []string // trees of our packages
	testsToo bool     // whether the tests of other packages are held to it as well
	reason   string
}

var restrictions = []restriction{
	{
		imports:  []string{"github.com/nats-io"},
		onlyIn:   []string{"./internal/bus"},
		testsToo: true,
		reason:   "only internal/bus talks to NATS, so that the rest never depends on where the bus runs",
	},
	{
		imports:  []string{"github.com/lib/pq", "modernc.org/sqlite"},
		onlyIn:   []string{"./internal/store"},
		testsToo: true,
		reason:   "only internal/store knows which database runs; it turns database errors into fault codes",
	},
	{
		imports:  []string{"github.com/99designs/gqlgen"},
		onlyIn:   []string{"./graph", "./internal/subscription", "./ent"},
		testsToo: true,
		reason:   "GraphQL ends in graph and internal/subscription; services take and return plain values",
	},
	{
		imports: []string{"github.com/coreos/go-oidc", "golang.org/x/oauth2"},
		onlyIn:  []string{"./internal/oidc"},
		reason:  "only internal/oidc speaks with issuers of OpenID Connect",
	},
	{
		imports: []string{"github.com/gorilla/websocket"},
		onlyIn:  []string{"./internal/subscription"},
		reason:  "only internal/subscription speaks WebSocket",
	},
	{
		imports: []string{"./internal/testkit", "github.com/stretchr/testify", "testing", "go.uber.org/goleak", "pgregory.net/rapid"},
		onlyIn:  []string{"./internal/testkit", "./internal/bench", "./ent/enttest", "./ent/migrate/gen"},
		reason:  "test helpers never reach the binary; only _test.go files and our own tools use them",
	},
}

// prohibition: these rooms may not have these imports, given as exact paths.
type prohibition struct {
	in      []string
	except  []string
	imports []string
	reason  string
}

var prohibitions = []prohibition{
	{
		in:      pure,
		imports: []string{"database/sql", "io/fs", "log/slog", "net", "os", "os/exec"},
		reason:  "pure packages take values and return values; whoever calls them does the reading and writing",
	},
	{
		in:      pure,
		except:  []string{"./internal/wire"}, // It reads request headers.
		imports: []string{"net/http"},
		reason:  "pure packages know nothing of HTTP",
	},
	{
		in:      []string{"./internal/collect", "./internal/bus", "./internal/live"},
		imports: []string{"./ent"},
		reason:  "the capture path never touches ent",
	},
	{
		in:      []string{"./cmd", "./graph", "./internal", "./web"},
		imports: []string{"github.com/pkg/errors", "log"},
		reason:  "use fmt.Errorf with %w, and the injected *slog.Logger",
	},
}

var pure = []string{
	"./internal/fault", "./internal/plan", "./internal/capture", "./internal/check", "./internal/coverage", "./internal/diff",
	"./internal/masking", "./internal/preset", "./internal/session", "./internal/sighting", "./internal/wire",
}

// floor is one level of the house. A package imports from the floors below; from its own floor too, unless the rooms
// there stand apart. The parts of one room (`internal/wire/...`) may always import each other.
type floor struct {
	name   string
	rooms  []string
	apart  bool
	reason string // why they stand apart
}

// floors from the ground up; see the architecture decision on the rooms.
var floors = []floor{
	{name: "pure", rooms: pure},
	{name: "tables", rooms: []string{"./ent"}},
	{name: "adapters", rooms: []string{
		"./internal/audit", "./internal/auth", "./internal/bus", "./internal/jobs", "./internal/live", "./internal/oidc", "./internal/outward",
		"./internal/store",
		"./internal/subscription",
	}},
	{
		name: "services",
		rooms: []string{
			"./internal/acceptance", "./internal/catalog", "./internal/collect", "./internal/monitor", "./internal/notify",
			"./internal/release",
		},
		apart:  true,
		reason: "services never import each other; declare the small interface that you need where you need it",
	},
	{name: "edge", rooms: []string{"./graph", "./internal/config", "./internal/demo", "./internal/httpserver", "./internal/verify", "./web"}},
	{name: "app", rooms: []string{"./internal/app"}},
	{name: "programs", rooms: []string{
		"./cmd", "./e2e", "./ent/migrate/gen", "./internal/archtest", "./internal/bench", "./internal/testkit",
	}},
}

// floorOf finds the floor of a package: that of the innermost room around it.
func floorOf(p string) (level int, known bool) {
	innermost := ""
	for i, f := range floors {
		for _, room := range f.rooms {
			if within(p, room) && len(room) > len(innermost) {
				level, known, innermost = i, true, room
			}
		}
	}
	return level, known
}

// sameRoom says whether two packages are parts of one room.
func sameRoom(a, b string) bool {
	for _, f := range floors {
		for _, room := range f.rooms {
			if within(a, room) && within(b, room) {
				return true
			}
		}
	}
	return false
}

var emptyNames = []string{"base", "common", "core", "helper", "helpers", "misc", "models", "shared", "types", "util", "utils"}
