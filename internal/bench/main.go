// Command bench measures netmirror against simulated switches beside the stock
// scrapligo driver doing the same lines, in one run: round trips counted by the
// switch, and times; Cisco IOS-XE at length, then every platform over a command
// line, every transport, and many switches at once. It prints figures and judges nothing; no test runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
)

const (
	runs     = 3               // of each figure; the median is shown
	enough   = 2 * time.Second // what takes longer waits for the switch, and is run once
	patience = 2 * time.Minute
	secret   = "bench"
	only     = "sw0" // the switch of a lab of one
)

const fabric = `
fabric:
  switches:
    - name: sw0
      platform: cisco_iosxe
      model: C9300-24T
      credentials: [{username: bench, password: bench, privilege: 1}]
      enableSecret: bench
      uptime: 1000h
      config: |
        snmp-server community public RO
`

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	switch args := os.Args[1:]; {
	case len(args) == 1 && args[0] == "platforms":
		return platforms(ctx)
	case len(args) > 0 && args[0] == "transports":
		return transports(ctx, args[1:]...)
	case len(args) == 1 && args[0] == "mixed":
		return mixed(ctx)
	case len(args) == 1 && args[0] == "fleet":
		return showFleet(ctx)
	case len(args) == 1 && args[0] == "watch":
		return showWatch(ctx)
	case len(args) == 1 && args[0] == "silent":
		return silent(ctx)
	case len(args) == 2 && args[0] == "profile":
		return profile(ctx, args[1])
	case len(args) == 1 && args[0] == "reads":
		return reads(ctx, "")
	case len(args) == 2 && args[0] == "reads":
		return reads(ctx, args[1])
	case len(args) == 1 && args[0] == "page":
		return pages(ctx, "")
	case len(args) == 2 && args[0] == "page":
		return pages(ctx, args[1])
	case len(args) == 2 && args[0] == "serve":
		return serveAPI(ctx, args[1])
	case len(args) == 2 && args[0] == "lab":
		return serveLab(ctx, args[1])
	case len(args) > 0:
		return errors.New("usage: bench [platforms | transports [PLATFORM | PLATFORM/PROTOCOL]... | mixed | fleet | watch | silent | reads [DIR] | page [DIR] | profile FILE]")
	}
	fmt.Println("Simulated Catalyst 9300.")
	legend()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, think := range []time.Duration{0, 200 * time.Millisecond} {
		for _, r := range []time.Duration{0, 2 * time.Millisecond, 30 * time.Millisecond} {
			fmt.Fprintf(w, "\nr = %v, %v thinking time a command\n", r, think)
			fmt.Fprintln(w, "  what\tnetmirror\tround trips\tscript, same reads\tround trips\tratio of times\tshort script\tround trips\tratio of times")
			rows, err := scenario(ctx, lab.Timing{Latency: lab.Duration(r), ThinkTime: lab.Duration(think)})
			if err != nil {
				return err
			}
			for _, row := range rows {
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\n", row.what, row.ours, row.careful, row.careful.ratio(row.ours), row.short, row.short.ratio(row.ours))
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return errors.Join(platforms(ctx), transports(ctx), silent(ctx), showFleet(ctx), showWatch(ctx), mixed(ctx), reads(ctx, ""))
}

func legend() {
	fmt.Printf("SSH on loopback; r = the added round-trip time. Each cell: median of %d runs (one where it takes more than %v);\n", runs, enough)
	fmt.Println("round trips counted at the switch's SSH transport (TCP and key exchange included when cold).")
}

// A figure is one measured action.
type figure struct {
	time  time.Duration
	trips int64
}

// String is the two cells of a figure.
func (f figure) String() string {
	if f.time == 0 {
		return "-\t-"
	}
	return fmt.Sprintf("%v\t%d", f.time.Round(100*time.Microsecond), f.trips)
}

// ratio is how much longer an action took than ours; above 1 we are faster.
func (f figure) ratio(ours figure) string {
	if f.trips == 0 || ours.time == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(f.time)/float64(ours.time))
}

type row struct {
	what                 string
	ours, careful, short figure
}

// measure runs an action several times and takes the medians; one that takes long is run
// once. count tells how many round trips there have been.
func measure(count func() int64, prepare, act func() error) (figure, error) {
	var times []time.Duration
	var trips []int64
	for range runs {
		if prepare != nil {
			if err := prepare(); err != nil {
				return figure{}, err
			}
		}
		before, start := count(), time.Now()
		if err := act(); err != nil {
			return figure{}, err
		}
		times = append(times, time.Since(start))
		trips = append(trips, count()-before)
		if times[0] > enough {
			break
		}
	}
	slices.Sort(times)
	slices.Sort(trips)
	return figure{times[len(times)/2], trips[len(trips)/2]}, nil
}

func scenario(ctx context.Context, timing lab.Timing) (rows []row, err error) {
	spec, err := lab.Load(strings.NewReader(fabric))
	if err != nil {
		return nil, err
	}
	l, err := lab.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	sw := l.Switch(only)
	sw.SetTiming(timing)
	order := []string{"create, first contact", "create, cold", "change, cold", "delete, cold", "resync, cold",
		"create, warm", "create, warm, load unknown", "change, warm", "delete, warm", "resync, warm", "sync of everything, warm", "the 5 lines alone, warm"}
	ours, err := measureOurs(ctx, catalyst, catalyst.at(sw), order)
	if err != nil {
		return nil, fmt.Errorf("netmirror: %w", err)
	}
	careful, err := measureStock(sw, true)
	if err != nil {
		return nil, fmt.Errorf("scrapligo, careful: %w", err)
	}
	short, err := measureStock(sw, false)
	if err != nil {
		return nil, fmt.Errorf("scrapligo: %w", err)
	}
	for _, what := range order {
		rows = append(rows, row{what, ours[what], careful[what], short[what]})
	}
	return rows, nil
}
