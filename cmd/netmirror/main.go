// Command netmirror is the controller and its command line: flags, the
// configuration file, wiring and signals. What it does is done elsewhere.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/grpclog"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = "dev"

func main() {
	// gRPC would write to standard error what the errors of its callers say again.
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr, os.LookupEnv})
	stop()
	if err != nil {
		fmt.Fprintln(visibleWriter{os.Stderr}, "netmirror: "+err.Error())
		os.Exit(exitCode(err))
	}
}

// console is the world that a command sees, so that tests can be another.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) (string, bool)
}

// failure is an error with the exit code it asks for.
type failure struct {
	error
	code int
}

func exitCode(err error) int {
	if f := (failure{}); errors.As(err, &f) {
		return f.code
	}
	return exitFailed
}

func run(ctx context.Context, args []string, c console) error {
	c.out, c.err = visibleWriter{c.out}, visibleWriter{c.err}
	root := commandTree(c)
	root.SetArgs(args)
	result := usageErrors(root)
	return result(root.ExecuteContextC(ctx))
}

// commandTree is all that the program can do.
func commandTree(c console) *cobra.Command {
	root := &cobra.Command{
		Use:   "netmirror",
		Short: "netmirror configures port mirroring (SPAN, RSPAN, ERSPAN) on switches and keeps it so",
		Long: "netmirror configures port mirroring (SPAN, RSPAN, ERSPAN) on switches and keeps it so.\n\n" +
			"Start a controller with `netmirror serve`, tell it of devices and sessions with\n" +
			"`netmirror apply -f FILE`, and look with `netmirror get`.",
		SilenceErrors: true, SilenceUsage: true, Version: version,
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.AddCommand(serveCommand(c), tokenCommand(c), hostkeyCommand(c), credentialsCommand(c), labCommand(c), demoCommand(c), backupCommand(c), restoreCommand(c))
	root.AddCommand(clientCommands(c)...)
	root.AddCommand(contextCommand(c), exitCodes())
	showExamples(root)
	return root
}
