package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/httpserver"
)

// Exit codes of the process.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// grammar is the command line.
type grammar struct {
	config.Settings `embed:""`

	Serve   serveCommand   `cmd:"" help:"Run everything: the API, the web pages, collecting, the live view."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date (SQLite files are at each start)."`
	User    struct {
		Create     userCreate     `cmd:"" help:"Create an account."`
		List       userList       `cmd:"" help:"List the accounts."`
		Password   userPassword   `cmd:"" help:"Give an account a new password and end its sessions."`
		Deactivate userDeactivate `cmd:"" help:"Refuse an account from now on."`
		Reactivate userReactivate `cmd:"" help:"Let an account in again that was refused."`
	} `cmd:"" help:"Manage people."`
	Token struct {
		Create tokenCreate `cmd:"" help:"Create an API token; its secret is shown this once."`
		List   tokenList   `cmd:"" help:"List the API tokens."`
		Revoke tokenRevoke `cmd:"" help:"Refuse an API token from now on."`
	} `cmd:"" help:"Manage API tokens."`
	Verify  verifyCommand  `cmd:"" help:"Say whether a test run has seen what was expected, for CI: it fails where it has not."`
	Doctor  doctorCommand  `cmd:"" help:"Check data directory, disk, database, bus and clock, and say what to do."`
	Version versionCommand `cmd:"" help:"Print the version."`
	Help    struct{}       `cmd:"" help:"Print this, or the help of a command: waymark help user create."`
}

// Process is what a command has of the process that it runs in.
type Process struct {
	Args    []string // without the program's name
	Environ []string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
}

// command is what every command gets.
type command struct {
	Process
	name   string          // e.g. "waymark user create"
	ctx    context.Context //nolint:containedctx // kong calls commands without one; it lives as long as the command
	config config.Config
	log    *slog.Logger
}

// Main runs one command line until it is done or ctx ends, and returns the exit code: 0, 1 when something went wrong, 2
// when the command line or the configuration is wrong, or when waymark verify could not judge a run.
func Main(ctx context.Context, p Process) (code int) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case earlyExit:
			code = int(cause)
		default:
			panic(cause)
		}
	}()
	sources := config.NewSources(p.Environ)
	var g grammar
	k, err := kong.New(&g, append(sources.Options(),
		kong.Name("waymark"),
		kong.Description("Tracking plans, and the events that devices really report.\n\nEvery setting can be given as flag, variable, or in a YAML file."),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(code int) { panic(earlyExit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "general", Title: "General"},
			{Key: "server", Title: "Server"},
			{Key: "data", Title: "Data"},
			{Key: "first start", Title: "First start"},
		}),
	)...)
	if err != nil {
		return complain(p.Stderr, fmt.Errorf("read the grammar: %w", err), exitFailure)
	}
	parsed, err := k.Parse(helpful(p.Args))
	if err != nil {
		return complain(p.Stderr, err, exitUsage)
	}
	cfg, err := sources.Config(g.Settings, g.Serve.Demo)
	if err != nil {
		return complain(p.Stderr, err, exitUsage)
	}
	c := &command{Process: p, name: commandName(parsed.Command()), ctx: ctx, config: cfg, log: newLogger(p.Stderr, cfg)}
	for _, name := range sources.Unknown(tokenVariable) {
		c.log.WarnContext(ctx, "this variable is no setting", "variable", name)
	}
	if err := parsed.Run(c); err != nil {
		if _, ok := errors.AsType[notJudgedError](err); ok {
			return complain(p.Stderr, err, exitUsage)
		}
		return complain(p.Stderr, err, exitFailure)
	}
	return exitOK
}

// earlyExit carries an exit code out of kong, which exits by itself after printing help.
type earlyExit int

// helpful turns “waymark” and “waymark help …” into what kong knows as --help.
func helpful(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(args[1:len(args):len(args)], "--help")
	default:
		return args
	}
}

// complain prints what is wrong, with each refused field on a line of its own, and what lies behind it.
func complain(w io.Writer, err error, code int) int {
	f, ok := errors.AsType[*fault.Error](err)
	if ok && len(f.Fields) > 0 {
		for _, field := range f.Fields {
			_, _ = fmt.Fprintf(w, "waymark: %s: %s\n", field.Path, field.Message)
		}
		return code
	}
	text := err.Error()
	if ok {
		if cause := f.Unwrap(); cause != nil {
			text += " (" + cause.Error() + ")"
		}
	}
	_, _ = fmt.Fprintf(w, "waymark: %s\n", strings.TrimSpace(text))
	return code
}

func newLogger(w io.Writer, cfg config.Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogJSON {
		return slog.New(httpserver.LogHandler(slog.NewJSONHandler(w, opts)))
	}
	return slog.New(httpserver.LogHandler(slog.NewTextHandler(w, opts)))
}

// operator is a context in which the operator is asking.
func (c *command) operator() context.Context {
	return auth.With(audit.WithAction(c.ctx, c.name), auth.Operator())
}

// commandName is how people call a command that kong names with its arguments.
func commandName(command string) string {
	name, _, _ := strings.Cut(command, " <")
	return "waymark " + name
}

// printf prints what the command is for. Whoever closed the output does not want to know.
func (c *command) printf(format string, v ...any) { _, _ = fmt.Fprintf(c.Stdout, format, v...) }

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(c *command) error {
	c.printf("waymark %s\n", version())
	return nil
}

// version is the module's version, or the commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v + " " + info.GoVersion
	}
	commit := "unknown"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return commit + " " + info.GoVersion
}
