package iosxe

import (
	"strings"
	"testing"
)

// A key of OSPF has its own number in front of the digest's, and neither is the secret.
func TestKeysOfRoutingProtocolsAreHidden(t *testing.T) {
	for _, line := range []string{"ip ospf message-digest-key 1 md5 7 hunter2", "ip ospf message-digest-key 12 md5 hunter2", "ip ospf authentication-key 7 hunter2"} {
		got := platform.Hello.Redact.ReplaceAllString(line, "$1 ********")
		if strings.Contains(got, "hunter2") || !strings.HasPrefix(got, "ip ospf ") {
			t.Errorf("%q is quoted as %q", line, got)
		}
	}
}
