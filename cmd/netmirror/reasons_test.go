package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

// A range of ports alone is refused for many reasons: a hundred are told, and
// how many more there are.
func TestThousandsOfReasonsAreCut(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	var sources []string
	for i := range 512 {
		sources = append(sources, fmt.Sprintf(`{"device":"acc-1","interface":"Gi%d/%d/1-48"}`, i/100+2, i%100+1))
	}
	a := c.call("PUT", "/sessions/wide", `{"sources":[`+strings.Join(sources, ",")+`],"destinations":[{"device":"acc-1","interface":"Gi1/0/23"}]}`, 422)
	var p client.Problem
	a.into(t, &p)
	if last := p.Errors[len(p.Errors)-1]; len(p.Errors) != 101 || last.Message != "and 24,476 more" || p.Detail != "refused for 24576 reasons" {
		t.Errorf("%d reasons, the last %+v", len(p.Errors), last)
	}
}
