package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// verbCommands do to resources what is no plain write.
func verbCommands(f *clientFlags) []*cobra.Command {
	return []*cobra.Command{sessionVerb(f, "enable", "Put a session on its devices again"),
		sessionVerb(f, "disable", "Take a session off its devices and keep the intent"),
		pinReliefCommand(f), sessionVerb(f, "clear-relief", "Release the relief of a session, and the pin that keeps it"),
		renewCommand(f), adoptCommand(f), releaseCommand(f), resumeCommand(f), devicesCommand(f)}
}

func sessionVerb(f *clientFlags, verb, short string) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " SESSION", Short: short, Args: cobra.ExactArgs(1)}
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return f.sessionVerbOrDry(cmd.Context(), *dry, args[0], verb, nil)
	}
	return cmd
}

// sessionPost posts a verb of a session, waits for its rollout and tells what
// came of it.
func (f *clientFlags) sessionPost(ctx context.Context, name, verb string, body any) error {
	cl, err := f.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var a client.Answer[client.Session]
	a.Meta, err = cl.Do(ctx, client.Request{Method: http.MethodPost, Path: at("sessions", name) + ":" + verb, Body: body, Wait: waitFor(ctx)}, &a.Value)
	if err != nil {
		return explained(err)
	}
	if err := settle(ctx, cl, &a); heldUp(err) != "" {
		fmt.Fprintf(f.console.out, "sessions/%s accepted, not pushed: %s\n", plain(name), heldUp(err))
		return nil
	} else if err != nil {
		return err
	}
	fmt.Fprintf(f.console.out, "sessions/%s %s\n", plain(name), summary(a.Value))
	return failedSession(a.Value)
}

func pinReliefCommand(f *clientFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pin-relief SESSION [RUNG]",
		Short: "Keep the relief of a session at a rung, at none, or as it stands",
		Long: "Keep the relief of a session at a rung (truncate, sample, rx-only, shed-sources, suspend),\n" +
			"at none, or, without RUNG, as it stands, whatever the load of its destination is.\n" +
			"`netmirror clear-relief SESSION` lets the load decide again.",
		Args: cobra.RangeArgs(1, 2),
	}
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var body any
		if len(args) == 2 {
			body = map[string]any{"rung": args[1]}
		}
		return f.sessionVerbOrDry(cmd.Context(), *dry, args[0], "pin-relief", body)
	}
	return cmd
}

func renewCommand(f *clientFlags) *cobra.Command {
	var duration time.Duration
	var until string
	cmd := &cobra.Command{
		Use: "renew SESSION", Short: "Let a session with a lease live on: its own duration again, or another lease", Args: cobra.ExactArgs(1),
	}
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var body any
		switch {
		case duration != 0 && until != "":
			return failure{errors.New("give --for or --until, not both"), 2}
		case duration != 0:
			body = map[string]any{"duration": duration.String()}
		case until != "":
			body = map[string]any{"until": until}
		}
		return f.sessionVerbOrDry(cmd.Context(), *dry, args[0], "renew", body)
	}
	cmd.Flags().DurationVar(&duration, "for", 0, "from now, such as 4h; becomes the session's lease")
	cmd.Flags().StringVar(&until, "until", "", "a time such as 2030-01-31T18:00:00Z; becomes the session's lease")
	return cmd
}

func adoptCommand(f *clientFlags) *cobra.Command {
	var description string
	cmd := &cobra.Command{
		Use:   "adopt SESSION DEVICE NATIVE-ID",
		Short: "Take over a native session that another hand made, as it stands, under the name SESSION",
		Long: "Take over a native session that another hand made, as it stands, under the name SESSION.\n" +
			"`netmirror get observed-sessions` lists what there is. Nothing on the device changes but the\n" +
			"ownership mark, where it has room for one; from then on netmirror keeps the session as it is.",
		Args: cobra.ExactArgs(3),
	}
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{"device": args[1], "nativeId": args[2]}
		if description != "" {
			body["description"] = description
		}
		return f.sessionVerbOrDry(cmd.Context(), *dry, args[0], "adopt", body)
	}
	cmd.Flags().StringVar(&description, "description", "", "what the session is for")
	return cmd
}

