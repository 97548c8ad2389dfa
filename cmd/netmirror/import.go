package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/inventory"
	"github.com/netmirror/netmirror/inventory/containerlab"
)

func importCommand(f *clientFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Bring in devices and tools from where they are known already",
		Long: "Bring in devices and tools from where they are known already. An import is the whole of what its\n" +
			"source knows: what it knew before and does not any more becomes retired, and is never deleted by\n" +
			"itself. Entries of a source are changed by importing again, and by nothing else.",
	}
	cmd.AddCommand(importContainerlabCommand(f), importNetBoxCommand(f))
	return cmd
}

// catalogue is what importers ask of the platforms there are.
func catalogue() inventory.Catalogue {
	return inventory.Catalogue{Serves: drivers.Serves, Port: drivers.Port}
}

func importContainerlabCommand(f *clientFlags) *cobra.Command {
	im := importing{flags: f, source: mirror.ManagedByContainerlab}
	o := containerlab.Options{Catalogue: catalogue()}
	none := false
	cmd := &cobra.Command{
		Use:   "containerlab {{DIR | FILE}... | --none}",
		Short: "Devices, cables and tools of labs of containerlab",
		Long: "Devices, cables and tools of labs of containerlab: of the folder clab-LAB that a deploy leaves, or of one\n" +
			"of its files, or of what `containerlab inspect -f json` prints. All labs go in one import.\n\n" +
			"Logins are never taken from these files. A device gets the credentials profile of --profile, or the one\n" +
			"that is made for its address; where there is none, the command that makes one is printed.\n\n" +
			"Labels of nodes: netmirror-tool: NAME makes a tool of the switch port that the node is cabled to,\n" +
			"netmirror-capacity: 1G says how much it takes, netmirror-driver: PLATFORM[/PROTOCOL][:PORT] what drives\n" +
			"a node, netmirror-bridge which of its bridges, netmirror-ports: eth1=NAME,... how it calls its ports.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			if none == (len(paths) > 0) {
				return usage("give folders or files of labs, or --none")
			}
			labs, err := loadLabs(paths)
			if err != nil {
				return err
			}
			return im.run(cmd.Context(), func(profiles []mirror.Profile) (inventory.Found, error) {
				o.Profiles = profiles
				return containerlab.Entries(labs, o), nil
			})
		},
	}
	cmd.Flags().StringVar(&o.Profile, "profile", "", "credentials profile of all devices that log in (default: the one that is made for the address)")
	cmd.Flags().BoolVar(&none, "none", false, "there is no lab any more: everything that came from one becomes retired")
	cmd.Flags().BoolVar(&o.Prefix, "prefix", false, "put the name of the lab before the names of devices and tools")
	im.commonFlags(cmd)
	return cmd
}

func loadLabs(paths []string) (labs []containerlab.Lab, err error) {
	var faults []error
	for _, path := range paths {
		more, err := containerlab.Load(path)
		if err != nil {
			faults = append(faults, err)
		}
		labs = append(labs, more...)
	}
	return labs, errors.Join(faults...)
}

// importing is one import through the API.
type importing struct {
	flags          *clientFlags
	source         string
	dryRun, shrink bool
	output         string
}

func (im *importing) commonFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&im.dryRun, "dry-run", false, "tell what would become of each object, and store nothing")
	cmd.Flags().StringVarP(&im.output, "output", "o", "text", "text or json")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// run asks the source, by the profiles that there are, has the controller take what it
// knows, and tells what became of it.
func (im *importing) run(ctx context.Context, ask func([]mirror.Profile) (inventory.Found, error)) error {
	if im.output != "text" && im.output != "json" {
		return usage("output %q is none of text, json", im.output)
	}
	cl, err := im.flags.open()
	if err != nil {
		return err
	}
	var profiles []mirror.Profile
	for p, err := range cl.AllCredentials(ctx, client.ListCredentialsOptions{Limit: 500}) {
		if err != nil {
			return fmt.Errorf("which credentials profiles there are: %w", err)
		}
		profiles = append(profiles, mirror.Profile{Name: p.Name, For: p.For, Problem: p.Problem})
	}
	found, err := ask(profiles)
	if err != nil {
		return err
	}
	send := cl.Import
	if im.dryRun {
		send = cl.DryRunImport
	}
	result, err := send(ctx, im.source, bodyOfImport(found), client.ImportOptions{Shrink: im.shrink})
	var problem *client.Problem
	if errors.As(err, &problem) && slices.ContainsFunc(problem.Errors, func(r client.Reason) bool { return r.Code == engine.CodeShrunk }) {
		err = fmt.Errorf("%w\n  --shrink says that it is right", err)
	}
	if err != nil {
		if im.output == "text" { // why less was found than there was
			im.remarks(found)
		}
		return err
	}
	if im.output == "json" {
		if err := writeJSON(im.flags.console.out, reportOf(result, found)); err != nil {
			return err
		}
		return refusedOf(result)
	}
	return im.tell(result, found)
}

