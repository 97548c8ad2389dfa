package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A Spec describes a lab. The zero value of every field means "the default".
type Spec struct {
	Fabric FabricSpec `yaml:"fabric"`
	// Now is the clock of traffic, counters and uptime; nil = time.Now. It may be
	// called from any goroutine.
	Now func() time.Time `yaml:"-"`
}

// A FabricSpec is the switches, what connects them and what flows.
type FabricSpec struct {
	// Control is the listen address of the control API (see ControlHandler);
	// empty means none.
	Control string `yaml:"control"`
	// ClockFactor makes the timers of unconfirmed changes run faster: with 60 a
	// minute passes in a second. 0 means 1.
	ClockFactor float64 `yaml:"clockFactor"`

	Switches []SwitchSpec  `yaml:"switches"`
	Links    []LinkSpec    `yaml:"links"`
	Hosts    []HostSpec    `yaml:"hosts"`
	Traffic  []TrafficSpec `yaml:"traffic"`
}

// A SwitchSpec is one virtual switch.
type SwitchSpec struct {
	Name         string           `yaml:"name"`
	Platform     string           `yaml:"platform"` // "cisco_iosxe", "cisco_iosxr", "cisco_nxos", "arista_eos", "juniper_junos", "nokia_srl", "snmp_smon", "snmp_fastpath"
	Model        string           `yaml:"model"`    // C9300-24T, WS-C2960X-48TS-L, N9K-C93180YC-EX, ...
	Version      string           `yaml:"version"`
	Serial       string           `yaml:"serial"`
	Hostname     string           `yaml:"hostname"` // default: Name
	SSH          SSHSpec          `yaml:"ssh"`
	SNMP         *SNMPSpec        `yaml:"snmp"`        // default: no agent
	GNMI         *GNMISpec        `yaml:"gnmi"`        // default: no server
	NETCONF      *NETCONFSpec     `yaml:"netconf"`     // default: no server
	Credentials  []CredentialSpec `yaml:"credentials"` // default: one user, admin / admin, with all rights
	EnableSecret string           `yaml:"enableSecret"`
	Banner       string           `yaml:"banner"`      // shown after login; default says that this is a simulation
	LoginBanner  string           `yaml:"loginBanner"` // shown before the password is asked
	Ports        []PortSpec       `yaml:"ports"`       // default: what the model has
	// Config is the startup configuration, merged into the platform's default.
	// Lines that the lab does not know are kept byte for byte.
	Config string `yaml:"config"`
	// NativeSessions are monitor sessions which nobody can type: sessions of a
	// service module, or of a kind that no client knows.
	NativeSessions []NativeSessionSpec `yaml:"nativeSessions"`
	// Settings are the platform's own: what its switches differ in. See its room.
	Settings yaml.Node `yaml:"settings"`
	// Limits override the figures of the model.
	Limits *LimitsSpec `yaml:"limits"`
	// Uptime is how long the switch pretends to have run already; a restart
	// begins at zero.
	Uptime Duration `yaml:"uptime"`
	Timing `yaml:",inline"`
	Faults Faults `yaml:"faults"`
}

// An SSHSpec is the door of a switch.
type SSHSpec struct {
	Listen string `yaml:"listen"` // default 127.0.0.1:0
	// Auth lists the methods offered: password, keyboard-interactive,
	// publickey. Default all three.
	Auth []string `yaml:"auth"`
	// LegacyAlgorithms offers only what an old switch has: SHA-1 key exchange,
	// CBC ciphers, ssh-rsa host key.
	LegacyAlgorithms bool `yaml:"legacyAlgorithms"`
	// HostKeySeed makes the host key the same in every run. Empty: random.
	HostKeySeed string `yaml:"hostKeySeed"`
	// MaxSessions is the number of terminal lines; 0 means 16.
	MaxSessions int `yaml:"maxSessions"`
}

// A CredentialSpec is a user of a switch.
type CredentialSpec struct {
	Username   string   `yaml:"username"`
	Password   string   `yaml:"password"`
	PublicKeys []string `yaml:"publicKeys"` // authorized_keys lines
	Privilege  int      `yaml:"privilege"`  // one of the platform's (1 or 15); 0 means its highest
}

// A PortSpec is one port or a run of ports: "GigabitEthernet1/0/1-24".
type PortSpec struct {
	Name  string  `yaml:"name"`
	Speed BitRate `yaml:"speed"` // default by the kind of interface
}

// UnmarshalYAML also accepts a bare string, the name.
func (p *PortSpec) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		p.Name = n.Value
		return nil
	}
	type plain PortSpec
	return decodeStrict(n, (*plain)(p))
}

// A NativeSessionSpec is a session that cannot be configured by command.
type NativeSessionSpec struct {
	ID     int      `yaml:"id"`
	Type   string   `yaml:"type"`   // as the switch prints it, e.g. "Service Module Session"
	Fields []string `yaml:"fields"` // further lines of what it prints, as they are
	Config []string `yaml:"config"` // lines of the configuration, kept as they are
}

