package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// HashToken is how a bearer token is stored: 256 random bits need no slow hash.
func HashToken(bearer string) string {
	sum := sha256.Sum256([]byte(bearer))
	return hex.EncodeToString(sum[:])
}

// Authenticate finds the actor of a bearer token; ErrAuth when there is none.
func (e *Engine) Authenticate(ctx context.Context, bearer string) (actor Actor, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		t, err := tx.TokenByHash(HashToken(bearer))
		if errors.Is(err, mirror.ErrNotFound) {
			return fmt.Errorf("unknown token: %w", mirror.ErrAuth)
		}
		actor = Actor{Name: t.Name, Access: t.Access, Trigger: t.Trigger}
		return err
	})
	return actor, err
}
