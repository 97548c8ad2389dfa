package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A platform is one that this program drives, over one protocol.
type platform struct {
	Platform     string              `json:"platform"`
	Protocol     string              `json:"protocol"`
	Model        string              `json:"model,omitempty"`
	Capabilities mirror.Capabilities `json:"capabilities"`
}

func platformsCommand(f *clientFlags) *cobra.Command {
	var output, model string
	cmd := &cobra.Command{
		Use:   "platforms [PLATFORM...]",
		Short: "Show the platforms that this program drives, and what they can do; nobody is asked",
		Long: "Show the platforms that this program drives, over which protocols, and what every device of them can do.\n" +
			"unverified is documented, and was never seen on recorded output. What a device can do that is stored is told\n" +
			"by netmirror get device NAME -o json; it may be more, as its model allows.",
		Example: "  netmirror platforms\n  netmirror platforms openvswitch -o json\n  netmirror platforms -o wide",
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains([]string{"table", "wide", "json", "yaml", "name"}, output) {
				return failure{fmt.Errorf("output %q is none of table, wide, json, yaml, name", output), exitUsage}
			}
			list, err := platformsOf(args, model)
			if err != nil {
				return failure{err, exitUsage}
			}
			return showPlatforms(f, list, output)
		},
		ValidArgsFunction: func(_ *cobra.Command, have []string, typed string) (out []string, _ cobra.ShellCompDirective) {
			for _, name := range platformNames() {
				if strings.HasPrefix(name, typed) && !slices.Contains(have, name) {
					out = append(out, name)
				}
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, wide, json, yaml or name")
	cmd.Flags().StringVar(&model, "model", "", "what a device of this model can do, instead of every device")
	return cmd
}

func platformNames() (out []string) {
	for _, d := range drivers.All() {
		if !slices.Contains(out, d.Platform) {
			out = append(out, d.Platform)
		}
	}
	return out
}

func platformsOf(names []string, model string) (out []platform, err error) {
	for _, name := range names {
		if !slices.Contains(platformNames(), name) {
			return nil, fmt.Errorf("there is no platform %q; there are %s", name, strings.Join(platformNames(), ", "))
		}
	}
	for _, d := range drivers.All() {
		if len(names) == 0 || slices.Contains(names, d.Platform) {
			out = append(out, platform{d.Platform, d.Protocol, model, d.Capabilities(mirror.Facts{Model: model})})
		}
	}
	return out, nil
}

func showPlatforms(f *clientFlags, list []platform, output string) error {
	t := &table{columns: platformColumns}
	var trees []resource
	for _, p := range list {
		var r resource
		if err := retyped(p, &r); err != nil {
			return err
		}
		levels(map[string]any(r))
		trees = append(trees, r)
		t.add(r)
	}
	switch output {
	case "json":
		return writeJSON(f.console.out, trees)
	case "yaml":
		return writeYAML(f.console.out, trees)
	case "name":
		for _, p := range list {
			fmt.Fprintf(f.console.out, "%s/%s\n", p.Platform, p.Protocol)
		}
		return nil
	}
	return f.paper().table(t, output == "wide")
}

// levels says no where nothing is said, as the API does.
func levels(v any) {
	switch v := v.(type) {
	case map[string]any:
		if level, ok := v["level"]; ok && level == "" {
			v["level"] = "no"
		}
		for _, x := range v {
			levels(x)
		}
	case []any:
		for _, x := range v {
			levels(x)
		}
	}
}

// platformColumns say of each thing that people ask for whether it can be.
var platformColumns = []column{field("PLATFORM", "platform").name(), field("OVER", "protocol").name(),
	able("SPAN", "roles.local"), able("RSPAN", "roles.rspan-source"), able("ERSPAN", "roles.erspan-source"), able("FILTER", "filter"),
	able("VLANS", "sources.vlan.rx").wide(), able("TRUNCATE", "truncate").wide(), able("SAMPLE", "sample").wide(), able("STRIP TAGS", "tagsStrip").wide(),
	computed("COUNTED", func(r resource) string { return r.at("capabilities.counting.at") }).wide(),
	computed("NATIVE", nativeLimit).number()}

func able(head, at string) column {
	return computed(head, func(r resource) string {
		switch level := r.at("capabilities." + at + ".level"); level {
		case "", "no":
			return "-"
		default:
			return level
		}
	}).needed(1)
}

// nativeLimit is how many native sessions a device has room for.
func nativeLimit(r resource) string {
	limits, _ := r.value("capabilities.limits").([]any)
	for _, l := range limits {
		if m, _ := l.(map[string]any); m["counts"] == "sessions" {
			return resource(m).at("max")
		}
	}
	return ""
}
