package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	readRate = 500              // requests a second
	readFor  = 40 * time.Second // of which the first part is not counted
	warmUp   = 10 * time.Second
)

// A question is a kind of request with its share of all.
type question struct {
	what  string
	share int                                         // of 100
	path  func(r *rand.Rand, somewhere string) string // somewhere is a cursor
}

// questions are what clients ask: half of it for one session.
var questions = []question{
	{"get a session", 45, func(r *rand.Rand, _ string) string { return "sessions/" + sessionName(r.IntN(manySessions)) }},
	{"get a device", 5, func(r *rand.Rand, _ string) string { return "devices/" + deviceName(r.IntN(manyDevices)) }},
	{"list 20 sessions, from anywhere", 10, func(_ *rand.Rand, somewhere string) string {
		return "sessions?limit=20&cursor=" + somewhere
	}},
	{"list 100 sessions, from anywhere", 5, func(_ *rand.Rand, somewhere string) string {
		return "sessions?limit=100&cursor=" + somewhere
	}},
	{"of a device", 5, func(r *rand.Rand, _ string) string { return "sessions?device=" + deviceName(r.IntN(manyDevices)) }},
	{"of a tool, 20", 8, func(r *rand.Rand, somewhere string) string {
		return fmt.Sprintf("sessions?limit=20&tool=%s&cursor=%s", toolName(r.IntN(manyTools)), somewhere)
	}},
	{"by label, 20", 6, func(_ *rand.Rand, somewhere string) string {
		return "sessions?limit=20&labelSelector=team%3Dvoice&cursor=" + somewhere
	}},
	{"by two labels, 20", 2, func(*rand.Rand, string) string { return "sessions?limit=20&labelSelector=team%3Dvoice,rare" }},
	{"by phase, 20", 4, func(_ *rand.Rand, somewhere string) string {
		return "sessions?limit=20&phase=Unknown&cursor=" + somewhere
	}},
	{"summary", 5, func(*rand.Rand, string) string { return "summary" }},
	{"problems", 5, func(*rand.Rand, string) string { return "problems" }},
}

// An asked is one request with its latency: from the moment at which it was due.
type asked struct {
	question int
	late     time.Duration // it was sent so much after that moment
	took     time.Duration
	err      error
}

// load asks at a fixed rate, whether or not what was asked before is answered.
func load(ctx context.Context, client *http.Client, address string, cursors []string, rate int, during time.Duration) []asked {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]asked, rate*int(during/time.Second))
	var wait sync.WaitGroup
	begin := time.Now()
	for i := range out {
		q := pick(r)
		url := "http://" + address + "/api/v1/" + questions[q].path(r, cursors[r.IntN(len(cursors))])
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
		waitUntil(ctx, due)
		out[i] = asked{question: q, late: time.Since(due)}
		wait.Go(func() {
			out[i].err = get(ctx, client, url, nil)
			out[i].took = time.Since(due)
		})
	}
	wait.Wait()
	return out
}

// waitUntil waits for a moment.
func waitUntil(ctx context.Context, at time.Time) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Until(at)):
	}
}

func pick(r *rand.Rand) int {
	n := r.IntN(100)
	for i, q := range questions {
		if n -= q.share; n < 0 {
			return i
		}
	}
	panic("the shares are not 100")
}

// get reads an answer, and decodes it where somebody wants to know.
func get(ctx context.Context, client *http.Client, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+readToken+"-0")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s: %s", url, res.Status, body)
	case into == nil:
		return nil
	}
	return json.Unmarshal(body, into)
}

// cursors are places all over the list of sessions.
func cursors(ctx context.Context, client *http.Client, address string) (out []string, err error) {
	var page struct{ NextCursor string }
	for {
		url := "http://" + address + "/api/v1/sessions?limit=500&cursor=" + page.NextCursor
		page.NextCursor = ""
		if err := get(ctx, client, url, &page); err != nil {
			return nil, err
		}
		if page.NextCursor == "" {
			return out, nil
		}
		out = append(out, page.NextCursor)
	}
}

// quantile of sorted durations; 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*q))].Round(10 * time.Microsecond)
}

// latencies prints what was asked, by kind and altogether.
func latencies(all []asked) {
	const row = "  %-33s  %7s  %9s  %9s  %9s  %s\n"
	fmt.Printf(row, "", "asked", "p50", "p99", "longest", "answered")
	line := func(what string, of func(asked) bool) (failed error) {
		var took []time.Duration
		n := 0
		for _, a := range all {
			if !of(a) {
				continue
			}
			n++
			if a.err != nil {
				failed = a.err
				continue
			}
			took = append(took, a.took)
		}
		slices.Sort(took)
		fmt.Printf(row, what, fmt.Sprint(n), quantile(took, 0.5), quantile(took, 0.99), quantile(took, 1), fmt.Sprintf("%.2f %%", 100*float64(len(took))/float64(max(n, 1))))
		return failed
	}
	for i, q := range questions {
		line(q.what, func(a asked) bool { return a.question == i })
	}
	if err := line("all", func(asked) bool { return true }); err != nil {
		fmt.Println("  one that was not answered:", err)
	}
	var late []time.Duration
	for _, a := range all {
		late = append(late, a.late)
	}
	slices.Sort(late)
	fmt.Printf("  latency counts from the moment at which a request was due; the reader itself was late by %v (p50), %v (p99)\n", quantile(late, 0.5), quantile(late, 0.99))
}
