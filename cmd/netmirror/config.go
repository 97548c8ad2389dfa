package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
	"github.com/netmirror/netmirror/inventory"
)

// Config is everything that `netmirror serve` can be told, by flag, by
// NETMIRROR_* variable (NETMIRROR_TLS_CERT for tls-cert), or in a YAML file; in
// this order of precedence.
type Config struct {
	Listen       string `mapstructure:"listen"`
	Data         string `mapstructure:"data"`
	Credentials  string `mapstructure:"credentials-dir"`
	FirstToken   string `mapstructure:"first-token-file"`
	Inventory    string `mapstructure:"inventory"`
	Containerlab string `mapstructure:"containerlab"`

	ContainerlabProfile string `mapstructure:"containerlab-profile"`
	ContainerlabPrefix  bool   `mapstructure:"containerlab-prefix"`

	Mode         string        `mapstructure:"mode"`
	Resync       time.Duration `mapstructure:"resync"`
	IdleClose    time.Duration `mapstructure:"idle-close"`
	DialTimeout  time.Duration `mapstructure:"dial-timeout"`
	ReadTimeout  time.Duration `mapstructure:"read-timeout"`
	PushTimeout  time.Duration `mapstructure:"push-timeout"`
	TLSCert      string        `mapstructure:"tls-cert"`
	TLSKey       string        `mapstructure:"tls-key"`
	InsecureHTTP bool          `mapstructure:"insecure-http"`
	AllowedHosts []string      `mapstructure:"allowed-host"`
	DeviceCA     string        `mapstructure:"device-ca"`
	DeviceCert   string        `mapstructure:"device-cert"`
	DeviceKey    string        `mapstructure:"device-key"`
	LogLevel     string        `mapstructure:"log-level"`
	LogFormat    string        `mapstructure:"log-format"`
	Parallel     int           `mapstructure:"parallel"`

	NetBox          string        `mapstructure:"netbox"`
	NetBoxToken     string        `mapstructure:"netbox-token-file"`
	NetBoxInterval  time.Duration `mapstructure:"netbox-interval"`
	NetBoxFilters   []string      `mapstructure:"netbox-filter"`
	NetBoxPlatforms []string      `mapstructure:"netbox-platform"`
	NetBoxCA        string        `mapstructure:"netbox-ca"`
	NetBoxClear     bool          `mapstructure:"netbox-insecure-http"`
	NetBoxProfile   string        `mapstructure:"netbox-profile"`
	NetBoxOOB       bool          `mapstructure:"netbox-oob"`

	Watch         bool          `mapstructure:"watch"`
	WatchInterval time.Duration `mapstructure:"watch-interval"`
	WatchCLI      time.Duration `mapstructure:"watch-cli-interval"`
	WatchAllPorts time.Duration `mapstructure:"watch-all-ports"`
	WatchWindow   time.Duration `mapstructure:"watch-window"`
	ReliefHold    time.Duration `mapstructure:"relief-hold"`

	RateLimit  int           `mapstructure:"rate-limit"`
	VLANs      string        `mapstructure:"remote-vlans"`
	KeepEvents int           `mapstructure:"keep-events"`
	KeepOps    int           `mapstructure:"keep-operations"`
	KeepFor    time.Duration `mapstructure:"keep-for"`

	SyslogUDP string `mapstructure:"syslog-udp"`
	SyslogTCP string `mapstructure:"syslog-tcp"`
	SNMPTraps string `mapstructure:"snmp-traps"`

	SyslogTo         []string `mapstructure:"syslog-to"`
	SyslogToFacility string   `mapstructure:"syslog-to-facility"`
	SyslogToCA       string   `mapstructure:"syslog-to-ca"`
	SyslogToCert     string   `mapstructure:"syslog-to-cert"`
	SyslogToKey      string   `mapstructure:"syslog-to-key"`
}

