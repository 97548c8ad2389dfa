package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// slack is what a create may take beside its round trips.
const slack = 10 * time.Millisecond

// A way is a platform over one of its transports.
type way struct {
	kind
	budget int // round trips in which a warm create is to be seen done, 0 = none is set
}

// modelled are the platforms over what is no command line.
var modelled = []way{
	{kind{platform: "arista_eos", protocol: "gnmi", spec: "model: DCS-7050SX3-48YC8, gnmi: {}, " + login, ports: "Ethernet%d"}, 3},
	{kind{platform: "cisco_nxos", protocol: "gnmi", spec: "model: N9K-C93180YC-EX, version: 10.6(2), gnmi: {}, " + login, ports: "Ethernet1/%d"}, 4},
	{kind{platform: "nokia_srl", protocol: "gnmi", spec: "gnmi: {}, config: \"" + subInterfaces + "\", " + login, ports: "ethernet-1/%d"}, 3},
	{kind{platform: "cisco_iosxe", protocol: "gnmi", spec: "model: C9300-24T, gnmi: {}, " + login, ports: "GigabitEthernet1/0/%d"}, 4},
	{kind{platform: "cisco_iosxe", protocol: "netconf", spec: "model: C9300-24T, netconf: {}, " + login, ports: "GigabitEthernet1/0/%d"}, 6},
	{kind{platform: "cisco_iosxr", protocol: "netconf", spec: "model: NCS-5501, netconf: {}, " + login, ports: "TenGigE0/0/0/%d"}, 0}, // as below
	{kind{platform: "cisco_iosxr", protocol: "netconf", spec: "model: NCS-5501, netconf: {}, " + login, ports: "TenGigE0/0/0/%d", trial: mirror.ConfirmNone}, 6},
	{kind{platform: "juniper_junos", protocol: "netconf", spec: "model: ex4300-48t, netconf: {}, " + login, ports: "ge-0/0/%d"}, 0}, // a trial, which is confirmed over a new login
	{kind{platform: "juniper_junos", protocol: "netconf", spec: "model: ex4300-48t, netconf: {}, " + login, ports: "ge-0/0/%d", trial: mirror.ConfirmNone}, 6},
	{kind{platform: "snmp_fastpath", protocol: "snmp", spec: "model: FASTPATH switch", ports: "1/0/%d"}, 4},
	{kind{platform: "snmp_smon", protocol: "snmp", spec: "model: SMON switch", ports: "gi%d"}, 3},
}

const login = "credentials: [{username: bench, password: bench}]"

// subInterfaces are those of the ports that are copied.
const subInterfaces = `set / interface ethernet-1/1 subinterface 0 type bridged\nset / interface ethernet-1/2 subinterface 0 type bridged\n` +
	`set / interface ethernet-1/3 subinterface 0 type bridged\nset / interface ethernet-1/4 subinterface 0 type bridged\n`

// byTransport are the rows of a way.
var byTransport = []string{"create, warm", "resync, warm", "sync of everything, warm"}

// ways are all of them, or those that are named: by platform, or platform/protocol.
func ways(named ...string) (out []way) {
	for _, k := range kinds {
		out = append(out, way{kind: k})
	}
	return slices.DeleteFunc(append(out, modelled...), func(y way) bool {
		return len(named) > 0 && !slices.Contains(named, y.platform) && !slices.Contains(named, y.platform+"/"+y.over())
	})
}

// transports prints what making a session and seeing it there costs over each transport,
// or those that are named, beside the pure time of its round trips.
func transports(ctx context.Context, named ...string) error {
	fmt.Println("\nA session of four ports over each transport; a create is seen in the switch's configuration, and saved where nothing commits.")
	fmt.Println("resync: everything is as it was, measured as a preview, which reads the session's ports besides.")
	fmt.Println("Where a push is a trial, it is confirmed over a new login when it was seen; no trial: it stands at once.")
	fmt.Println("A device whose sessions have numbers that a push would write over is looked at right before it, over gNMI and SNMP by a round trip more.")
	fmt.Printf("Round trips are counted at the switch: below a command line's SSH and OVSDB, else as what was asked when an answer had come, logins aside; budget = n r + %v. Median of %d runs.\n", slack, runs)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range []time.Duration{0, 2 * time.Millisecond, 30 * time.Millisecond} {
		fmt.Fprintf(w, "\nr = %v\n", r)
		fmt.Fprintln(w, "  platform\ttransport\twhat\ttime\tround trips\ttime / r\ttime / (round trips r)\tbudget")
		for _, y := range ways(named...) {
			if err := y.print(ctx, w, r, y.onLab); err != nil {
				return err
			}
		}
		if len(named) == 0 {
			if err := printOVSDB(ctx, w, r); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// print writes the rows of a way, measured by do.
func (y way) print(ctx context.Context, w *tabwriter.Writer, r time.Duration, do func(context.Context, time.Duration) (map[string]figure, error)) error {
	figures, err := do(ctx, r)
	if err != nil {
		return fmt.Errorf("%s over %s: %w", y.platform, y.over(), err)
	}
	for _, what := range byTransport {
		f := figures[what]
		budget := "-"
		if y.budget > 0 && what == byTransport[0] {
			budget = (time.Duration(y.budget)*r + slack).String()
		}
		if y.trial == mirror.ConfirmNone {
			what += ", no trial"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", y.platform, y.over(), what, f, over(f.time, r), over(f.time, time.Duration(f.trips)*r), budget)
	}
	return nil
}

// over is how many times as long as another a time is.
func over(t, of time.Duration) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(t)/float64(of))
}

// onLab measures a way on a simulated switch.
func (y way) onLab(ctx context.Context, r time.Duration) (map[string]figure, error) {
	spec, err := lab.Load(strings.NewReader(described([]kind{y.kind}, 1)))
	if err != nil {
		return nil, err
	}
	l, err := lab.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	sw := l.Switch(only)
	sw.SetTiming(lab.Timing{Latency: lab.Duration(r)})
	return measureOurs(ctx, y.kind, y.at(sw), byTransport)
}
