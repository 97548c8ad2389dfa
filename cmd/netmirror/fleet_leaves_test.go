package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
)

// How the Arista switches of a fleet are pushed to: by lines that stand, and by commits
// that go back unless they are confirmed. Their clock runs three times as fast, so that
// a commit goes back (3 s + 6 s) / 3 after it was made.
const (
	byLines   = ``
	byCommits = `,"confirm":"timer","confirmWindow":"3s","confirmGrace":"1s"`
	leafClock = 3
)

// pushTimeout bounds a push, and with it how long a commit may still come of which the
// controller that sent it died.
const pushTimeout = "5s"

// ourName begins the lines of the sessions that netmirror made on an Arista switch.
var ourName = regexp.MustCompile(`^monitor session (nm-[a-z2-7]{10}) `)

const leafConfig = `
vlan 10
   name users
interface Ethernet5
   description somebody's
   switchport access vlan 10
monitor session theirs source Ethernet20 rx
monitor session theirs destination Ethernet21
`

// addLeaves adds Arista switches, which list what waits as before and as from 4.32.
func addLeaves(f *lab.FabricSpec, n int) {
	f.ClockFactor = leafClock
	for i := range n {
		f.Switches = append(f.Switches, lab.SwitchSpec{Name: fmt.Sprintf("leaf-%d", i), Platform: "arista_eos", Version: []string{"4.30.4M", "4.35.0F"}[i%2],
			Credentials: []lab.CredentialSpec{{Username: "netmirror", Password: "demo"}}, SSH: lab.SSHSpec{HostKeySeed: fmt.Sprint("leaf key", i)},
			Limits: &lab.LimitsSpec{SourceSessions: 16}, Uptime: lab.Duration(1000 * time.Hour), Config: leafConfig})
	}
}

// leafBody draws an intent on an Arista switch, with one destination or two.
func (f *fleet) leafBody(name string) string {
	on, slot := f.leaves[f.rnd.IntN(len(f.leaves))].Name(), int(name[len(name)-1]-'0')
	direction := []string{"rx", "tx", "both"}[f.rnd.IntN(3)]
	second := ""
	if f.rnd.IntN(2) == 0 {
		second = fmt.Sprintf(`,{"device":%q,"interface":"Et%d"}`, on, 40+slot%8)
	}
	return fmt.Sprintf(`{"sources":[{"device":%[1]q,"interface":"Ethernet%[2]d","direction":%[3]q},{"device":%[1]q,"interface":"Et6-8","direction":"rx"}],
		"destinations":[{"device":%[1]q,"interface":"Ethernet%[4]d"}%[5]s]}`, on, 1+f.rnd.IntN(3), direction, 30+slot, second)
}

// leafHolds: as many sessions of ours are on an Arista switch as are wanted, and no
// candidate of ours is left.
func (f *fleet) leafHolds(what string, sw *lab.Switch, want int) {
	f.t.Helper()
	names := map[string]bool{}
	for line := range strings.Lines(sw.RunningConfig()) {
		if m := ourName.FindStringSubmatch(line); m != nil {
			names[m[1]] = true
		}
	}
	if len(names) != want {
		f.fail("%s: %s holds %v, want %d", what, sw.Name(), names, want)
	}
	if list := sw.Exec("show configuration sessions"); pendingRow.MatchString(list) || ourTimer.MatchString(list) {
		f.fail("%s: something waits on %s:\n%s", what, sw.Name(), list)
	}
}

// ourTimer is a commit of ours that waits, as it is listed before and from 4.32.
var ourTimer = regexp.MustCompile(`(?m)^Session with pending commit timer: nm-|^[ *] +nm-\S+ +pendingCommitTimer`)

// lapse lets the time of commits that wait run out, and tells on which switches there
// was one of ours.
func (f *fleet) lapse() (on []string) {
	for _, sw := range f.leaves {
		if ourTimer.MatchString(sw.Exec("show configuration sessions")) {
			on = append(on, sw.Name())
		}
		sw.Lapse()
	}
	return on
}

// hear reads the events that it has not read yet, and notes by device when it was told
// that one went back by itself.
func (f *fleet) hear() {
	f.t.Helper()
	for {
		var page struct {
			Items []struct {
				Type, Device string
				At           time.Time
			}
			NextCursor string
		}
		f.call("GET", "/events?limit=500&cursor="+f.heard, "", 200).into(f.t, &page)
		for _, e := range page.Items {
			if e.Type == "DeviceWentBack" {
				f.back[e.Device] = e.At
				f.backs++
			}
		}
		f.heard = page.NextCursor
		if len(page.Items) == 0 {
			return
		}
	}
}
