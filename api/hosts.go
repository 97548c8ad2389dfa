package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// allowedHosts is the set of names that a Host header may bear beside loopback
// addresses, nil for any.
func allowedHosts(c Config) map[string]bool {
	if !c.CheckHost {
		return nil
	}
	out := map[string]bool{"localhost": true}
	for _, h := range c.Hosts {
		out[plainHost(h)] = true
	}
	return out
}

// checkHost refuses a request that was meant for another name, see
// Config.CheckHost.
func (s *server) checkHost(next http.Handler) http.Handler {
	if s.hosts == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = plainHost(host)
		if a, err := netip.ParseAddr(host); s.hosts[host] || err == nil && a.Unmap().IsLoopback() {
			next.ServeHTTP(w, r)
			return
		}
		newProblem(codeWrongHost, "netmirror listens on loopback and answers only requests for localhost or a loopback address; "+
			"a reverse proxy or a forward under another name needs --allowed-host NAME").write(w, r)
	})
}

// plainHost is a host as it is compared: in lower case, without brackets and
// without the dot of the root.
func plainHost(h string) string {
	if strings.HasPrefix(h, "[") && strings.HasSuffix(h, "]") {
		h = h[1 : len(h)-1]
	}
	return strings.ToLower(strings.TrimSuffix(h, "."))
}