// LimitsSpec overrides a model's limits; 0 keeps the model's figure.
type LimitsSpec struct {
	SourceSessions int `yaml:"sourceSessions"`
	Destinations   int `yaml:"destinations"` // ports per session
	SourcePorts    int `yaml:"sourcePorts"`  // per session
}

// A LinkSpec joins two ports, each written "switch:port".
type LinkSpec struct {
	A string `yaml:"a"`
	B string `yaml:"b"`
}

// A HostSpec is something plugged into a port.
type HostSpec struct {
	At   string `yaml:"at"` // "switch:port"
	Name string `yaml:"name"`
	MAC  string `yaml:"mac"`  // aabb.ccdd.eeff or aa:bb:cc:dd:ee:ff; empty: never speaks, nothing is learned
	VLAN int    `yaml:"vlan"` // default: the port's
	LLDP bool   `yaml:"lldp"`
	CDP  bool   `yaml:"cdp"`
}

// Load reads a Spec. Unknown keys are errors, and so is everything that
// Validate finds; all faults are reported at once.
func Load(r io.Reader) (Spec, error) {
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	var s Spec
	if err := dec.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("lab: read description: %w", err)
	}
	if err := s.Validate(); err != nil {
		return Spec{}, err
	}
	return s, nil
}

// decodeStrict decodes a node into v and refuses unknown keys, which
// yaml.Node.Decode alone would ignore.
func decodeStrict(n *yaml.Node, v any) error {
	raw, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(strings.NewReader(string(raw)))
	dec.KnownFields(true)
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	return nil
}

var switchName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)

// Validate reports every fault of the description, joined into one error.
func (s Spec) Validate() error {
	var faults []error
	add := func(format string, a ...any) { faults = append(faults, fmt.Errorf("lab: "+format, a...)) }
	ports := map[string]map[string]bool{}
	for i, sw := range s.Fabric.Switches {
		where := fmt.Sprintf("switch %d (%s)", i+1, sw.Name)
		if !switchName.MatchString(sw.Name) {
			add("%s: name must be letters, digits, dot, underscore and hyphen", where)
		}
		if _, twice := ports[sw.Name]; twice {
			add("%s: name is used twice", where)
		}
		names, errs := sw.validate()
		for _, err := range errs {
			add("%s: %w", where, err)
		}
		ports[sw.Name] = names
	}
	if s.Fabric.ClockFactor < 0 {
		add("clockFactor is negative")
	}
	if len(s.Fabric.Switches) == 0 {
		add("no switch is described")
	}
	faults = append(faults, s.Fabric.validateWiring(ports)...)
	return errors.Join(faults...)
}

// validate checks one switch and returns its canonical port names.
func (sw SwitchSpec) validate() (map[string]bool, []error) {
	var errs []error
	names := map[string]bool{}
	plat, ok := platformByName(sw.Platform)
	if !ok {
		return names, []error{fmt.Errorf("platform %q is unknown (known: %s)", sw.Platform, strings.Join(Platforms(), ", "))}
	}
	ports, err := plat.Ports(sw.neutral())
	if err != nil {
		errs = append(errs, err)
	}
	for _, p := range ports {
		if names[p.Name] {
			errs = append(errs, fmt.Errorf("port %s is listed twice", p.Name))
		}
		names[p.Name] = true
	}
	if sw.SSH.Listen != "" {
		if _, _, err := net.SplitHostPort(sw.SSH.Listen); err != nil {
			errs = append(errs, fmt.Errorf("ssh.listen: %w", err))
		}
	}
	errs = append(errs, sw.SNMP.validate()...)
	errs = append(errs, sw.GNMI.validate(plat)...)
	errs = append(errs, sw.NETCONF.validate(plat)...)
	for _, m := range sw.SSH.Auth {
		if m != "password" && m != "keyboard-interactive" && m != "publickey" {
			errs = append(errs, fmt.Errorf("ssh.auth: %q is not password, keyboard-interactive or publickey", m))
		}
	}
	for _, c := range sw.Credentials {
		if c.Username == "" {
			errs = append(errs, errors.New("credentials: a username is empty"))
		}
		if c.Privilege != 0 && !slices.Contains(plat.Privileges, c.Privilege) {
			levels := strings.ReplaceAll(strings.Trim(fmt.Sprint(plat.Privileges), "[]"), " ", " or ")
			errs = append(errs, fmt.Errorf("credentials: privilege %d of %s is not %s", c.Privilege, c.Username, levels))
		}
		if _, err := sshdoor.ParseAuthorized(c.PublicKeys); err != nil {
			errs = append(errs, fmt.Errorf("credentials: public key of %s: %w", c.Username, err))
		}
	}
	if err := sw.Faults.validate(); err != nil {
		errs = append(errs, err)
	}
	for _, p := range sw.Faults.Unplugged {
		if full, ok := plat.Canonical(p); !ok || !names[full] {
			errs = append(errs, fmt.Errorf("faults: unplugged: there is no port %q", p))
		}
	}
	if plat.Check != nil {
		errs = append(errs, plat.Check(sw.neutral())...)
	}
	return names, append(errs, sw.validateDoors(plat)...)
}

