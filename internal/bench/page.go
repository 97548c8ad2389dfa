package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/web"
)

// pageSizes are the fleets, in devices, over which the web page is measured.
var pageSizes = []int{1_000, manyDevices}

// pagePaths are the pages that are measured. The words of the searches are in every session,
// in one, and in one device.
var pagePaths = []string{"/", "/?q=jitter", "/?q=s-000042", "/?phase=Unknown&tool=t3", "/sessions/s-000042", "/devices", "/devices?q=d-000042", "/tools", "/audit"}

const pageTimes = 25 // that each page is asked for

// pageOver is the web page before an API.
func pageOver(log *slog.Logger) (func(http.Handler) http.Handler, error) {
	key := make([]byte, web.KeySize)
	_, _ = rand.Read(key) // never fails
	build := func(h http.Handler) (http.Handler, error) {
		return web.New(web.Config{API: h, Key: key, Version: "bench", Log: log})
	}
	if _, err := build(http.NotFoundHandler()); err != nil {
		return nil, err
	}
	return func(h http.Handler) http.Handler {
		front, err := build(h)
		if err != nil { // it was made a moment ago
			panic(err)
		}
		return front
	}, nil
}

// pages measures the web page over stores in folders below dir, which are filled where they
// are not yet and stay; "" is one that goes.
func pages(ctx context.Context, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "netmirror-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	for _, size := range pageSizes {
		if err := pagesOf(ctx, filepath.Join(dir, fmt.Sprint(size)), size); err != nil {
			return err
		}
	}
	return nil
}

func pagesOf(ctx context.Context, dir string, devices int) (err error) {
	if err := prepareReads(ctx, dir, devices); err != nil {
		return err
	}
	c, err := serve(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := c.calm(ctx); err != nil {
		return err
	}
	fmt.Printf("\nThe web page over %d devices and %d sessions, just started (no device is read yet); load of the machine %s\n", devices, devices*perDevice, machineLoad())
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 30 * time.Second, Jar: jar}
	defer client.CloseIdleConnections()
	if err := signIn(client, "http://"+c.address); err != nil {
		return err
	}
	fmt.Printf("  %-28s  %9s  %9s  %9s  %9s  %s\n", "page", "p50", "p90", "longest", "CPU", "octets")
	for _, path := range pagePaths {
		if err := c.pageTimes(client, path); err != nil {
			return err
		}
	}
	return inBrowser(ctx, c.address)
}

// machineLoad is the load average of the machine, "not known" where the system does not tell.
func machineLoad() string {
	text, err := os.ReadFile("/proc/loadavg")
	if words := strings.Fields(string(text)); err == nil && len(words) > 2 {
		return strings.Join(words[:3], " ")
	}
	return "not known"
}

func signIn(client *http.Client, address string) error {
	res, err := client.PostForm(address+"/login", url.Values{"token": {readToken + "-0"}, "next": {"/audit"}})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.Request.URL.Path != "/audit" {
		return fmt.Errorf("the sign-in ended at %s with %s", res.Request.URL.Path, res.Status)
	}
	return nil
}

// pageTimes prints after how long the first octet of a page is there, and what it costs the
// controller.
func (p *served) pageTimes(client *http.Client, path string) error {
	var took []time.Duration
	size := 0
	var before usage
	for i := range pageTimes + 3 { // the first of them fill caches
		if i == 3 {
			var err error
			if before, err = p.answer("processor"); err != nil {
				return err
			}
			took = nil
		}
		begin := time.Now()
		res, err := client.Get("http://" + p.address + path)
		if err != nil {
			return err
		}
		took = append(took, time.Since(begin)) // headers come with the first octet
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			return err
		}
		if size = len(body); res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", path, res.Status)
		}
	}
	after, err := p.answer("processor")
	if err != nil {
		return err
	}
	slices.Sort(took)
	fmt.Printf("  %-28s  %9s  %9s  %9s  %9s  %d\n", path, quantile(took, 0.5), quantile(took, 0.9), quantile(took, 1), (after.since(before).CPU / pageTimes).Round(10*time.Microsecond), size)
	return nil
}

// inBrowser measures in Chromium when a page can be used; it says so where there is none.
func inBrowser(ctx context.Context, address string) error {
	cmd := exec.CommandContext(ctx, "node", "internal/web/browser/measure.mjs")
	var said bytes.Buffer
	cmd.Stderr = &said
	modules, err := filepath.Abs("bin/browser")
	if err != nil {
		return err
	}
	paths, err := json.Marshal(pagePaths)
	if err != nil {
		return err
	}
	cmd.Env = append(os.Environ(), "CHECK_URL=http://"+address, "CHECK_TOKEN="+readToken+"-0", "CHECK_MODULES="+modules, "CHECK_PATHS="+string(paths))
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "playwright-core")); err != nil {
		fmt.Println("  not measured in Chromium: make test-deps installs what that needs")
		return nil
	}
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("measure.mjs: %w\n%s", err, said.String())
	}
	_, err = os.Stdout.Write(out)
	return err
}
