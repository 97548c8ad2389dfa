package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	mixedSize   = 1000
	ansibleSize = 50 // on so many of them Ansible puts the lines, too
)

// mixed opens many switches of all platforms, sets a session on each, and tells what that
// costs; and what it takes Ansible to have the same lines on some of them.
func mixed(ctx context.Context) (err error) {
	f, err := openFleet(ctx, kinds, mixedSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	names := []string{}
	for _, k := range kinds {
		names = append(names, k.platform)
	}
	fmt.Printf("\n%d switches of %s in a lab of one process, one controller in another, %d at a time:\n", f.size, strings.Join(names, ", "), atOnce)
	heading()
	texts := make([]typed, ansibleSize)
	var made time.Duration // until every session was there, logins and all
	for _, act := range []struct {
		what string
		do   func() error
	}{
		{opened, f.read},
		{created, f.create},
		{"resync of all", f.resync},
		{"every session deleted", f.remove},
	} {
		if act.what == created {
			if err := f.texts(texts); err != nil {
				return err
			}
		}
		c, err := f.cost(act.do)
		if err != nil {
			return fmt.Errorf("%s: %w", act.what, err)
		}
		f.row(act.what, c)
		if act.what == opened || act.what == created {
			made += c.time
		}
	}
	if err := f.controller.stop(); err != nil {
		return err
	}
	f.controller = nil
	return ansible(ctx, f, texts, made)
}

// texts asks for the lines of the first switches' sessions.
func (f *fleet) texts(out []typed) (err error) {
	for i := range out {
		if out[i], err = f.text(f.intent(i)); err != nil {
			return fmt.Errorf("switch %d: %w", i, err)
		}
	}
	return nil
}

// remove takes the session of each switch away.
func (f *fleet) remove() error {
	return f.each(func(i int) error { return f.controller.remove(fmt.Sprintf("s%d", i)) })
}