func serveFlags(f *pflag.FlagSet) {
	f.String("config", "", "YAML file with any of these settings")
	f.String("first-token-file", "", "file for the admin token that the first start makes, readable for its owner alone (default: it is printed, once)")
	f.String("listen", "127.0.0.1:8420", "address of the API; anything but loopback needs TLS")
	f.String("data", defaultData(), "folder of the database")
	f.String("credentials-dir", "", "folder of the credentials profiles (default: credentials in the data folder)")
	f.String("inventory", "", "YAML file of devices and tools, read at start and on SIGHUP")
	f.String("containerlab", "", "folder or file of a lab of containerlab, whose devices, cables and tools are taken whenever it changes")
	f.String("containerlab-profile", "", "credentials profile of all its devices that log in (default: the one that is made for the address)")
	f.Bool("containerlab-prefix", false, "put the name of the lab before the names of its devices and tools")
	f.String("netbox", "", "URL of a NetBox, whose devices and cables are taken")
	f.String("netbox-token-file", "", "file with its token, which needs to view devices, interfaces and platforms only")
	f.Duration("netbox-interval", 5*time.Minute, "how often it is asked")
	f.StringSlice("netbox-filter", nil, "NAME=VALUE: which devices, such as tag=netmirror (default: status=active and has_primary_ip=true; repeatable)")
	f.StringSlice("netbox-platform", nil, "SLUG=PLATFORM[/PROTOCOL]: what drives devices of a platform of NetBox, or MANUFACTURER/TYPE=... those without one (repeatable)")
	f.String("netbox-ca", "", "certificates (PEM) that its is signed by (default: the system's)")
	f.String("netbox-profile", "", "credentials profile of all its devices that log in (default: the one that is made for the address)")
	f.Bool("netbox-oob", false, "reach its devices at their out-of-band address, and ask for no primary one")
	f.Bool("netbox-insecure-http", false, "allow that its token crosses the network in clear text")
	f.String("mode", "full", "full, or observe: read everything, push nothing")
	f.Duration("resync", 0, "interval at which an undisturbed device is read (default: 5m on a command line, 1m elsewhere)")
	f.Duration("idle-close", 2*time.Minute, "how long a command line that nothing needs stays open")
	f.Duration("dial-timeout", time.Minute, "longest wait for a device's connection and login")
	f.Duration("read-timeout", 3*time.Minute, "longest silence of a device that is read")
	f.Duration("push-timeout", 5*time.Minute, "longest wait for a device to take what is pushed")
	f.Bool("watch", true, "read counters: what is offered to destinations, and whether copies flow")
	f.Duration("watch-interval", 0, "interval at which counters are read where that is cheap (default: what the platform asks for, 10s)")
	f.Duration("watch-cli-interval", 0, "interval at which counters are read on a command line, of ports of sessions only (default: what the platform asks for, 60s)")
	f.Duration("watch-all-ports", 5*time.Minute, "interval at which the counters of all ports are read where that is cheap")
	f.Duration("watch-window", time.Minute, "over how long at least it is judged whether copies flow")
	f.Duration("relief-hold", time.Minute, "between two steps of relief at an oversubscribed destination")
	rate := count(0)
	f.Var(&rate, "rate-limit", "requests a second that one token may make (default: any number)")
	events := count(engine.DefaultKeepEvents)
	f.Var(&events, "keep-events", "events that are kept, the newest")
	ops := count(engine.DefaultKeepOperations)
	f.Var(&ops, "keep-operations", "rollouts, repairs and saves that are kept, the newest; the last rollout of a session stays")
	f.Duration("keep-for", engine.DefaultKeepFor, "how long events, and operations and copies that are over, are kept")
	f.String("remote-vlans", "", "remote VLANs that may be proposed, such as 900-949,1200 (default "+engine.UsualVLANs().String()+")")
	f.String("syslog-udp", "", "address that listens for syslog of devices over UDP, such as :514: a device that says it was configured is read at once")
	f.String("syslog-tcp", "", "address that listens for syslog of devices over TCP, as --syslog-udp does")
	f.String("snmp-traps", "", "address that listens for SNMP traps and informs of devices, such as :162, version 1, 2c and 3: a device that may have changed is read at once")
	f.StringSlice("syslog-to", nil, "syslog server that is told all events: udp://HOST:514, tcp://HOST:601 or tls://HOST:6514 (repeatable)")
	f.String("syslog-to-facility", "local0", "facility of what it is told")
	f.String("syslog-to-ca", "", "authorities (PEM) that sign the certificates of syslog servers (default: the system's)")
	f.String("syslog-to-cert", "", "our certificate (PEM) for syslog servers that ask for one")
	f.String("syslog-to-key", "", "its private key (PEM)")
	f.String("tls-cert", "", "certificate file (PEM)")
	f.String("tls-key", "", "private key file (PEM)")
	f.StringSlice("allowed-host", nil, "name that requests may bear in their Host header beside localhost, when listening on loopback: of a reverse proxy or a forward (repeatable)")
	f.Bool("insecure-http", false, "allow plain HTTP on an address other than loopback")
	f.String("device-ca", "", "authorities (PEM) that sign the certificates of devices, over ovsdb and gnmi; default: the system's")
	f.String("device-cert", "", "our certificate (PEM) for devices that ask for one")
	f.String("device-key", "", "its private key (PEM)")
	for old, now := range formerNames {
		f.String(old, "", "former name of "+now)
		_ = f.MarkDeprecated(old, "it is "+now+" now, for every device") // the flag is there
	}
	f.String("log-level", "info", "debug, info, warn or error")
	f.String("log-format", "text", "text or json")
	parallel := count(64)
	f.Var(&parallel, "parallel", "devices connected to at one time")
}

