package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// Pauses between two looks of devices wait: the first is short, since most devices are read
// within a second of their entry.
const (
	waitFirst = 200 * time.Millisecond
	waitMost  = 5 * time.Second
)

func devicesWaitCommand(f *clientFlags) *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "wait [DEVICE...]",
		Short: "Wait until each device has been read since the controller started",
		Long: "Wait until each device has been read since the controller started: all of them, or those that are named.\n" +
			"It asks the controller alone, which tries a device that is away again by itself, more and more rarely;\n" +
			"`netmirror devices check` tries it now. Why a device is not read is told on standard error, once.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if timeout <= 0 {
				return usage("--timeout %v is no time to wait", timeout)
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return f.waitForDevices(cmd.Context(), cl, args, timeout)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait for all of them")
	return cmd
}

// lastAnswer is how long after the time of the wait the controller's answer may come.
const lastAnswer = 10 * time.Second

// waitForDevices looks at the devices, once at least, until each is read or time is over. A
// device that is not there, or retired, is not waited for.
func (f *clientFlags) waitForDevices(ctx context.Context, cl *client.Client, names []string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout+lastAnswer)
	defer cancel()
	left, err := waitedFor(ctx, cl, names)
	if err != nil {
		return err
	}
	told := map[string]string{}
	over := time.After(timeout)
	var faults []error
	for pause := waitFirst; ; pause = min(2*pause, waitMost) {
		var bad error
		if left, bad = f.lookForRead(ctx, cl, left, told); bad != nil {
			faults = append(faults, bad)
		}
		if len(left) == 0 {
			return errors.Join(faults...)
		}
		select {
		case <-time.After(pause):
			continue
		case <-ctx.Done():
			return errors.Join(append(faults, ctx.Err())...)
		case <-over:
		}
		for _, name := range left {
			faults = append(faults, fmt.Errorf("device %s has not been read after %v%s", plain(name), timeout, told[name]))
		}
		return errors.Join(faults...)
	}
}

// waitedFor are the devices that are named, or all that are read at all.
func waitedFor(ctx context.Context, cl *client.Client, names []string) ([]string, error) {
	if len(names) > 0 {
		return names, nil
	}
	for d, err := range cl.AllDevices(ctx, client.ListDevicesOptions{Limit: 500}) {
		if err != nil {
			return nil, err
		}
		if !d.Status.Retired {
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("there is no device to wait for; netmirror apply -f FILE makes one")
	}
	return names, nil
}

// lookForRead looks at devices once. It says which are read, why others are not where that is
// news, and gives those that are still to be waited for.
func (f *clientFlags) lookForRead(ctx context.Context, cl *client.Client, names []string, told map[string]string) (left []string, err error) {
	var faults []error
	for _, name := range names {
		d, err := cl.GetDevice(ctx, name)
		status := d.Value.Status
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("devices/%s: %w", plain(name), err))
		case status.Retired:
			faults = append(faults, fmt.Errorf("device %s is retired: it is not read any more", plain(name)))
		case status.Reachable.Status == "True":
			fmt.Fprintf(f.console.out, "device/%s read\n", plain(name))
		default:
			if why := whyUnread(status.Reachable); why != told[name] {
				fmt.Fprintf(f.console.err, "device/%s has not been read%s\n", plain(name), why)
				told[name] = why
			}
			left = append(left, name)
		}
	}
	return left, errors.Join(faults...)
}
