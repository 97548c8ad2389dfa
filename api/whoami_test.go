package api

import "testing"

func TestATokenLearnsWhatItIs(t *testing.T) {
	h := newHarness(t)
	for token, want := range map[string]Whoami{viewerToken: {"viewer-actor", "viewer", ""}, operatorToken: {"operator-actor", "operator", ""}, adminToken: {"admin-actor", "admin", ""},
		firerToken: {"trigger-actor", "trigger", "ids"}} {
		if got := decodeReply[Whoami](h.do("GET", "/api/v1/whoami", "", "Authorization", "Bearer "+token).is(200)); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	h.do("GET", "/api/v1/whoami", "", "Authorization", "").problem(401, codeUnauthenticated)
}
