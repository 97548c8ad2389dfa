package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/lab"
)

// labExample is a file that the lab takes, as its help shows it.
const labExample = `fabric:
  control: 127.0.0.1:8500                  # an API for faults and counters; without it there is none
  switches:
    - name: acc-1
      platform: cisco_iosxe
      model: C9300-24T
      ssh: {listen: "127.0.0.1:2201", hostKeySeed: acc-1}     # default: a free port, a new key each time
      credentials: [{username: netmirror, password: demo, privilege: 1}]
      enableSecret: demo-enable
      snmp: {listen: "127.0.0.1:16101", community: public}    # default: no agent
      config: |
        interface TenGigabitEthernet1/1/1
         description uplink
    - {name: dist-1, platform: cisco_iosxe, model: C9300-24T}  # default login: admin, admin
    - {name: leaf-1, platform: arista_eos, version: 4.35.0F}
    - {name: leaf-2, platform: cisco_nxos, model: N9K-C93180YC-EX}
    - {name: core-1, platform: cisco_iosxr, model: NCS-5500}
    - {name: leaf-3, platform: nokia_srl, gnmi: {}}            # gNMI, TLS by the lab's authority: /authority of the control API
    - name: ex-1
      platform: juniper_junos
      model: ex4300-48t
      config: |
        set interfaces ge-0/0/47 unit 0 family ethernet-switching interface-mode trunk
    - name: plain-1                        # no command line: SNMP alone writes to it
      platform: snmp_smon
      snmp: {users: [{name: netmirror, auth: sha256, password: demo-auth, privacy: demo-privacy, write: true}]}
      settings: {fixedDirection: true}     # what its agent does not do
    - name: plain-2
      platform: snmp_fastpath
      snmp: {community: public, writeCommunity: private}
      settings: {brand: edgeswitch, sessions: 4}
  links:
    - {a: "acc-1:Te1/1/1", b: "dist-1:Te1/1/1"}
  hosts:                                   # a port is up where a host is plugged in, or a link
    - {at: "acc-1:Gi1/0/5", name: pc, mac: 0200.0000.0001}
    - {at: "ex-1:ge-0/0/1", name: server}
  traffic:                                 # of frames of 500 octets, unless framesPerSecond says otherwise
    - {at: "acc-1:Gi1/0/5", direction: in, bitsPerSecond: 40M, framesPerSecond: 10000}
    - {at: "acc-1:Gi1/0/5", direction: out, bitsPerSecond: 900M, square: {period: 2m, high: 30s, low: {bitsPerSecond: 1M}}}
    - {at: "acc-1:Gi1/0/6", direction: in, bitsPerSecond: 1M, burst: {bitsPerSecond: 1G, after: 10s, length: 2s, every: 1m}}
    - at: acc-1:Gi1/0/7
      direction: in
      repeat: 1m                           # without it the last rate stays
      series: [{seconds: 0, bitsPerSecond: 5M}, {seconds: 20.5, bitsPerSecond: 80M, framesPerSecond: 9000}, {seconds: 40}]
`

func shifted(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

func labCommand(c console) *cobra.Command {
	var file, example, check string
	cmd := &cobra.Command{
		Use:   "lab {-f FILE | --example[=devices] | --check URL}",
		Short: "Run a fabric of simulated switches on loopback",
		Long: "Runs the switches that a YAML file describes in one process, each over its real\n" +
			"protocol on loopback, until Ctrl-C. They are simulations, made after recordings and documents of\n" +
			"real devices: good for trying and for tests, no proof about your switches.\n\n" +
			"--example prints a fabric of three switches, over which the README's sessions over several switches\n" +
			"can be typed, and --example=devices the devices of it for netmirror apply.\n\n" +
			"Platforms: " + strings.Join(lab.Platforms(), ", ") + ".",
		Example: "  netmirror lab --example > three.yaml\n" +
			"  netmirror lab -f fabric.yaml\n" +
			"  ssh -p 2201 netmirror@127.0.0.1\n" +
			"  curl -X PUT http://127.0.0.1:8500/switches/acc-1/faults -d '{\"silent\": true}'      # {} ends it\n" +
			"  curl -X PUT http://127.0.0.1:8500/switches/acc-1/timing -d '{\"thinkTime\": \"200ms\"}'\n" +
			"  curl -X PUT 'http://127.0.0.1:8500/switches/acc-1/traffic?port=Gi1/0/5&direction=in' -d '[{\"bitsPerSecond\": \"900M\"}]'\n" +
			"  curl -X POST http://127.0.0.1:8500/switches/acc-1/counters/clear\n" +
			"  curl -X POST http://127.0.0.1:8500/switches/acc-1/reload\n\n" +
			"fabric.yaml:\n" + shifted(labExample),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case check != "" && file+example == "":
				return checkLab(cmd.Context(), check, c.out)
			case check != "" || (file == "") == (example == ""):
				return usage("give a file (-f), --example or --check, one of them")
			case example != "":
				return printExample(example, c.out)
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				return failure{err, 2}
			}
			spec, err := lab.Load(bytes.NewReader(raw))
			if err := errors.Join(checkNumbers(raw), err); err != nil {
				return failure{fmt.Errorf("%s: %w", file, err), 2}
			}
			l, err := lab.Start(cmd.Context(), spec)
			if err != nil {
				return err
			}
			defer l.Close()
			w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SWITCH\tSSH\tSNMP\tGNMI\tNETCONF")
			for _, s := range l.Switches() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Name(), cmp.Or(s.Addr(), "-"), cmp.Or(s.SNMPAddr(), "-"), cmp.Or(s.GNMIAddr(), "-"), cmp.Or(s.NETCONFAddr(), "-"))
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if at := l.ControlAddr(); at != "" {
				fmt.Fprintf(c.out, "control API for faults on http://%s (no authentication)\n", at)
			}
			fmt.Fprintln(c.out, "simulated switches; Ctrl-C ends them")
			<-cmd.Context().Done()
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "YAML file of the fabric")
	cmd.Flags().StringVar(&check, "check", "", "tell by the exit code whether a lab runs whose control API has this URL")
	cmd.Flags().StringVar(&example, "example", "", "print a fabric to try with, or its devices (=devices)")
	cmd.Flags().Lookup("example").NoOptDefVal = "fabric"
	return cmd
}
