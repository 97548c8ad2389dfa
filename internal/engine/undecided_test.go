package engine

import "testing"

// A device that is back while an intent is decided on a read that failed before: the
// intent is decided once more.
func TestAReturnWhileItIsDecidedIsNotLost(t *testing.T) {
	var u undecided
	if !u.begin("a@1") || u.begin("a@1") || !u.begin("b@1") {
		t.Fatal("one decides about a generation at a time")
	}
	if u.end("b@1") {
		t.Error("nobody wanted b decided meanwhile")
	}
	if !u.end("a@1") {
		t.Error("who wanted a decided meanwhile is forgotten")
	}
	if !u.begin("a@1") || u.end("a@1") {
		t.Error("it is decided once more, and not for ever")
	}
}
