package engine

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// carries reports whether everything that sessions hold on a device, or are to hold, can
// be said over the transport that the device is to have: mirror.ErrUnsupported with the
// reasons of each session that cannot. Native sessions stay what they are from one
// transport to the next.
func (e *Engine) carries(tx mirror.Tx, d mirror.Device) error {
	rows, err := tx.PlacementsByDevice(d.Name)
	if err != nil {
		return err
	}
	info, err := e.info(tx, d)
	if err != nil {
		return err
	}
	var all []mirror.Fragment
	for _, row := range rows {
		all = append(all, claims(row)...)
	}
	var reasons []mirror.Reason
	for _, f := range all {
		others := slices.DeleteFunc(slices.Clone(all), func(o mirror.Fragment) bool { return o.Session == f.Session })
		for _, r := range e.unsayable(tx, f, others, afresh(info)) {
			r.Pointer, r.Message = "/transports/config/protocol", fmt.Sprintf("session %s: %s", f.Session, r.Message)
			if !slices.Contains(reasons, r) {
				reasons = append(reasons, r)
			}
		}
	}
	return mirror.Refuse(mirror.ErrUnsupported, reasons)
}

// afresh is a device on which nothing is ours yet, so that everything would have to be
// made.
func afresh(info plan.DeviceInfo) plan.DeviceInfo {
	info.Ledger = nil
	info.Observation.Natives = nil
	return info
}
