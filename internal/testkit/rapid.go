package testkit

import (
	"flag"
	"fmt"
	"testing"
)

// Fewer sets how many cases rapid tries in a test, unless the command line does.
func Fewer(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f == nil {
		t.Fatal("this test does not use rapid")
	}
	usual := f.DefValue
	if f.Value.String() != usual {
		return
	}
	if err := flag.Set(f.Name, fmt.Sprint(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set(f.Name, usual); err != nil {
			t.Error(err)
		}
	})
}
