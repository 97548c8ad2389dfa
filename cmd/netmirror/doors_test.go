package main

import (
	"net/http"
	"strings"
	"testing"
)

// asHost asks for the sessions under a name of the server.
func (c *controller) asHost(host string) int {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+"/api/v1/sessions", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// A web page that makes its own name point to loopback gets nowhere, with any
// token; names of proxies are told by flag or file.
func TestTheNameOfAControllerOnLoopback(t *testing.T) {
	c := newController(t, "--allowed-host", "mirror.example.net", "--allowed-host", "nm,other.example", "--config", configFile(t, "resync: 1h\n"))
	c.start()
	for host, want := range map[string]int{"": 200, "localhost:1": 200, "mirror.example.net:443": 200, "nm": 200, "other.example": 200, "rebound.example:8420": http.StatusMisdirectedRequest} {
		if got := c.asHost(host); got != want {
			t.Errorf("%q: %d, want %d", host, got, want)
		}
	}
	c.stop()
	c.args = []string{"--config", configFile(t, "allowed-host: [from.file.example, 192.0.2.9]\n")}
	c.start()
	for host, want := range map[string]int{"from.file.example": 200, "192.0.2.9:80": 200, "mirror.example.net": http.StatusMisdirectedRequest} {
		if got := c.asHost(host); got != want {
			t.Errorf("%q: %d, want %d", host, got, want)
		}
	}
	if _, err := c.cli("", "serve", "--data", t.TempDir(), "--allowed-host", "http://x/"); err == nil || !strings.Contains(err.Error(), "allowed-host") {
		t.Errorf("a URL as a name: %v", err)
	}
}

func TestPaddedNumbersAreRefused(t *testing.T) {
	c := &controller{t: t}
	out, err := c.cli("sessions:\n  - name: x\n    sources: [{device: sw1, vlan: 0110}]\n    destinations: [{tool: t}]\n", "apply", "-f", "-")
	if err == nil || !strings.Contains(err.Error(), "-: ") || !strings.Contains(err.Error(), "line 3, column 35: 0110") || exitCode(err) != 2 {
		t.Errorf("%v %s", err, out)
	}
	_, err = c.cli("", "serve", "--data", t.TempDir(), "--config", configFile(t, "resync: 1m\nparallel: 010\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2, column 11: 010") {
		t.Errorf("%v", err)
	}
}
