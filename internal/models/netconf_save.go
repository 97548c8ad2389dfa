package models

import (
	"context"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Save makes the running configuration the startup configuration, with whatever is in it:
// no operation shows what is not saved. So where only ours may be saved, nothing is.
func (w *netconfWire) Save(ctx context.Context, onlyIfClean bool, _ []mirror.Unsaved) (saved bool, why string, err error) {
	w.saveSaid = nil
	switch {
	case w.n.Saves == nil:
		return false, "", fmt.Errorf("save on %s: %w", w.device, mirror.ErrUnsupported)
	case onlyIfClean:
		return false, "over NETCONF the device does not tell whether changes of another hand would be saved too; with persist: always they are", nil
	}
	err = w.do(ctx, *w.n.Saves)[0].Err
	said := mirror.Exchange{Sent: w.n.Saves.Body, Answer: "ok"}
	if err != nil {
		said.Answer, said.Error = "", err.Error()
	}
	w.saveSaid = []mirror.Exchange{said}
	if err != nil {
		return false, "", fmt.Errorf("save on %s: %w", w.device, err)
	}
	return true, "", nil
}

// SaveSaid is what the last save said to the device, see the worker's Quoter.
func (w *netconfWire) SaveSaid() []mirror.Exchange { return w.saveSaid }
