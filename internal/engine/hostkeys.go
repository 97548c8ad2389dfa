package engine

import (
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// hostKeys pins SSH host keys in the store.
type hostKeys struct{ store mirror.Store }

func (h hostKeys) Lookup(ctx context.Context, host string) (key string, err error) {
	err = h.store.View(ctx, func(tx mirror.Tx) error {
		k, err := tx.HostKey(host)
		if errors.Is(err, mirror.ErrNotFound) {
			return nil
		}
		key = k.Key
		return err
	})
	return key, err
}

func (h hostKeys) Pin(ctx context.Context, host, key string) error {
	return h.store.Update(ctx, func(tx mirror.Tx) error {
		return tx.PutHostKey(mirror.HostKey{Host: host, Key: key, Pinned: time.Now().UTC()})
	})
}
