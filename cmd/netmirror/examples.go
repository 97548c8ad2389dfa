package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// examples are shown by --help of the commands whose own text has none, by what follows
// netmirror on the command line. What each begins with is left out.
var examples = map[string][]string{
	"adopt":               {"taps acc-1 5", "taps acc-1 5 --description 'by the security team'"},
	"backup":              {"/var/backups/netmirror.db", "before-update.db --data /var/lib/netmirror"},
	"clear-relief":        {"phones", "phones --context lab"},
	"context delete":      {"lab", "old-lab"},
	"context list":        {"", "| grep lab"},
	"context set":         {"lab --server https://netmirror.lab:8420 --token-file ~/.netmirror-lab", "lab --server https://netmirror.lab:8420 --token-file ~/.netmirror-lab --ca lab-ca.pem"},
	"context use":         {"lab", "home"},
	"credentials list":    {"", "--data /var/lib/netmirror"},
	"credentials migrate": {"--dry-run", "--data /var/lib/netmirror"},
	"credentials release": {"campus", "campus --data /var/lib/netmirror"},
	"credentials remove":  {"campus", "campus --data /var/lib/netmirror"},
	"demo":                {"", "--lab"},
	"devices check":       {"", "acc-1 acc-2"},
	"devices wait":        {"", "sw1 sw2 --timeout 30m"},
	"disable":             {"phones", "phones --server https://netmirror.lab:8420"},
	"enable":              {"phones", "phones --server https://netmirror.lab:8420"},
	"hostkey list":        {"", "--data /var/lib/netmirror"},
	"import containerlab": {"clab-mirrorlab", "clab-one/topology-data.json clab-two/topology-data.json --prefix --dry-run"},
	"import netbox":       {"https://netbox.example --netbox-token-file netbox.token --filter tag=netmirror --dry-run", "https://netbox.example --netbox-token-file netbox.token --filter site=berlin --platform home-made=openvswitch"},
	"pin-relief":          {"phones", "phones truncate"},
	"plan":                {"-f first.yaml", "-f sites/ -f 'sessions-*.yaml' -o ticket"},
	"release":             {"acc-1", "acc-1 acc-2"},
	"renew":               {"phones", "phones --for 4h"},
	"restore":             {"/var/backups/netmirror.db", "--replace /var/backups/netmirror.db"},
	"resume":              {"", "--context lab"},
	"serve":               {"--data ./netmirror-data", "--config /etc/netmirror/netmirror.yaml"},
	"token create":        {"alice --role operator", "grafana --role viewer"},
	"token list":          {"", "--data /var/lib/netmirror"},
	"token revoke":        {"tok-abc", "tok-abc --data /var/lib/netmirror"},
	"version":             {"", "--client"},
	"whoami":              {"", "--context lab"},
}

// showExamples gives commands their examples.
func showExamples(cmd *cobra.Command) {
	path := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	if list := examples[path]; cmd.Example == "" && len(list) > 0 {
		for i, rest := range list {
			if i > 0 {
				cmd.Example += "\n"
			}
			cmd.Example += strings.TrimRight("  "+cmd.CommandPath()+" "+rest, " ")
		}
	}
	for _, below := range cmd.Commands() {
		showExamples(below)
	}
}
