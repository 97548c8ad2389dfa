package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Natives lists the ledger of a device, by mark.
func (t *tx) Natives(device string) ([]mirror.Native, error) {
	return many[mirror.Native](t, fmt.Sprintf("ledger of device %q", device),
		`SELECT doc FROM natives WHERE device = $1 ORDER BY mark`, device)
}

// PutNative stores a line of the ledger. When another mark of the device has
// the native id, it is ErrConflict and names that mark.
func (t *tx) PutNative(n mirror.Native) error {
	what := fmt.Sprintf("native session %q of device %q", n.Mark, n.Device)
	if err := named(what, n.Device, n.Mark, n.ID); err != nil {
		return err
	}
	doc, err := encode(what, n)
	if err != nil {
		return err
	}
	if err := t.writable(what); err != nil {
		return err
	}
	// Looked up instead of waiting for the unique index to refuse: a refused
	// statement is a database error and ends the transaction, while a caller
	// may want to try the next id.
	var owner string
	err = t.row(what, `SELECT mark FROM natives WHERE device = $1 AND native_id = $2 AND mark <> $3`,
		[]any{n.Device, n.ID, n.Mark}, &owner)
	switch {
	case err == nil:
		return fmt.Errorf("store: %s: native id %q belongs to %q: %w", what, n.ID, owner, mirror.ErrConflict)
	case !errors.Is(err, mirror.ErrNotFound):
		return err
	}
	return t.exec(what, `INSERT INTO natives (device, mark, native_id, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (device, mark) DO UPDATE SET native_id = excluded.native_id, doc = excluded.doc`,
		n.Device, n.Mark, n.ID, doc)
}

// DeleteNative removes a line of the ledger.
func (t *tx) DeleteNative(device, mark string) error {
	return t.exec(fmt.Sprintf("delete native session %q of device %q", mark, device),
		`DELETE FROM natives WHERE device = $1 AND mark = $2`, device, mark)
}

// Claim gives owner the right to drive a device until deadline. The epoch
// starts at 1, stays when the owner renews, and grows when the claim was
// another owner's, whatever that one's deadline.
func (t *tx) Claim(device, owner string, deadline time.Time) (mirror.Claim, error) {
	what := fmt.Sprintf("claim of device %q", device)
	if err := named(what, device, owner); err != nil {
		return mirror.Claim{}, err
	}
	epoch, err := t.number(what, `INSERT INTO claims (device, owner, epoch, deadline) VALUES ($1, $2, 1, $3)
		ON CONFLICT (device) DO UPDATE SET
			epoch = CASE WHEN claims.owner = excluded.owner THEN claims.epoch ELSE claims.epoch + 1 END,
			owner = excluded.owner,
			deadline = excluded.deadline
		RETURNING epoch`, device, owner, deadline.UnixMicro())
	if err != nil {
		return mirror.Claim{}, err
	}
	return mirror.Claim{Device: device, Owner: owner, Epoch: epoch, Deadline: deadline}, nil
}

// CheckClaim is ErrConflict unless c is what Claim gave last for its device
// (the deadline aside).
func (t *tx) CheckClaim(c mirror.Claim) error {
	what := fmt.Sprintf("claim of device %q", c.Device)
	var owner string
	var epoch int64
	err := t.row(what, `SELECT owner, epoch FROM claims WHERE device = $1`, []any{c.Device}, &owner, &epoch)
	switch {
	case errors.Is(err, mirror.ErrNotFound):
		return fmt.Errorf("store: %s: epoch %d of %q was never claimed: %w", what, c.Epoch, c.Owner, mirror.ErrConflict)
	case err != nil:
		return err
	case epoch != c.Epoch || owner != c.Owner:
		return fmt.Errorf("store: %s: epoch %d of %q is over, now epoch %d of %q: %w",
			what, c.Epoch, c.Owner, epoch, owner, mirror.ErrConflict)
	}
	return nil
}

// PutJournal stores an open journal entry.
func (t *tx) PutJournal(e mirror.JournalEntry) error {
	what := fmt.Sprintf("journal entry %q of device %q", e.Tx, e.Device)
	if err := named(what, e.Device, e.Tx); err != nil {
		return err
	}
	doc, err := encode(what, e)
	if err != nil {
		return err
	}
	return t.exec(what, `INSERT INTO journal (device, tx, doc) VALUES ($1, $2, $3)
		ON CONFLICT (device, tx) DO UPDATE SET doc = excluded.doc`, e.Device, e.Tx, doc)
}

// Journal lists the open entries of a device, by tx.
func (t *tx) Journal(device string) ([]mirror.JournalEntry, error) {
	return many[mirror.JournalEntry](t, fmt.Sprintf("journal of device %q", device),
		`SELECT doc FROM journal WHERE device = $1 ORDER BY tx`, device)
}

// CloseJournal removes an entry: closed ones are not kept.
func (t *tx) CloseJournal(device, tx string) error {
	return t.exec(fmt.Sprintf("close journal entry %q of device %q", tx, device),
		`DELETE FROM journal WHERE device = $1 AND tx = $2`, device, tx)
}
