package inventory

import (
	"fmt"
	"os"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Credentials resolves references: env:NAME from the environment and file:PATH
// from a file, read anew each time so that a rotated secret is taken up.
type Credentials struct {
	Env func(name string) (string, bool) // os.LookupEnv
}

// maxSecret bounds a secret file, in octets.
const maxSecret = 64 << 10

// Resolve gives what a driver needs to connect to a device over one of its
// transports. Errors name the reference, never the value.
func (c Credentials) Resolve(d mirror.Device, t mirror.Transport) (mirror.Target, error) {
	target := mirror.Target{Device: d, Transport: t}
	user := t.Credentials.Username
	if mirror.ValidReference(user) {
		s, err := c.value(user)
		if err != nil {
			return target, fmt.Errorf("username: %w", err)
		}
		user = s.Reveal()
	}
	target.Username = user
	for _, f := range []struct {
		name, ref string
		into      *mirror.Secret
	}{
		{"password", t.Credentials.Password, &target.Password},
		{"enable secret", t.Credentials.Enable, &target.Enable},
		{"private key", t.Credentials.Key, &target.Key},
	} {
		if f.ref == "" {
			continue
		}
		s, err := c.value(f.ref)
		if err != nil {
			return target, fmt.Errorf("%s: %w", f.name, err)
		}
		*f.into = s
	}
	return target, nil
}

func (c Credentials) value(ref string) (mirror.Secret, error) {
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		v, found := c.Env(name)
		if !found || v == "" {
			return mirror.Secret{}, fmt.Errorf("the environment has no %s: %w", name, mirror.ErrAuth)
		}
		return mirror.NewSecret(v), nil
	}
	path, ok := strings.CutPrefix(ref, "file:")
	if !ok {
		return mirror.Secret{}, fmt.Errorf("not a reference of the form env:NAME or file:/PATH: %w", mirror.ErrInvalid)
	}
	info, err := os.Stat(path)
	if err != nil {
		return mirror.Secret{}, fmt.Errorf("%w: %w", err, mirror.ErrAuth)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecret {
		return mirror.Secret{}, fmt.Errorf("%s is no small regular file: %w", path, mirror.ErrAuth)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return mirror.Secret{}, fmt.Errorf("%w: %w", err, mirror.ErrAuth)
	}
	v := strings.TrimRight(string(raw), "\r\n")
	if v == "" {
		return mirror.Secret{}, fmt.Errorf("%s is empty: %w", path, mirror.ErrAuth)
	}
	return mirror.NewSecret(v), nil
}
