package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/netmirror/netmirror/internal/web"
)

// webKeyName is the file in the data directory with the key that seals the cookies of the
// web page. Who takes it away signs everybody out at the next start.
const webKeyName = "web.key"

// webPage makes what stands before the API: the page for people.
func webPage(cfg Config, log *slog.Logger) (func(http.Handler) http.Handler, error) {
	key, err := webKey(cfg.Data)
	if err != nil {
		return nil, err
	}
	// All of it is known before the first request, so that a fault in it is one of the start.
	build := func(api http.Handler) (http.Handler, error) {
		return web.New(web.Config{API: api, Key: key, Version: version, Secure: cfg.TLSCert != "", Log: log})
	}
	if _, err := build(http.NotFoundHandler()); err != nil {
		return nil, err
	}
	return func(api http.Handler) http.Handler {
		h, err := build(api)
		if err != nil { // it was made a moment ago
			panic(err)
		}
		return h
	}, nil
}

// webKey reads the key, or makes one where there is none.
func webKey(data string) ([]byte, error) {
	path := filepath.Join(data, webKeyName)
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == web.KeySize:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("%s: it has %d octets and not %d; without this file a new one is made, and everybody signs in again", path, len(key), web.KeySize)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the key of the web page: %w", err)
	}
	key = make([]byte, web.KeySize)
	_, _ = rand.Read(key) // never fails
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, fmt.Errorf("the key of the web page: %w", err)
	}
	return key, nil
}
