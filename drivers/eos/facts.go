package eos

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// parseFacts reads "show version | json" and "show hostname | json", as Ansible's
// arista.eos reads them. A device without the second has no name. mirror.ErrParse
// when there is no version.
func parseFacts(version, hostname string) (mirror.Facts, error) {
	var v struct {
		ModelName, Version, SerialNumber string
		Uptime                           float64 // seconds
	}
	var h struct{ Hostname string }
	err := object(showVersion, version, &v, func() bool { return v.Version != "" })
	if err == nil && !absent(hostname) {
		err = object(showHostname, hostname, &h, func() bool { return true })
	}
	if err != nil {
		return mirror.Facts{}, err
	}
	f := mirror.Facts{Hostname: h.Hostname, Model: v.ModelName, Version: v.Version, Serial: v.SerialNumber}
	if v.Uptime > 0 && v.Uptime < 1e9 { // what is more is a time of day
		f.Uptime = time.Duration(v.Uptime * float64(time.Second))
	}
	return f, nil
}

// object reads the reply to a command with "| json", in which what is asked for must
// be there: whole says so. Keys that are not asked for are of no concern, nor are
// warnings before it.
func object(command, reply string, to any, whole func() bool) error {
	if err := json.Unmarshal([]byte(strings.Join(unwarned(reply), "\n")), to); err != nil || !whole() {
		return text.ParseError(command, reply)
	}
	return nil
}

// unwarned is a reply without the warnings that it begins with.
func unwarned(reply string) []string {
	lines := said(reply)
	for len(lines) > 0 && lines[0][0] == '!' {
		lines = lines[1:]
	}
	return lines
}
