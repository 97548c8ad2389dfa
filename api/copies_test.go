package api

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

// someCopies are n copies of ports of two devices, of which each second one is over.
func someCopies(n int) (out []mirror.Copy) {
	for i := range n {
		c := mirror.Copy{ID: int64(i + 1), Session: fmt.Sprintf("s%d", i%3), Actor: []string{"ann", "system"}[i%2], Generation: int64(i + 1), Began: time.Unix(int64(i), 0).UTC(),
			Source: mirror.Source{Device: fmt.Sprintf("sw%d", i%2), Interface: "p1", Direction: mirror.RX}, To: []mirror.Destination{{Tool: "ids", Device: "sw1", Interface: "d1"}}}
		if i%2 == 0 {
			c.Ended, c.Ending = c.Began.Add(time.Minute), mirror.EndDeleted
		}
		out = append(out, c)
	}
	return out
}

// Every copy comes exactly once and in order, whatever the page size, the filter and the
// form.
func TestPagesOfCopiesHoldEverythingOnce(t *testing.T) {
	h := newHarness(t)
	rapid.Check(t, func(rt *rapid.T) {
		h.fake.copies = someCopies(rapid.IntRange(0, 30).Draw(rt, "copies"))
		h.fake.look = rapid.IntRange(0, 5).Draw(rt, "look")
		limit := rapid.IntRange(1, 31).Draw(rt, "limit")
		q := rapid.SampledFrom([]mirror.CopyQuery{{}, {Session: "s1"}, {Device: "sw0"}, {Device: "sw1", Interface: "p1"}, {Device: "sw1", Interface: "vlan 7"},
			{Actor: "ann", Session: "s2"}, {Since: time.Unix(70, 0).UTC()}, {Until: time.Unix(9, 0).UTC()}}).Draw(rt, "query")
		var want []string
		for _, c := range h.fake.copies {
			if q.Takes(c) {
				want = append(want, fmt.Sprint(c.Generation))
			}
		}
		query := url.Values{"limit": {fmt.Sprint(limit)}}
		for name, value := range map[string]string{"session": q.Session, "device": q.Device, "interface": q.Interface, "actor": q.Actor} {
			if value != "" {
				query.Set(name, value)
			}
		}
		for name, at := range map[string]time.Time{"since": q.Since, "until": q.Until} {
			if !at.IsZero() {
				query.Set(name, at.Format(time.RFC3339))
			}
		}
		if got, _ := h.pages("/api/v1/copies?"+query.Encode(), "generation"); !slices.Equal(got, want) {
			rt.Fatalf("want %v, got %v", want, got)
		}
		if got := h.tables("/api/v1/copies?" + query.Encode()); !slices.Equal(got, want) {
			rt.Fatalf("as a table: want %v, got %v", want, got)
		}
	})
}

// tables follows Link to the end and gives the generations of all rows.
func (h *harness) tables(path string) (generations []string) {
	h.t.Helper()
	for {
		r := h.send("GET", path, "", http.Header{"Accept": {mediaCSV}}).is(http.StatusOK)
		rows, err := csv.NewReader(strings.NewReader(r.body)).ReadAll()
		if err != nil || r.header.Get("Content-Type") != "text/csv; charset=utf-8" {
			h.t.Fatalf("%v: %v %s", err, r.header, r.body)
		}
		column := slices.Index(rows[0], "generation")
		for _, row := range rows[1:] {
			generations = append(generations, row[column])
		}
		next := r.header.Get("Link")
		if next == "" {
			return generations
		}
		var ok bool
		if path, ok = strings.CutSuffix(strings.TrimPrefix(next, "<"), `>; rel="next"`); !ok {
			h.t.Fatalf("Link: %s", next)
		}
	}
}

func TestCopiesAreTold(t *testing.T) {
	h := newHarness(t)
	at := time.Date(2030, 1, 31, 12, 0, 0, 5000, time.UTC)
	h.fake.copies = []mirror.Copy{{ID: 1, Session: "s", Generation: 3, Actor: "=cmd()", Source: mirror.Source{Device: "sw1", VLAN: 110, Direction: mirror.TX},
		To: []mirror.Destination{{Tool: "ids", IP: "192.0.2.1"}, {Device: "sw2", Interface: "d1"}}, Purpose: mirror.Purpose{Reason: " +1, \"quoted\"\nand more", Ticket: "-INC"},
		Lease: at.Add(time.Hour), Began: at, Earlier: true, Ended: at.Add(time.Minute), Ending: mirror.EndExpired, RemoteVLAN: 900, NativeID: "66"}}
	want := `{"items":[{"session":"s","generation":3,"actor":"=cmd()","source":{"device":"sw1","vlan":110,"direction":"tx"},"to":[{"tool":"ids","ip":"192.0.2.1"},{"device":"sw2","interface":"d1"}],` +
		`"remoteVlan":900,"nativeId":"66","purpose":{"reason":" +1, \"quoted\"\nand more","ticket":"-INC"},"lease":"2030-01-31T13:00:00.000005Z","began":"2030-01-31T12:00:00.000005Z","earlier":true,` +
		`"ended":"2030-01-31T12:01:00.000005Z","ending":"expired"}],"whole":"1970-01-01T00:00:01Z"}` + "\n"
	for _, accept := range []string{"application/json", "text/csv, application/json;q=0.1", "*/*"} {
		if got := h.send("GET", "/api/v1/copies", "", http.Header{"Accept": {accept}}); got.body != want {
			t.Errorf("%s: %s", accept, got.body)
		}
	}
	table := "device,source,direction,to,session,generation,actor,reason,ticket,lease,began,earlier,ended,ending\n" +
		"sw1,vlan 110,tx,ids (192.0.2.1); sw2 d1,s,3,'=cmd(),\"' +1, \"\"quoted\"\"\nand more\",'-INC,2030-01-31T13:00:00Z,2030-01-31T12:00:00Z,true,2030-01-31T12:01:00Z,expired\n"
	if got := h.do("GET", "/api/v1/copies?format=csv", "").is(http.StatusOK); got.body != table {
		t.Errorf("%s", got.body)
	}
	if got := h.send("GET", "/api/v1/copies?format=json", "", http.Header{"Accept": {"text/csv"}}).is(http.StatusOK); got.body != want {
		t.Errorf("%s", got.body)
	}
	for _, query := range []string{"interface=p1", "since=yesterday", "until=1", "format=xml", "cursor=x", "limit=0", "port=1", "format=csv&format=json"} {
		h.do("GET", "/api/v1/copies?"+query, "").problem(http.StatusBadRequest, codeInvalid)
	}
	h.send("GET", "/api/v1/copies", "", http.Header{"Accept": {"text/plain"}}).problem(http.StatusNotAcceptable, codeNotAcceptable)
}

// TestACellIsNoFormula of a spreadsheet's, whatever stands before it.
func TestACellIsNoFormula(t *testing.T) {
	for _, text := range []string{"=1", "+1", "-1", "@x", "\t=1", "\r", "\nx", "  =1", "=cmd|' /C calc'!A0"} {
		if got := harmless(text); got != "'"+text {
			t.Errorf("%q: %q", text, got)
		}
	}
	for _, text := range []string{"", "a=1", "acc-1", "'=1", "10.0.0.1", "ä"} {
		if got := harmless(text); got != text {
			t.Errorf("%q: %q", text, got)
		}
	}
}
