package api

import (
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// What one request allocates altogether, garbage included, in multiples of its
// body, whatever is in it.
func TestDecodingTakesAFewTimesTheBody(t *testing.T) {
	const size = DefaultMaxBody
	fill := func(before, unit, after string) string {
		body := before + strings.Repeat(unit, (size-len(before)-len(after))/len(unit))
		return strings.TrimSuffix(body, ",") + after
	}
	nested := strings.Repeat(`{"a":`, 25) + "1" + strings.Repeat("}", 25) + ","
	for name, body := range map[string]string{
		"numbers":         fill("[", "0,", "]"),
		"empty lists":     fill("[", "[],", "]"),
		"empty objects":   fill("[", "{},", "]"),
		"deep objects":    fill("[", nested, "]"),
		"twice":           fill("{", `"a":0,`, "}"),
		"bad syntax":      fill("[", "[", "!"),
		"sources":         fill(`{"sources":[`, `{"device":"s","interface":"p"},`, `],"destinations":[{"tool":"t"}]}`),
		"text":            fill(`{"description":"`, "x", `"}`),
		"escaped text":    fill(`{"description":"`, `\u0001`, `"}`),
		"white space":     fill(plainSession, " ", ""),
		"just too many":   `{"sources":[` + strings.TrimSuffix(strings.Repeat("{},", maxValues-10), ",") + "]}" + strings.Repeat(" ", 900<<10),
		"just few enough": `{"sources":[` + strings.TrimSuffix(strings.Repeat("7,", maxValues-10), ",") + "]}" + strings.Repeat(" ", 900<<10),
		"deep and few":    `[` + strings.TrimSuffix(strings.Repeat(nested, maxValues/30), ",") + "]" + strings.Repeat(" ", 800<<10),
		"labels":          `{"labels":{` + strings.TrimSuffix(strings.Repeat(`"a":"b",`, maxValues-10), ",") + "}}" + strings.Repeat(" ", 900<<10),
	} {
		for _, method := range []string{"PUT", "PATCH"} {
			h := newHarness(t)
			h.do("PUT", s1, plainSession).is(201)
			r := httptest.NewRequest(method, s1, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+operatorToken)
			r.Header.Set("Content-Type", mediaJSON)
			w := httptest.NewRecorder()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			h.router.ServeHTTP(w, r)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 12*uint64(len(body)) {
				t.Errorf("%s %s (%d): %.1f times the body", method, name, w.Code, float64(used)/float64(len(body)))
			}
		}
	}
}
