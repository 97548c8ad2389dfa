package store

import (
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// HostKeys lists the pinned keys by host.
func (t *tx) HostKeys() ([]mirror.HostKey, error) {
	return many[mirror.HostKey](t, "host keys", `SELECT doc FROM host_keys ORDER BY host`)
}

// HostKey finds the pinned key of a host.
func (t *tx) HostKey(host string) (mirror.HostKey, error) {
	return one[mirror.HostKey](t, fmt.Sprintf("host key of %q", host), `SELECT doc FROM host_keys WHERE host = $1`, host)
}

// PutHostKey pins a key. A host that has another key keeps it: ErrConflict.
func (t *tx) PutHostKey(k mirror.HostKey) error {
	what := fmt.Sprintf("host key of %q", k.Host)
	if err := named(what, k.Host, k.Key); err != nil {
		return err
	}
	doc, err := encode(what, k)
	if err != nil {
		return err
	}
	if err := t.writable(what); err != nil {
		return err
	}
	old, err := t.HostKey(k.Host)
	switch {
	case err == nil && old.Key != k.Key:
		return fmt.Errorf("store: %s: another key is pinned: %w", what, mirror.ErrConflict)
	case err == nil:
		return nil
	case !errors.Is(err, mirror.ErrNotFound):
		return err
	}
	return t.exec(what, `INSERT INTO host_keys (host, doc) VALUES ($1, $2)`, k.Host, doc)
}

// DeleteHostKey forgets the key of a host: the next connection pins anew.
func (t *tx) DeleteHostKey(host string) error {
	return t.exec(fmt.Sprintf("host key of %q", host), `DELETE FROM host_keys WHERE host = $1`, host)
}
