// Command waymark is a tracking-plan management system in one binary; see waymark help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/config"
)

func main() { os.Exit(run()) }

// run turns the first SIGINT or SIGTERM into an orderly stop; a second one kills.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return app.Main(ctx, app.Process{
		Args: os.Args[1:], Environ: config.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
}
