package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// proposing is what propose was asked for.
type proposing struct {
	from, to                 []string
	direction, vlans, output string
}

var proposeOutputs = []string{"text", "json", "yaml"}

func proposeCommand(f *clientFlags) *cobra.Command {
	var p proposing
	cmd := &cobra.Command{
		Use:   "propose NAME --from DEVICE:INTERFACE... --to TOOL",
		Short: "Propose how copies come from ports to a tool: on one switch, over which trunks and in which VLAN, or over IP",
		Long: "Propose how the copies of a session come from its sources to its destination: on one switch; in a\n" +
			"remote VLAN over the trunks between switches, over the fewest links, of those the least full, with a\n" +
			"VLAN that nobody uses; or over IP. Links are those that devices declare, and what they hear of each\n" +
			"other. What is proposed would be accepted, by what was last read of the devices. Nothing is stored or\n" +
			"sent. -o yaml is the session in the first way that would do, for netmirror plan -f - and apply -f -.\n\n" +
			"Exit code 0: there is a way; 1: there is none, and why.",
		Example: "  netmirror propose phones --from acc-1:Gi1/0/14 --to ids-1\n" +
			"  netmirror propose phones --from acc-1:Gi1/0/14 --to acc-2:Gi1/0/48 --vlans 900-949 -o yaml | netmirror plan -f -",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ask, err := p.ask(args[0])
			if err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			list, err := cl.ProposeSession(cmd.Context(), ask)
			if err != nil {
				return err
			}
			return p.show(ask, list, f.paper())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&p.from, "from", nil, "DEVICE:INTERFACE, a range of them, or DEVICE:\"vlan 110\", that is copied; again for more")
	flags.StringArrayVar(&p.to, "to", nil, "tool, DEVICE:INTERFACE or IP address that gets the copies; again for more")
	flags.StringVar(&p.direction, "direction", "both", "rx (enters the switch), tx or both")
	flags.StringVar(&p.vlans, "vlans", "", "remote VLANs that may be proposed, such as 900-949,1200 (default: the controller's remote-vlans)")
	flags.StringVarP(&p.output, "output", "o", "text", "text, json, or yaml: the session, as apply -f takes it")
	_ = cmd.MarkFlagRequired("from") // it is there, and so is the other
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

var vlanSource = regexp.MustCompile(`^(?i)vlan ?(\d+)$`)

// ask is the session that is looked for.
func (p proposing) ask(name string) (ask client.WaysAsk, err error) {
	if !slices.Contains(proposeOutputs, p.output) {
		return ask, fmt.Errorf("output %q is none of %s", p.output, strings.Join(proposeOutputs, ", "))
	}
	ask.Name, ask.VLANs = name, p.vlans
	for _, text := range p.from {
		device, port, ok := strings.Cut(text, ":")
		if !ok || device == "" || port == "" {
			return ask, fmt.Errorf("--from %q is no DEVICE:INTERFACE", text)
		}
		src := client.Source{Device: device, Interface: port, Direction: p.direction}
		if m := vlanSource.FindStringSubmatch(port); m != nil {
			vlan, err := strconv.ParseInt(m[1], 10, 32)
			if err != nil {
				return ask, fmt.Errorf("--from %q: %w", text, err)
			}
			src.Interface, src.VLAN = "", &vlan
		}
		ask.Sources = append(ask.Sources, src)
	}
	for _, text := range p.to {
		device, port, isPort := strings.Cut(text, ":")
		_, err := netip.ParseAddr(text)
		switch {
		case err == nil:
			ask.Destinations = append(ask.Destinations, client.Destination{IP: text})
		case isPort:
			ask.Destinations = append(ask.Destinations, client.Destination{Device: device, Interface: port})
		default:
			ask.Destinations = append(ask.Destinations, client.Destination{Tool: text})
		}
	}
	return ask, nil
}

func (p proposing) show(ask client.WaysAsk, list client.WayList, out paper) error {
	var err error
	switch {
	case p.output == "json":
		err = writeJSON(out.out, list)
	case p.output == "yaml" && len(list.Ways) > 0:
		err = writeProposed(ask.Name, list.Ways[0].Spec, out)
	case p.output == "text":
		err = out.write(wayLines(list)...)
	}
	if err == nil && len(list.Ways) == 0 {
		err = errors.New("there is no way that would be accepted")
		if p.output == "yaml" {
			err = fmt.Errorf("%w%s", err, unfitText(list.Unfit))
		}
	}
	return err
}

// writeProposed writes a session as a manifest.
func writeProposed(name string, spec client.SessionSpec, out paper) error {
	b, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	session := map[string]any{}
	if err := json.Unmarshal(b, &session); err != nil {
		return err
	}
	session["name"] = name
	return writeYAML(out.out, map[string]any{"sessions": []any{session}})
}

// wayLines tell of each way what it takes, the first as the one to take, and then why the
// other kinds do not do.
func wayLines(list client.WayList) (out []line) {
	say := func(format string, args ...any) {
		for l := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
			out = append(out, line{{l, ""}})
		}
	}
	for i, w := range list.Ways {
		if i > 0 {
			out = append(out, nil)
		}
		out = append(out, line{{map[bool]string{true: "proposed: ", false: "or: "}[i == 0] + plain(w.Kind), bold}})
		say("  %s", plain(w.Message))
		for _, h := range w.Hops {
			var trunks []string
			for _, t := range h.Trunks {
				trunks = append(trunks, plain(t.Interface)+" to "+plain(t.To))
			}
			say("  %s  %s", plain(h.Device), strings.Join(trunks, ", "))
		}
		for _, f := range w.Forecast {
			word := map[string]string{"True": "fits"}[f.Admitted]
			say("  load: %s, %s: %s", where(f), cmp.Or(word, "not known whether it fits"), plain(f.Message))
		}
		for _, r := range w.Warnings {
			say("  warning: %s", placed(r))
		}
		say("  patch: %s", plain(string(w.Patch)))
	}
	if text := strings.TrimPrefix(unfitText(list.Unfit), "\n"); text != "" {
		if len(list.Ways) > 0 {
			out = append(out, nil)
		}
		say("%s", text)
	}
	if list.ReadAt != nil {
		say("by what was last read of the devices, the oldest at %s", list.ReadAt.UTC().Format(time.RFC3339))
	}
	return out
}

// unfitText is why kinds do not do, each reason on a line.
func unfitText(list []client.Unfit) string {
	var b strings.Builder
	for _, u := range list {
		fmt.Fprintf(&b, "\nnot %s:", plain(u.Kind))
		for _, r := range u.Reasons {
			b.WriteString("\n  " + placed(r))
		}
	}
	return b.String()
}
