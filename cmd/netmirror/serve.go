package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/api"
	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/metrics"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
	"github.com/netmirror/netmirror/inventory"
)

func serveCommand(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the controller",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(cmd.Flags())
			if err != nil {
				return failure{err, 2}
			}
			return serve(cmd.Context(), cfg, c)
		},
	}
	serveFlags(cmd.Flags())
	return cmd
}

func logLevel(s string) (slog.Level, error) {
	var l slog.Level
	err := l.UnmarshalText([]byte(s))
	return l, err
}

func newLogger(cfg Config, w io.Writer) *slog.Logger {
	level, _ := logLevel(cfg.LogLevel) // checked by Validate
	opts := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

func databasePath(data string) string { return filepath.Join(data, "netmirror.db") }

// serve runs until ctx ends: store, engine, inventory, API.
func serve(ctx context.Context, cfg Config, c console) (err error) {
	log := newLogger(cfg, c.err)
	release, err := store.LockDir(cfg.Data)
	if err != nil {
		return err
	}
	defer release()
	figures, start := metrics.New(version, log), time.Now()
	db, err := store.Open(ctx, databasePath(cfg.Data), log)
	if err != nil {
		return err
	}
	figures.StoreOpened(time.Since(start))
	defer func() { err = errors.Join(err, db.Close()) }()
	// What is built on a damaged ledger might touch what is not ours.
	if err := db.Check(ctx); err != nil {
		return err
	}
	if err := firstToken(ctx, db, cfg.FirstToken, c.out); err != nil {
		return err
	}
	profiles := credentials.Open(credentialsDir(cfg.Credentials, cfg.Data), c.env)
	var listed inventory.File
	if cfg.Inventory != "" {
		if listed, err = inventory.Load(cfg.Inventory); err != nil {
			return err
		}
		profiles.Hold(listed.Profiles)
	}
	host := drivers.Options{TLS: cfg.deviceFiles()}
	catalogue := drivers.With(host)
	for _, d := range catalogue {
		figures.Expect(d.Platform)
	}
	kept := db.Metered(figures)
	watcher := newWatcher(cfg, kept, log)
	notifier, err := newNotifier(cfg, profiles, log)
	if err != nil {
		return err
	}
	vlans, err := mirror.ParseVLANs(cfg.VLANs)
	if err != nil {
		return err
	}
	eng, err := engine.New(ctx, engine.Config{
		Store: kept, Version: version, Meter: figures, Drivers: catalogue, Counters: drivers.CountersWith(host), Log: log, Mode: cfg.Mode, Resync: cfg.Resync, Parallel: cfg.Parallel,
		Timeouts:    engine.Timeouts{Timeouts: worker.Timeouts{Idle: cfg.IdleClose, Dial: cfg.DialTimeout, Read: cfg.ReadTimeout, Push: cfg.PushTimeout}, Relief: cfg.ReliefHold},
		Keep:        engine.Keep{Events: int64(cfg.KeepEvents), Operations: int64(cfg.KeepOps), For: cfg.KeepFor},
		Profiles:    profiles,
		RemoteVLANs: vlans,
		Watch:       watcher.engine(),
		Rates:       watcher.rates(),
		Notify:      notifier,
		Messages:    cmp.Or(cfg.SyslogUDP, cfg.SyslogTCP, cfg.SNMPTraps) != "",
		Failpoint:   failpoint(c.env),
	})
	if err != nil {
		return err
	}
	messages, err := listenForMessages(ctx, cfg, kept, eng, figures, log, c.out)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return errors.Join(err, messages.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	engineDone := make(chan error, 1)
	go func() { engineDone <- eng.Run(ctx) }()
	heard := make(chan struct{})
	go func() { messages.Run(ctx); close(heard) }()
	defer func() { <-heard }()
	watched := watcher.run(ctx, eng)
	told := tell(ctx, notifier, eng)
	defer func() { <-watched; <-told }() // before the store is closed
	if cfg.Inventory != "" {
		if err := takeInventory(ctx, cfg.Inventory, listed, eng); err != nil {
			cancel()
			return errors.Join(err, <-engineDone, listener.Close())
		}
		go reloadOnHangup(ctx, cfg.Inventory, listed, eng, profiles, log)
	}
	sources, err := cfg.sources()
	if err != nil {
		cancel()
		return errors.Join(err, <-engineDone, listener.Close())
	}
	followed := followSources(ctx, sources, eng, profiles, log)
	defer func() { cancel(); <-followed }()
	// Without its engine the API would accept what nobody does.
	served := make(chan error, 1)
	go func() {
		served <- serveHTTP(ctx, cfg, listener, api.Config{Engine: eng, Log: log, RateLimit: float64(cfg.RateLimit), Metrics: figures.Handler(metrics.Sources{Engine: eng, Store: db})}, c.out)
	}()
	select {
	case err = <-served:
		cancel()
		return errors.Join(err, <-engineDone)
	case err = <-engineDone:
		cancel()
		return errors.Join(err, <-served)
	}
}

func takeInventory(ctx context.Context, path string, file inventory.File, eng *engine.Engine) error {
	if err := eng.Import(ctx, mirror.ManagedByFile, file.Devices, file.Tools); err != nil {
		return fmt.Errorf("inventory: %s: %w", path, err)
	}
	return nil
}

// reloadOnHangup reads the inventory again at each SIGHUP. A faulty file
// changes nothing and is told in the log.
func reloadOnHangup(ctx context.Context, path string, file inventory.File, eng *engine.Engine, profiles *credentials.Profiles, log *slog.Logger) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		next, err := inventory.Load(path)
		if err == nil {
			// Its credentials first: the devices are tried at once.
			profiles.Hold(next.Profiles)
			if err = takeInventory(ctx, path, next, eng); err != nil {
				profiles.Hold(file.Profiles)
			}
		}
		if err != nil {
			log.Error("inventory not taken", "err", err)
			continue
		}
		file = next
		log.Info("inventory read again", "file", path)
	}
}

func serveHTTP(ctx context.Context, cfg Config, listener net.Listener, what api.Config, out io.Writer) error {
	what.Version, what.CheckHost, what.Hosts = version, cfg.onLoopback(), cfg.AllowedHosts
	front, err := webPage(cfg, what.Log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	what.Front = front
	server := api.NewServer(what)
	scheme := "http"
	if cfg.TLSCert != "" {
		scheme = "https"
	}
	fmt.Fprintf(out, "listening on %s://%s\n", scheme, listener.Addr())
	done := make(chan error, 1)
	go func() {
		if cfg.TLSCert != "" {
			done <- server.ServeTLS(listener, cfg.TLSCert, cfg.TLSKey)
			return
		}
		done <- server.Serve(listener)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// Who waits for an operation has until here; what is accepted is stored.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// failpoint makes the process die by SIGKILL at a step of the engine, for tests
// of crashes: NETMIRROR_FAILPOINT=pushed, or pushed:3 for the third time.
func failpoint(env func(string) (string, bool)) func(string) {
	spec, ok := env("NETMIRROR_FAILPOINT")
	if !ok || spec == "" {
		return nil
	}
	step, nth, _ := strings.Cut(spec, ":")
	var left atomic.Int64
	left.Store(1)
	if n, err := strconv.ParseInt(nth, 10, 64); err == nil {
		left.Store(n)
	}
	return func(at string) {
		if at == step && left.Add(-1) == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
}
