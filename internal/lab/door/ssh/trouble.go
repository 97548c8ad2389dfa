package ssh

import (
	"bytes"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// asked wraps the reply to a line in a question.
func asked(prompt string, anyKey bool, run func() cmdline.Reply) cmdline.Reply {
	return cmdline.Reply{Ask: &cmdline.Question{Prompt: prompt, AnyKey: anyKey, Then: func(answer string) cmdline.Reply {
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "", "y", "yes":
			return run()
		}
		return cmdline.Reply{}
	}}}
}

// waits starts the idle timer while the terminal waits for a key.
func (t *terminal) waits() {
	t.idleMu.Lock()
	t.since = time.Now()
	t.idleMu.Unlock()
	t.rearm()
}

// reads ends the wait for a key.
func (t *terminal) reads() {
	t.idleMu.Lock()
	defer t.idleMu.Unlock()
	t.since = time.Time{}
	if t.idle != nil {
		t.idle.Stop()
	}
}

// rearm sets the idle timer to the limit that holds now.
func (t *terminal) rearm() {
	f, _ := t.s.host.Trouble()
	t.idleMu.Lock()
	defer t.idleMu.Unlock()
	if t.idle != nil {
		t.idle.Stop()
	}
	limit := f.IdleTimeout
	if limit <= 0 || t.since.IsZero() {
		return
	}
	t.idle = time.AfterFunc(limit-time.Since(t.since), func() { t.wire.Close() })
}

// echoEarly echoes input that waits behind the line that is being read.
func (t *terminal) echoEarly(in []byte) {
	if end := bytes.LastIndexByte(in, '\n'); end >= 0 {
		t.print(string(in[:end+1]))
	}
}

// swallow reads without a word until the connection ends.
func (t *terminal) swallow() error {
	t.flush()
	for {
		if _, err := t.ch.Read(t.scratch); err != nil {
			return err
		}
	}
}
