package web

import (
	"net/http/httptest"
	"testing"
)

// A sign of life is an event that a script hears, and what events hold is as it was.
func TestSignsOfLifeAreEvents(t *testing.T) {
	w := httptest.NewRecorder()
	in := "retry: 2000\n: netmirror\nid: a\n\n" + "id: b\ndata: {\"message\":\": netmirror\\n: netmirror\"}\n\n"
	if n, err := (beating{w}).Write([]byte(in)); n != len(in) || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	want := "retry: 2000\nevent: beat\ndata: {}\nid: a\n\n" + "id: b\ndata: {\"message\":\": netmirror\\n: netmirror\"}\n\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
