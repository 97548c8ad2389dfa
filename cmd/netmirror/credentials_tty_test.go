package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netmirror/netmirror/internal/testkit"
)

// newTerminal is a pseudo terminal: what is written to keys is typed, and what
// the terminal echoes can be read from it.
func newTerminal(t *testing.T) (keys, tty *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close() })
	raw, err := keys.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	number, ioErr := 0, error(nil)
	if err := raw.Control(func(fd uintptr) {
		if ioErr = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); ioErr == nil {
			number, ioErr = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	}); err != nil || ioErr != nil {
		t.Fatal(err, ioErr)
	}
	if tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return keys, tty
}

func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// TestAPasswordIsTypedWithoutEcho on a terminal, and the terminal is left as it was.
func TestAPasswordIsTypedWithoutEcho(t *testing.T) {
	t.Parallel()
	keys, tty := newTerminal(t)
	data := t.TempDir()
	var out lockedBuffer
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	set := func(name string) {
		go func() {
			done <- run(ctx, []string{"credentials", "set", name, "--data", data, "--for", "any", "--username", "u"},
				console{tty, &out, &out, func(string) (string, bool) { return "", false }})
		}()
	}
	set("campus")
	for _, line := range []string{"pw-typed", "en-typed"} {
		asked := map[string]string{"pw-typed": "Password: ", "en-typed": "Enable secret"}[line]
		testkit.Eventually(t, patience, "it asks, without echo", func() bool { return strings.Contains(out.String(), asked) && !echoes(t, tty) })
		if _, err := io.WriteString(keys, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(data, "credentials", "campus.yaml"))
	if err != nil || string(raw) != "for: [any]\nusername: u\npassword: pw-typed\nenable: en-typed\n" {
		t.Errorf("%v\n%s", err, raw)
	}
	if !echoes(t, tty) || strings.Contains(out.String(), "typed") {
		t.Errorf("echo %v, said %q", echoes(t, tty), out.String())
	}
	if err := keys.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	if _, err := io.Copy(&shown, keys); !errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(shown.String(), "typed") {
		t.Errorf("the terminal showed %q, %v", shown.String(), err)
	}

	set("given-up")
	testkit.Eventually(t, patience, "it asks again", func() bool { return !echoes(t, tty) })
	cancel() // Ctrl-C
	if err := <-done; err == nil || !strings.Contains(err.Error(), "canceled") || !echoes(t, tty) {
		t.Errorf("%v, echo %v", err, echoes(t, tty))
	}
	_, _ = io.WriteString(keys, "\n") // ends the read that nobody waits for
}
