package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/demo"
	"github.com/waymarkhq/waymark/internal/fault"
)

type serveCommand struct {
	Demo bool `name:"demo" help:"Serve a demo shop whose simulated devices report, in a data directory of its own; on this machine only."`
}

// Run serves until it is told to stop.
func (serveCommand) Run(c *command) error {
	a, err := New(c.ctx, Options{Config: c.config, Logger: c.log, Output: c.Stdout})
	if err != nil {
		return err
	}
	return a.Run(c.ctx)
}

// firstStart makes what the first start needs: the demo, or an administrator whom the configuration names.
func (a *App) firstStart(ctx context.Context) (err error) {
	switch {
	case a.cfg.Demo:
		if err = a.refuseForeignDemo(auth.With(ctx, auth.Operator())); err == nil {
			a.token, err = demo.Seed(ctx, a.people, a.plans)
		}
	case a.cfg.AdminEmail != "":
		_, err = a.people.EnsureAdmin(ctx, auth.CreateUser{
			Email: a.cfg.AdminEmail, Name: a.cfg.AdminEmail, Password: a.cfg.AdminPassword,
		})
		if err != nil {
			err = fmt.Errorf("create the administrator of WAYMARK_ADMIN_EMAIL: %w", err)
		}
	}
	return err
}

// refuseForeignDemo keeps the demo out of a database that somebody works in, say because DATABASE_URL is set in the shell.
func (a *App) refuseForeignDemo(ctx context.Context) error {
	_, err := a.people.User(ctx, demo.AdminEmail)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	people, err := a.people.Users(ctx)
	if err != nil {
		return err
	}
	used, err := people.Exist(ctx)
	if err == nil && used {
		err = fault.New(fault.FailedPrecondition, "not_the_demo",
			"this database belongs to somebody: the demo needs one of its own; unset DATABASE_URL, or give another --data-dir")
	}
	return err
}

// greet tells the person at the terminal where the server is and how to get in.
func (a *App) greet(ctx context.Context) error {
	url := a.cfg.URL(a.Addr())
	text := "\nWaymark is at " + url + "\n"
	switch {
	case a.cfg.Demo:
		text += demoGreeting(url, a.cfg.LocalURL(a.CollectAddr()), a.token)
	default:
		token, err := a.people.SetUpToken(ctx)
		if err != nil {
			return err
		}
		if token != "" {
			text += "\nNobody can sign in yet. Make the first administrator with this link; it works once:\n\n  " + url + "/?setup=" + token + "\n"
		}
	}
	_, err := fmt.Fprintln(a.out, text)
	return err
}

// demoGreeting shows everything to try, ready to be copied.
func demoGreeting(url, collectURL, token string) string {
	return strings.NewReplacer(
		"{url}", url, "{collect}", collectURL, "{email}", demo.AdminEmail, "{password}", demo.AdminPassword, "{key}", demo.TestKey,
		"{token}", token, "{app}", demo.AppKey,
	).Replace(`
Sign in as {email} with the password {password}.
demo token: {token}

Simulated devices of the app {app} are reporting, some of them wrongly. Report something yourself:

  curl -u {key}: -H 'Content-Type: application/json' {collect}/v1/track \
    -d '{"event":"pay_success","userId":"u1","messageId":"hello-1","properties":{"order_amount":"free"}}'

or from Node.js, with npm install @segment/analytics-node:

  const { Analytics } = require('@segment/analytics-node')
  const analytics = new Analytics({ writeKey: '{key}', host: '{collect}', flushAt: 1 })
  analytics.track({ userId: 'u1', event: 'pay_success', properties: { order_amount: 'free' } })

and see what comes in, each event with its verdict: open {url}/graphiql/, sign in, run the saved operation liveCapture. Or:

  curl -N -H 'Authorization: Bearer {token}' -H 'Accept: text/event-stream' \
    -H 'Content-Type: application/json' {url}/graphql \
    -d '{"query":"subscription { liveCapture(app: \"{app}\", environment: \"test\") { dropped events { name verdict violations { code property } } } }"}'

Stop with Ctrl-C.`)
}
