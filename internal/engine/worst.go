package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A list may be asked for the worst first. What is the worst changes while somebody turns
// the pages, so the order of the first page is remembered for those after it: nothing is in
// two of them, and what was there at the first page, and still is, is in one. A list that is
// not remembered any more goes on behind where it was, by what is the worst then.

// An Order says by what a list is sorted.
type Order string

// The orders.
const (
	ByName     Order = "name"
	WorstFirst Order = "worst"
)

// ordersRemembered bounds the lists of which pages are being turned.
const ordersRemembered = 32

// ranked is a place in an order: the lower the rank, the worse.
type ranked struct {
	rank int
	name string
}

func (r ranked) compare(o ranked) int {
	return cmp.Or(cmp.Compare(r.rank, o.rank), strings.Compare(r.name, o.name))
}

// orders remembers the newest orders of lists.
type orders struct {
	mu   sync.Mutex
	ids  []string
	kept map[string][]ranked
}

func (o *orders) keep(list []ranked) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept == nil {
		o.kept = map[string][]ranked{}
	}
	id := rand.Text()[:10]
	o.ids, o.kept[id] = append(o.ids, id), list
	for len(o.ids) > ordersRemembered {
		delete(o.kept, o.ids[0])
		o.ids = o.ids[1:]
	}
	return id
}

func (o *orders) of(id string) []ranked {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.kept[id]
}

// worstPage is a page of names, the worst first: those that match. order makes the order of
// all. next is where to go on, "" at the end.
func (o *orders) worstPage(p mirror.Page, order func() ([]ranked, error), matches func(string) (bool, error)) (names []string, next string, err error) {
	id, behind := "", ranked{rank: -1}
	var list []ranked
	if p.After != "" {
		var ok bool
		if id, behind, ok = placeOf(p.After); !ok {
			return nil, "", mirror.Refuse(mirror.ErrInvalid, []mirror.Reason{{Code: "bad-cursor", Message: "the cursor is none of a list that is sorted so"}})
		}
		list = o.of(id)
	}
	if list == nil {
		if list, err = order(); err != nil {
			return nil, "", err
		}
		slices.SortFunc(list, ranked.compare)
		id = ""
	}
	at, there := slices.BinarySearchFunc(list, behind, ranked.compare)
	if there {
		at++
	}
	for i, r := range list[at:] {
		if len(names) == p.Limit || i == mirror.MaxLooked { // the request stays bounded
			if id == "" {
				id = o.keep(list)
			}
			last := list[at+i-1]
			return names, fmt.Sprintf("%s:%d:%s", id, last.rank, last.name), nil
		}
		is, err := matches(r.name)
		if err != nil {
			return nil, "", err
		}
		if is {
			names = append(names, r.name)
		}
	}
	return names, "", nil
}

// placeOf takes a cursor apart.
func placeOf(after string) (id string, behind ranked, ok bool) {
	parts := strings.SplitN(after, ":", 3)
	if len(parts) != 3 {
		return "", ranked{}, false
	}
	rank, err := strconv.Atoi(parts[1])
	return parts[0], ranked{rank, parts[2]}, err == nil
}

// The ranks of tools, by the worst that is known of the copies that come to them.
const (
	toolLoses = iota
	toolCrowded
	toolBegins
	toolUnsure
	toolHealthy
	toolIdle
)

// toolRanks ranks all tools.
func (e *Engine) toolRanks(tx mirror.Tx) ([]ranked, error) {
	tools, err := tx.Tools(mirror.Page{})
	if err != nil {
		return nil, err
	}
	worst := e.tally.toolRanks()
	for _, l := range e.cfg.Watch.EndLoads() {
		if r, copies := worst[l.End.Tool]; l.Over && copies && r > toolCrowded {
			worst[l.End.Tool] = toolCrowded
		}
	}
	out := make([]ranked, len(tools))
	for i, t := range tools {
		out[i] = ranked{toolIdle, t.Name}
		if r, copies := worst[t.Name]; copies {
			out[i].rank = r
		}
	}
	return out, nil
}

