package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A device, a session on it, and both gone again.
func Example() {
	url, stop := startController()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	c, err := client.New(client.Options{URL: url, Token: adminToken, UserAgent: "example/1.0"})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.PutDevice(ctx, "sw1", client.DeviceSpec{
		Platform:   "memory", // of these tests; the README names the real ones
		Transports: client.Transports{Config: client.Transport{Protocol: "memory", Address: "192.0.2.1"}},
	}, client.PutDeviceOptions{})
	if err != nil {
		log.Fatal(err)
	}

	written, err := c.PutSession(ctx, "watch-alice", client.SessionSpec{
		Sources:      []client.Source{{Device: "sw1", Interface: "p1", Direction: "rx"}},
		Destinations: []client.Destination{{Device: "sw1", Interface: "p9"}},
		Labels:       map[string]string{"team": "voice"},
	}, client.PutSessionOptions{Wait: 30 * time.Second})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Settle(ctx, c, written); err != nil {
		log.Fatal(err)
	}
	session, err := c.GetSession(ctx, "watch-alice")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.Value.Name, session.Value.Status.Phase, "version", session.ETag)

	for s, err := range c.AllSessions(ctx, client.ListSessionsOptions{LabelSelector: "team=voice"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("of team voice:", s.Name)
	}

	deleted, err := c.DeleteSession(ctx, "watch-alice", client.DeleteSessionOptions{IfMatch: session.ETag, Wait: 30 * time.Second})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Settle(ctx, c, deleted); err != nil {
		log.Fatal(err)
	}
	_, err = c.GetSession(ctx, "watch-alice")
	fmt.Println("gone:", client.IsNotFound(err))
	// Output:
	// watch-alice Active version "1"
	// of team voice: watch-alice
	// gone: true
}

// A refusal holds every reason with its place in what was sent.
func ExampleProblem() {
	url, stop := startController()
	defer stop()
	c, err := client.New(client.Options{URL: url, Token: adminToken})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.PutSession(context.Background(), "watch-bob", client.SessionSpec{
		Sources:      []client.Source{{Device: "sw7", Interface: "p1"}},
		Destinations: []client.Destination{{Tool: "ids-1"}},
	}, client.PutSessionOptions{})
	var p *client.Problem
	if errors.As(err, &p) {
		fmt.Println(p.Status, p.Code)
		for _, r := range p.Errors {
			fmt.Println(r.Pointer, r.Code)
		}
	}
	// Output:
	// 422 cannot-be-done
	// /sources/0/device unknown-device
	// /destinations/0/tool unknown-tool
}

// A change that takes away, adds and leaves alone, only if nobody else wrote since.
func ExampleMergePatch() {
	was := client.SessionSpec{Description: "phones", Truncate: new(int64(64)), Tags: "strip"}
	shall := was
	shall.Truncate, shall.Enabled = nil, new(false)
	patch, err := client.MergePatch(was, shall)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(patch)) // for PatchSession, with the ETag as IfMatch
	// Output:
	// {"enabled":false,"truncate":null}
}
