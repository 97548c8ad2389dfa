package eos

import (
	"encoding/json"
	"fmt"
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
	if err := object(showVersion, version, &v); err != nil {
		return mirror.Facts{}, err
	}
	if v.Version == "" {
		return mirror.Facts{}, text.ParseError(showVersion, version)
	}
	if strings.HasPrefix(strings.TrimSpace(hostname), "{") {
		if err := object(showHostname, hostname, &h); err != nil {
			return mirror.Facts{}, err
		}
	}
	f := mirror.Facts{Hostname: h.Hostname, Model: v.ModelName, Version: v.Version, Serial: v.SerialNumber}
	if v.Uptime > 0 && v.Uptime < 1e9 { // what is more is a time of day
		f.Uptime = time.Duration(v.Uptime * float64(time.Second))
	}
	return f, nil
}

// object reads the reply to a command with "| json". Keys that are not asked for
// are of no concern.
func object(command, reply string, to any) error {
	if err := json.Unmarshal([]byte(reply), to); err != nil {
		return fmt.Errorf("%w (%v)", text.ParseError(command, reply), err)
	}
	return nil
}