// refusedOf is the failure of an import of which something is refused.
func refusedOf(result client.ImportResult) error {
	refused := 0
	for _, o := range result.Objects {
		if o.Action == "refused" {
			refused++
		}
	}
	if refused == 0 {
		return nil
	}
	return failure{fmt.Errorf("%d of %d objects are refused", refused, len(result.Objects)), exitFailed}
}

// bodyOfImport is what was found, as the API takes it.
func bodyOfImport(found inventory.Found) client.ImportBody {
	body := client.ImportBody{Devices: []client.ImportedDevice{}}
	for _, d := range found.Devices {
		t := d.Transports.Config
		spec := client.DeviceSpec{Platform: d.Platform, Labels: d.Labels,
			Transports: client.Transports{Config: client.Transport{Protocol: t.Protocol, Address: t.Address, Bridge: t.Bridge, Credentials: t.Credentials, Insecure: t.Insecure}}}
		if t.Port != 0 {
			port := int64(t.Port)
			spec.Transports.Config.Port = &port
		}
		for _, l := range d.Links {
			spec.Links = append(spec.Links, client.Link{Interface: l.Interface, Device: l.Device, PeerInterface: l.PeerInterface})
		}
		body.Devices = append(body.Devices, client.ImportedDevice{Name: d.Name, Spec: spec})
	}
	for _, t := range found.Tools {
		spec := client.ToolSpec{Device: t.Device, Interface: t.Interface, Labels: t.Labels}
		if t.Capacity != 0 {
			capacity := int64(t.Capacity)
			spec.Capacity = &capacity
		}
		body.Tools = append(body.Tools, client.ImportedTool{Name: t.Name, Spec: spec})
	}
	return body
}

// inEntry is the part of a pointer that says which entry of an import is meant.
var inEntry = regexp.MustCompile(`^/(devices|tools)/[0-9]+/?`)

// The words of a dry run.
var wouldBe = map[string]string{"created": "would be created", "changed": "would be changed", "retired": "would be retired", "refused": "would be refused"}

func (im *importing) tell(result client.ImportResult, found inventory.Found) error {
	out := im.flags.console.out
	counts := map[string]int{}
	said := func(action string) string {
		if would, ok := wouldBe[action]; ok && result.DryRun {
			return would
		}
		return action
	}
	for _, o := range result.Objects {
		counts[o.Action]++
		line := fmt.Sprintf("%s/%s %s", o.Kind, plain(o.Name), said(o.Action))
		switch o.Action {
		case "changed":
			line += ": " + strings.Join(o.Changed, ", ")
		case "retired":
			line += ": it is not in the source any more"
		case "refused":
			for _, r := range o.Reasons {
				line += "\n  " + strings.TrimPrefix(inEntry.ReplaceAllString(r.Pointer, "")+": "+plain(r.Message), ": ")
			}
		}
		fmt.Fprintln(out, line)
	}
	im.remarks(found)
	for _, m := range found.Missing {
		fmt.Fprintf(out, "no credentials profile for %s; on the controller's host, and then import again:\n  %s\n", plain(strings.Join(m.Devices, ", ")), plain(m.Command()))
	}
	var parts []string
	for _, action := range []string{"created", "changed", "unchanged", "retired", "refused"} {
		if n := counts[action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, said(action)))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing to import"}
	}
	fmt.Fprintln(im.flags.console.err, strings.Join(parts, ", "))
	return refusedOf(result)
}

// remarks tells what was noticed when entries were made of the source.
func (im *importing) remarks(found inventory.Found) {
	for _, list := range []struct {
		word    string
		remarks []inventory.Remark
	}{{"skipped", found.Skipped}, {"warning", found.Warnings}} {
		for _, r := range list.remarks {
			about := ""
			if r.About != "" {
				about = " " + plain(r.About)
			}
			fmt.Fprintf(im.flags.console.out, "%s%s: %s\n", list.word, about, plain(r.Message))
		}
	}
}