func resumeCommand(f *clientFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "resume",
		Short: "Let a controller push again whose database was restored (admin)",
		Long: "Let a controller push again whose database was restored from a backup.\n\n" +
			"Be sure first that no controller runs on the original of that database: two with\n" +
			"one ledger undo each other's work. `netmirror get sessions` shows what would change.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := f.open()
			if err != nil {
				return err
			}
			before, err := cl.GetController(cmd.Context())
			if err != nil {
				return err
			}
			after, err := cl.ResumeController(cmd.Context())
			if err != nil {
				return err
			}
			if after.Mode != "full" {
				return fmt.Errorf("mode %s: %s", after.Mode, after.Message)
			}
			if before.Hold == nil {
				fmt.Fprintln(f.console.out, "nothing was held back: the controller pushes already")
				return nil
			}
			fmt.Fprintln(f.console.out, "controller resumed: differences are brought about now")
			return nil
		},
	}
}

func releaseCommand(f *clientFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release DEVICE...",
		Short: "Let repairs of devices go on that the brake, or a contention, has stopped",
		Args:  cobra.MinimumNArgs(1),
	}
	dry := dryFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cl, err := f.open()
		if err != nil {
			return err
		}
		return eachDevice(args, func(name string) error {
			if *dry {
				p, err := cl.DryRunReleaseDevice(cmd.Context(), name)
				if err != nil {
					return err
				}
				return f.paper().write(rehearsal([]client.PlanDevice{p}, nil)...)
			}
			_, err := cl.ReleaseDevice(cmd.Context(), name)
			if err == nil {
				fmt.Fprintf(f.console.out, "devices/%s released\n", name)
			}
			return err
		})
	}
	return cmd
}

// eachDevice tries all and joins what failed.
func eachDevice(names []string, do func(string) error) error {
	var failed []error
	for _, name := range names {
		if err := do(name); err != nil {
			failed = append(failed, fmt.Errorf("devices/%s: %w", name, err))
		}
	}
	return errors.Join(failed...)
}

func devicesCommand(f *clientFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "devices", Short: "Add, check, wait for and set devices"}
	check := &cobra.Command{
		Use:   "check [DEVICE...]",
		Short: "Is each device reached, does the login work, may it do enough, what is it, is there room",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := f.open()
			if err != nil {
				return err
			}
			return checkDevices(cmd.Context(), cl, args, f)
		},
	}
	cmd.AddCommand(check, devicesAddCommand(f), devicesSetCommand(f), devicesWaitCommand(f))
	return cmd
}

// checkWords are the states of a check in words.
var checkWords = map[string]string{"True": "ok", "False": "FAILED", "Unknown": "note"}

func checkDevices(ctx context.Context, cl *client.Client, names []string, f *clientFlags) error {
	if len(names) == 0 {
		for d, err := range cl.AllDevices(ctx, client.ListDevicesOptions{Limit: 500}) {
			if err != nil {
				return err
			}
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 {
		return errors.New("there is no device to check; netmirror apply -f FILE makes one")
	}
	w := tabwriter.NewWriter(f.console.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DEVICE\tCHECK\tRESULT\tMESSAGE")
	bad := 0
	err := eachDevice(names, func(name string) error {
		c, err := cl.CheckDevice(ctx, name)
		if err != nil {
			return err
		}
		if !c.OK {
			bad++
		}
		for _, i := range c.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(name), plain(i.Name), checkWords[i.State], plain(i.Message))
		}
		return nil
	})
	if flushed := w.Flush(); err == nil {
		err = flushed
	}
	if err == nil && bad > 0 {
		err = fmt.Errorf("%d of %d devices fail", bad, len(names))
	}
	return err
}