// validateDoors checks what only some platforms have.
func (sw SwitchSpec) validateDoors(plat plant.Platform) (errs []error) {
	switch {
	case plat.Settings != nil:
		if err := plat.Settings(sw.decodeSettings); err != nil {
			errs = append(errs, err)
		}
	case !sw.Settings.IsZero():
		errs = append(errs, fmt.Errorf("settings: platform %s has none", plat.Name))
	}
	if !plat.NoTerminals {
		return errs
	}
	if sw.SNMP == nil {
		errs = append(errs, fmt.Errorf("snmp: platform %s has no other door", plat.Name))
	}
	typed := sw.SSH.Listen != "" || sw.SSH.HostKeySeed != "" || len(sw.SSH.Auth) > 0 || sw.SSH.LegacyAlgorithms || sw.SSH.MaxSessions != 0
	if typed || len(sw.Credentials) > 0 || sw.EnableSecret != "" || sw.Banner != "" || sw.LoginBanner != "" {
		errs = append(errs, fmt.Errorf("ssh, credentials, enableSecret and banners: platform %s has no command line", plat.Name))
	}
	return errs
}

// someOf names the first and the last port of each kind that a switch has, for one who
// has to guess the model's.
func someOf(ports map[string]bool) string {
	kinds := map[string][]string{}
	for name := range ports {
		kind := name[:max(0, strings.IndexAny(name, "0123456789"))]
		kinds[kind] = append(kinds[kind], name)
	}
	var runs []string
	for _, names := range kinds {
		byNumber := func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
		run := slices.MinFunc(names, byNumber)
		if last := slices.MaxFunc(names, byNumber); last != run {
			run += " to " + last
		}
		runs = append(runs, run)
	}
	if len(runs) == 0 {
		return ""
	}
	slices.Sort(runs)
	return ": it has " + strings.Join(runs, ", ")
}

// validateWiring checks that links, hosts and traffic name existing ports.
func (f FabricSpec) validateWiring(ports map[string]map[string]bool) []error {
	var errs []error
	add := func(format string, a ...any) { errs = append(errs, fmt.Errorf("lab: "+format, a...)) }
	platforms := map[string]plant.Platform{}
	for _, sw := range f.Switches {
		if p, ok := platformByName(sw.Platform); ok {
			platforms[sw.Name] = p
		}
	}
	check := func(what, ref string) string {
		sw, port, err := splitRef(platforms, ref)
		if err != nil {
			add("%s: %w", what, err)
			return ""
		}
		if !ports[sw][port] {
			add("%s: switch %s has no port %s%s", what, sw, port, someOf(ports[sw]))
		}
		return sw + ":" + port
	}
	linked := map[string]string{}
	for i, l := range f.Links {
		what := fmt.Sprintf("link %d", i+1)
		a, b := check(what, l.A), check(what, l.B)
		if a != "" && a == b {
			add("%s: %s is linked to itself", what, a)
		}
		for _, e := range []string{a, b} {
			if e != "" && linked[e] != "" && linked[e] != what {
				add("%s: %s is already used by %s", what, e, linked[e])
			}
			linked[e] = what
		}
	}
	for i, h := range f.Hosts {
		what := fmt.Sprintf("host %d", i+1)
		if e := check(what, h.At); e != "" && linked[e] != "" {
			add("%s: %s is already used by %s", what, e, linked[e])
		}
		if _, ok := fabric.ParseMAC(h.MAC); h.MAC != "" && !ok {
			add("%s: %q is not a hardware address such as 0011.2233.4455", what, h.MAC)
		}
	}
	for i, t := range f.Traffic {
		what := fmt.Sprintf("traffic %d", i+1)
		check(what, t.At)
		for _, err := range t.validate() {
			add("%s: %w", what, err)
		}
	}
	return errs
}

// splitRef splits "switch:port" and makes the port's name canonical.
func splitRef(platforms map[string]plant.Platform, ref string) (sw, port string, err error) {
	sw, port, ok := strings.Cut(ref, ":")
	if !ok {
		return "", "", fmt.Errorf("%q is not of the form switch:port", ref)
	}
	p, ok := platforms[sw]
	if !ok {
		return "", "", fmt.Errorf("%q names the unknown switch %q", ref, sw)
	}
	port, ok = p.Canonical(strings.TrimSpace(port))
	if !ok {
		return "", "", fmt.Errorf("%q names no port of platform %s", ref, p.Name)
	}
	return sw, port, nil
}