// formerNames are settings that have another name now. The former one still works.
var formerNames = map[string]string{"ovsdb-ca": "device-ca", "ovsdb-cert": "device-cert", "ovsdb-key": "device-key"}

// rename takes settings under their former names for those that they are now.
func rename(v *viper.Viper) error {
	var faults []error
	for old, now := range formerNames {
		value := v.GetString(old)
		if value == "" {
			continue
		}
		if other := v.GetString(now); other != "" && other != value {
			faults = append(faults, fmt.Errorf("%s is the former name of %s, and both are given", old, now))
		}
		v.Set(now, value)
	}
	return errors.Join(faults...)
}

// A count is a flag that is read as people read numbers: pflag and viper take 010
// for octal 8, as YAML's readers do (see inventory.CheckNumbers).
type count int

func (c *count) String() string { return strconv.Itoa(int(*c)) }

// Type is what viper goes by.
func (c *count) Type() string { return "int" }

// Set refuses what is not plainly decimal.
func (c *count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s {
		return fmt.Errorf("%q could be read as more than one number, or as none; write it in decimal without leading zeros", s)
	}
	*c = count(n)
	return nil
}

// checkVariables holds the numbers in NETMIRROR_* variables, which viper hands on
// as text, to what their flags take.
func checkVariables(v *viper.Viper, flags *pflag.FlagSet) error {
	var faults []error
	flags.VisitAll(func(f *pflag.Flag) {
		if text, ok := v.Get(f.Name).(string); ok && f.Value.Type() == "int" {
			if err := new(count).Set(text); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", f.Name, err))
			}
		}
	})
	return errors.Join(faults...)
}

// dataFlag is the flag of every command that works on the controller's database, with the
// folder that serve would take.
func dataFlag(c console, flags *pflag.FlagSet, to *string) {
	usual := defaultData()
	if v, ok := c.env("NETMIRROR_DATA"); ok && v != "" {
		usual = v
	}
	flags.StringVar(to, "data", usual, "folder of the controller's database ($NETMIRROR_DATA)")
}

func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/netmirror"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "netmirror-data"
	}
	return filepath.Join(home, ".local", "state", "netmirror")
}

// loadConfig fills a Config. A setting in the file that does not exist is an
// error, not a silence.
func loadConfig(flags *pflag.FlagSet) (Config, error) {
	v := viper.New()
	if err := v.BindPFlags(flags); err != nil {
		return Config{}, err
	}
	v.SetEnvPrefix("netmirror")
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	if file := v.GetString("config"); file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return Config{}, fmt.Errorf("config: %w", err)
		}
		if err := checkNumbers(raw); err != nil {
			return Config{}, fmt.Errorf("config: %s: %w", file, err)
		}
		v.SetConfigFile(file)
		v.SetConfigType("yaml")
		if err := v.ReadInConfig(); err != nil {
			return Config{}, fmt.Errorf("config: %w", err)
		}
		for _, key := range v.AllKeys() {
			if flags.Lookup(key) == nil {
				return Config{}, fmt.Errorf("config: %s: there is no setting %q", file, key)
			}
		}
	}
	if err := checkVariables(v, flags); err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	if err := rename(v); err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	var c Config
	if err := v.Unmarshal(&c); err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	return c, c.Validate()
}

// checkNumbers refuses a YAML document whose numbers can be read in two ways.
// What is no YAML is left for its reader to complain about.
func checkNumbers(raw []byte) error {
	var document yaml.Node
	if yaml.Unmarshal(raw, &document) != nil {
		return nil
	}
	return inventory.CheckNumbers(&document)
}

