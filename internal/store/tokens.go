package store

import (
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// storedToken carries the hash, which mirror.Token leaves out of its JSON, in
// the document too, so that lists decode like all others.
type storedToken struct {
	mirror.Token
	Hash string `json:"hash"`
}

func (s storedToken) token() mirror.Token {
	s.Token.Hash = s.Hash
	return s.Token
}

// Tokens lists the tokens by id.
func (t *tx) Tokens() ([]mirror.Token, error) {
	stored, err := many[storedToken](t, "tokens", `SELECT doc FROM tokens ORDER BY id`)
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	out := make([]mirror.Token, len(stored))
	for i, s := range stored {
		out[i] = s.token()
	}
	return out, nil
}

// TokenByHash finds a token by the SHA-256 of its value. The error does not
// repeat the hash.
func (t *tx) TokenByHash(hash string) (mirror.Token, error) {
	s, err := one[storedToken](t, "token of this hash", `SELECT doc FROM tokens WHERE hash = $1`, hash)
	return s.token(), err
}

// PutToken stores a token; a hash that another token has is ErrConflict.
func (t *tx) PutToken(token mirror.Token) error {
	what := fmt.Sprintf("token %q", token.ID)
	if err := named(what, token.ID, token.Hash); err != nil {
		return err
	}
	doc, err := encode(what, storedToken{Token: token, Hash: token.Hash})
	if err != nil {
		return err
	}
	if err := t.writable(what); err != nil {
		return err
	}
	var other string
	err = t.row(what, `SELECT id FROM tokens WHERE hash = $1 AND id <> $2`, []any{token.Hash, token.ID}, &other)
	switch {
	case err == nil:
		return fmt.Errorf("store: %s: has the value of token %q: %w", what, other, mirror.ErrConflict)
	case !errors.Is(err, mirror.ErrNotFound):
		return err
	}
	return t.exec(what, `INSERT INTO tokens (id, hash, doc) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, doc = excluded.doc`, token.ID, token.Hash, doc)
}

// DeleteToken removes a token.
func (t *tx) DeleteToken(id string) error {
	return t.exec(fmt.Sprintf("delete token %q", id), `DELETE FROM tokens WHERE id = $1`, id)
}
