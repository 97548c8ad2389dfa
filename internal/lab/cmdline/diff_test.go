package cmdline

import (
	"strings"
	"testing"
)

func TestUnifiedDifference(t *testing.T) {
	lines := func(s string) string { return strings.ReplaceAll(s, " ", "\n") + "\n" }
	for _, tc := range []struct{ a, b, want string }{
		{"a b c", "a b c", ""},
		{"1 2 3 4 5 6 7 8 9", "1 2 3 4 x 6 7 8 9", "--- A\n+++ B\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
		{"1 2 3", "1 2 3 4", "--- A\n+++ B\n@@ -1,3 +1,4 @@\n 1\n 2\n 3\n+4\n"},
		{"1 2 3 4 5 6 7 8 9 10 11 12", "2 3 4 5 6 7 8 9 10 11", "--- A\n+++ B\n@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -9,4 +8,3 @@\n 9\n 10\n 11\n-12\n"},
		{"1 2 3 4 5 6 7 8", "x 2 3 4 5 6 7 y", "--- A\n+++ B\n@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"},
	} {
		if got := Unified("A", "B", lines(tc.a), lines(tc.b)); got != tc.want {
			t.Errorf("%q to %q:\n%s\nwant\n%s", tc.a, tc.b, got, tc.want)
		}
	}
}