// Validate reports every fault of the configuration at once.
func (c Config) Validate() error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	host, _, err := net.SplitHostPort(c.Listen)
	switch {
	case err != nil:
		add("listen: %w", err)
	case !loopback(host) && c.TLSCert == "" && !c.InsecureHTTP:
		add("listen: %s is not loopback, and tokens would cross the network in clear text: give --tls-cert and --tls-key, or --insecure-http", c.Listen)
	}
	for _, h := range c.AllowedHosts {
		if !hostName.MatchString(h) {
			add("allowed-host: %q is no host name or address (without a port)", h)
		}
	}
	if (c.DeviceCert == "") != (c.DeviceKey == "") {
		add("device-cert and device-key belong together")
	} else if _, err := c.deviceFiles().Config("localhost", ""); err != nil {
		add("%w", err)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		add("tls-cert and tls-key belong together")
	}
	if c.Mode != "full" && c.Mode != "observe" {
		add("mode: %q is neither full nor observe", c.Mode)
	}
	if c.NetBox != "" && (c.NetBoxInterval < 10*time.Second || c.NetBoxInterval > 24*time.Hour) {
		add("netbox-interval: %v is not between ten seconds and a day", c.NetBoxInterval)
	}
	if _, err := c.sources(); err != nil {
		add("%w", err)
	}
	if c.Resync != 0 && c.Resync < time.Second {
		add("resync: %v is shorter than a second", c.Resync)
	}
	for _, t := range []struct {
		name  string
		value time.Duration
	}{{"idle-close", c.IdleClose}, {"dial-timeout", c.DialTimeout}, {"read-timeout", c.ReadTimeout}, {"push-timeout", c.PushTimeout}} {
		if t.value < time.Second || t.value > time.Hour {
			add("%s: %v is not between a second and an hour", t.name, t.value)
		}
	}
	for _, t := range []struct {
		name  string
		value time.Duration
		zero  bool
	}{{"watch-interval", c.WatchInterval, true}, {"watch-cli-interval", c.WatchCLI, true}, {"watch-all-ports", c.WatchAllPorts, false}, {"watch-window", c.WatchWindow, false}, {"relief-hold", c.ReliefHold, false}} {
		if (t.value != 0 || !t.zero) && (t.value < 10*time.Millisecond || t.value > time.Hour) {
			add("%s: %v is not between 10ms and an hour", t.name, t.value)
		}
	}
	for _, l := range []struct{ name, addr string }{{"syslog-udp", c.SyslogUDP}, {"syslog-tcp", c.SyslogTCP}, {"snmp-traps", c.SNMPTraps}} {
		if _, _, err := net.SplitHostPort(l.addr); l.addr != "" && err != nil {
			add("%s: %w", l.name, err)
		}
	}
	if _, err := c.syslogServers(); err != nil {
		add("%w", err)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		add("log-format: %q is neither text nor json", c.LogFormat)
	}
	if _, err := logLevel(c.LogLevel); err != nil {
		add("log-level: %w", err)
	}
	if c.RateLimit < 0 {
		add("rate-limit: %d is less than 0", c.RateLimit)
	}
	if _, err := mirror.ParseVLANs(c.VLANs); err != nil {
		add("remote-vlans: %q is no list of VLANs such as 900-949,1200", c.VLANs)
	}
	if c.KeepEvents < 1000 {
		add("keep-events: %d is less than 1000", c.KeepEvents)
	}
	if c.KeepOps < 1000 {
		add("keep-operations: %d is less than 1000", c.KeepOps)
	}
	if c.KeepFor < time.Hour {
		add("keep-for: %v is less than an hour", c.KeepFor)
	}
	if c.Parallel < 1 {
		add("parallel: %d is less than 1", c.Parallel)
	}
	if c.Data == "" {
		add("data: a folder is needed")
	}
	return errors.Join(faults...)
}

// hostName is a name or an address as a Host header bears it, without a port.
var hostName = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?)$`)

// deviceFiles are for devices that are spoken to over TLS.
func (c Config) deviceFiles() certs.Files {
	return certs.Files{CA: c.DeviceCA, Cert: c.DeviceCert, Key: c.DeviceKey}
}

// onLoopback reports whether only this machine can reach the API.
func (c Config) onLoopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return err == nil && loopback(host)
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