// toolRanks is the worst of the sessions of each tool to which copies shall come.
func (t *tally) toolRanks() map[string]int {
	effective, healthy := slices.Index(mirror.ConditionTypes, mirror.CondEffective), slices.Index(mirror.ConditionTypes, mirror.CondDestinationHealthy)
	t.counts.RLock()
	defer t.counts.RUnlock()
	out := map[string]int{}
	for _, s := range t.by {
		if len(s.tools) == 0 || s.off || s.phase == mirror.Suspended || s.phase == mirror.Expired {
			continue
		}
		rank := toolHealthy
		switch e, h := s.statuses[effective], s.statuses[healthy]; {
		case s.phase == mirror.Undecided, s.phase == mirror.Applying, s.phase == mirror.Deleting:
			rank = toolBegins
		case e == mirror.False:
			rank = toolLoses
		case h == mirror.False:
			rank = toolCrowded
		case e != mirror.True || h != mirror.True:
			rank = toolUnsure
		}
		for _, tool := range s.tools {
			if was, there := out[tool]; !there || rank < was {
				out[tool] = rank
			}
		}
	}
	return out
}

// The ranks of devices.
const (
	deviceAway = iota
	deviceBraked
	deviceUnread
	deviceQuiet // in maintenance, or only observed
	deviceFine
	deviceRetired
)

// ranks ranks the devices of a pick.
func (t *deviceTally) ranks(pick DevicePick) []ranked {
	names := t.after(pick, "")
	t.counts.RLock()
	defer t.counts.RUnlock()
	out := make([]ranked, 0, len(names))
	for _, name := range names {
		d, there := t.by[name]
		if !there {
			continue
		}
		rank := deviceFine
		switch {
		case d.retired:
			rank = deviceRetired
		case d.reachable == mirror.False:
			rank = deviceAway
		case !d.braked.IsZero():
			rank = deviceBraked
		case d.reachable != mirror.True:
			rank = deviceUnread
		case d.maintenance || d.mode == mirror.ModeObserve:
			rank = deviceQuiet
		}
		out = append(out, ranked{rank, name})
	}
	return out
}

// matching tells which of a kind are as asked.
func matching(tx mirror.Tx, kind mirror.Resource, s mirror.Selection) func(string) (bool, error) {
	return func(name string) (bool, error) {
		if s.Empty() {
			return true, nil
		}
		return tx.Matches(kind, s, name)
	}
}

// WorstDevices lists devices as SelectDevices does, the worst first: those that are away,
// braked, never read, held back by their entry, in order, retired; each by name.
func (e *Engine) WorstDevices(ctx context.Context, s mirror.Selection, pick DevicePick, p mirror.Page) (views []DeviceView, next string, err error) {
	if err := e.catchUp(ctx); err != nil {
		return nil, "", err
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var names []string
		names, next, err = e.orders.worstPage(p, func() ([]ranked, error) { return e.deviceTally.ranks(pick), nil }, matching(tx, mirror.ResourceDevice, s))
		if err != nil {
			return err
		}
		found, err := named(names, func(name string) (mirror.Device, error) { d, _, err := tx.Device(name); return d, err })
		if err != nil {
			return err
		}
		views, err = shown(found, func(d mirror.Device) (DeviceView, error) { return e.viewDevice(tx, d) })
		return err
	})
	return views, next, err
}

// WorstTools lists tools as SelectTools does, the worst first: copies to them do not arrive,
// there are too many, they begin, nobody knows, all is well, there are none; each by name.
func (e *Engine) WorstTools(ctx context.Context, s mirror.Selection, p mirror.Page) (views []ToolView, next string, err error) {
	if err := e.catchUp(ctx); err != nil {
		return nil, "", err
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var names []string
		names, next, err = e.orders.worstPage(p, func() ([]ranked, error) { return e.toolRanks(tx) }, matching(tx, mirror.ResourceTool, s))
		if err != nil {
			return err
		}
		found, err := named(names, func(name string) (mirror.Tool, error) { t, _, err := tx.Tool(name); return t, err })
		if err != nil {
			return err
		}
		views, err = shown(found, func(t mirror.Tool) (ToolView, error) { return viewTool(tx, t) })
		return err
	})
	return views, next, err
}

func viewTool(tx mirror.Tx, t mirror.Tool) (ToolView, error) {
	author, err := tx.Authorship(mirror.ResourceTool, t.Name)
	return ToolView{Tool: t, Author: author}, err
}
