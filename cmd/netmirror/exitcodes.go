package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Exit codes. exitCodes tells people.
const (
	exitFailed  = 1
	exitUsage   = 2
	exitDiffers = 3
)

// usage is the error of a command line or a file that is not as it should be.
func usage(format string, args ...any) error {
	return failure{fmt.Errorf(format, args...), exitUsage}
}

// exitCodes is a topic of help: netmirror help exit-codes.
func exitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes of this program mean",
		Long: "0  done: what was asked for is so, read back from the devices where it concerns them;\n" +
			"   or it is accepted, and waits for what the command says: a device that is away, or\n" +
			"   that nothing may be pushed to (mode observe, maintenance), or netmirror resume\n" +
			"1  failed or refused: the message says why, with every reason; of several resources\n" +
			"   the others were done. Also what nobody knows yet: the ports of a device that has\n" +
			"   not been read\n" +
			"2  usage: the command line, the environment or a file is not as it should be, such as\n" +
			"   a name that is none, or a context that is not there; nothing was asked of the\n" +
			"   controller\n" +
			"3  there is a difference, or drift: of the commands that look for one and say so\n" +
			"   in their help; nothing failed",
	}
}

// usageErrors gives every error that comes before a command has begun the exit
// code of a wrong command line, and refuses what is no command below a group.
func usageErrors(root *cobra.Command) (result func(*cobra.Command, error) error) {
	begun := false
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.HasSubCommands() && cmd.RunE == nil && cmd.HasParent() {
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) > 0 {
					return failure{fmt.Errorf("unknown command %q for %q; %s --help lists those that there are", args[0], cmd.CommandPath(), cmd.CommandPath()), exitUsage}
				}
				return cmd.Help()
			}
		}
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(root)
	eachRun(root, func(run runFunc) runFunc {
		return func(cmd *cobra.Command, args []string) error {
			begun = true
			return run(cmd, args)
		}
	})
	return func(cmd *cobra.Command, err error) error {
		if err == nil || begun {
			return err
		}
		if cmd != root {
			err = fmt.Errorf("%w\n  usage: %s\n  %s --help tells more", err, cmd.UseLine(), cmd.CommandPath())
		}
		return failure{err, exitUsage}
	}
}
