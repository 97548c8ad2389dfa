package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// What was meant as a dry run, or might have been, is never a write.
func TestADoubtfulRequestIsRefused(t *testing.T) {
	for _, query := range []string{
		"dryRun=", "dryRun", "dryRun=yes", "dryRun=1", "dryRun=0", "dryRun=TRUE", "dryRun=%20true", "dryRun=true%20", "dryRun=true,true",
		"dryRun=true&dryRun=true", "dryRun=false&dryRun=true", "dryRun=true&dryRun=false", "dryRun=false&dryRun=", "dryRun=false&dry%52un=true",
		"dryrun=true", "dry-run=true", "dryRun=true;force=true", "dryRun%=true", "%zz", "dryRun=true&x", "x&dryRun=true", "dryRun[]=true", "dryRun=false&%00=1",
	} {
		h := newHarness(t)
		h.do("PUT", s1+"?"+query, plainSession).problem(http.StatusBadRequest, codeInvalid)
		h.do("PUT", s1, plainSession).is(http.StatusCreated)
		h.do("PATCH", s1+"?"+query, `{"description":"x"}`).problem(http.StatusBadRequest, codeInvalid)
		h.do("DELETE", s1+"?"+query, "").problem(http.StatusBadRequest, codeInvalid)
		if got := h.fake.called(); !slices.Equal(got, []string{"Submit"}) {
			t.Errorf("%s: the engine was asked: %v", query, got)
		}
	}
	h := newHarness(t)
	h.do("PUT", s1+"?%64ryRun=true", plainSession).is(http.StatusOK)
	h.do("PUT", s1+"?dryRun=tru%65", plainSession).is(http.StatusOK)
	if got := h.fake.called(); !slices.Equal(got, []string{"Plan", "Plan"}) {
		t.Errorf("the engine was asked: %v", got)
	}
	h.do("PUT", s1+"?dryRun=false", plainSession).is(http.StatusCreated)
	for _, c := range [][2]string{{"DELETE", s1 + "?deletePolicy=orphan&deletePolicy=remove"}, {"DELETE", s1 + "?deletePolicy="}, {"GET", "/api/v1/sessions?limit=1&limit=2"}, {"GET", "/healthz?x=1"}} {
		h.do(c[0], c[1], "").problem(http.StatusBadRequest, codeInvalid)
	}
}

func TestADoubtfulPreconditionIsRefused(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", s1, plainSession).is(http.StatusCreated)
	for _, name := range []string{"If-Match", "If-None-Match"} {
		for _, values := range [][]string{{""}, {`"1"`, `"2"`}} {
			p := h.send("PUT", s1, plainSession, http.Header{name: values}).problem(http.StatusBadRequest, codeInvalid)
			if len(p.Errors) != 1 || p.Errors[0].Parameter != "header."+name {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

// A body that nobody would read may hold what the client thinks it asks for.
func TestABodyWhereNoneBelongsIsRefused(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", s1, plainSession).is(http.StatusCreated)
	for _, c := range [][2]string{{"GET", s1}, {"GET", "/healthz"}, {"DELETE", s1}, {"POST", s1 + ":disable"}} {
		p := h.do(c[0], c[1], `{"dryRun":true}`).problem(http.StatusBadRequest, codeInvalid)
		if len(p.Errors) != 1 || p.Errors[0].Code != "unexpected-body" {
			t.Errorf("%v: %+v", c, p)
		}
	}
	if !h.fake.sessions["s1"].Record.Session.Enabled {
		t.Error("it was disabled")
	}
}

func TestManyReasonsAreCut(t *testing.T) {
	h := newHarness(t)
	h.fake.fail["Submit"] = mirror.Refuse(mirror.ErrUnsupported, slices.Repeat([]mirror.Reason{{Code: "x", Message: strings.Repeat("y", 100)}}, 24_000))
	r := h.do("PUT", s1, plainSession)
	p := r.problem(http.StatusUnprocessableEntity, "cannot-be-done")
	if last := p.Errors[len(p.Errors)-1]; len(p.Errors) != 101 || last.Message != "and 23,900 more" || p.Detail != "refused for 24000 reasons" {
		t.Errorf("%s, %d listed, the last %+v", p.Detail, len(p.Errors), last)
	}
	if len(r.body) > 64<<10 {
		t.Errorf("%d octets", len(r.body))
	}
}
