package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestANameThatIsNone is answered with those that may have been meant, where the answer is
// about that name; that they could not be found changes nothing else.
func TestANameThatIsNone(t *testing.T) {
	h := newHarness(t)
	for _, r := range [][2]string{{"GET", "/api/v1/sessions/s"}, {"DELETE", "/api/v1/sessions/s?dryRun=true"}, {"POST", "/api/v1/sessions/s:disable"}, {"PATCH", "/api/v1/sessions/s"}} {
		body := ""
		if r[0] == "PATCH" {
			body = `{}`
		}
		p := h.do(r[0], r[1], body).problem(http.StatusNotFound, codeNotFound)
		if !strings.HasSuffix(p.Detail, "; the nearest are s1, s2") {
			t.Errorf("%s %s: %s", r[0], r[1], p.Detail)
		}
	}
	if p := h.do("GET", "/api/v1/tools/s", "").problem(http.StatusNotFound, codeNotFound); strings.Contains(p.Detail, "nearest") {
		t.Error(p.Detail)
	}
	h.fake.fail["Nearest"] = errors.New("broken")
	h.do("GET", "/api/v1/sessions/s", "").problem(http.StatusNotFound, codeNotFound)
}
