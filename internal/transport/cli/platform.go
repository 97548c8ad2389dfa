package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/scrapli/scrapligo/driver/options"
	"github.com/scrapli/scrapligo/platform"
	"github.com/scrapli/scrapligo/transport"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Dialect is what scrapligo's definitions do not tell about a command line.
type Dialect struct {
	// Comment begins a line that the device ignores, in exec mode and, unless
	// ConfigMarker says otherwise, in configuration mode.
	Comment string
	// ConfigMarker begins the line that serves as a marker in configuration
	// mode, where a comment would be stored: a show command that ends with a
	// filter. "" means Comment.
	ConfigMarker string
	// Question matches the end of a line in which the device asks something;
	// nil means the usual forms.
	Question *regexp.Regexp
	// ConfigLevel names the privilege level in which blocks are entered;
	// "" means "configuration".
	ConfigLevel string
	// Pager matches the pager's line; nil means the usual "--More--" forms.
	Pager *regexp.Regexp
	// OnOpen are the commands of a login, instead of those of the definition; nil
	// means the definition's.
	OnOpen []string
	// Prompts are patterns of prompts by privilege level, instead of those of the
	// definition.
	Prompts map[string]string
}

// exclusive is the level of those who configure in a candidate: nobody else's edits are in
// it then, and leaving it asks nothing about them.
const exclusive = "configuration-exclusive"

// xrConfig: the definition forgets the plus sign of this level.
const xrConfig = `(?im)^[\w.\-@/:]{1,63}\(config[\+\w.\-@/:]{0,32}\)#\s?$`

// Prompts of Junos: the definition knows one banner line above them. The banner tells
// the role of a member ("{master:0}", "{primary:node0}"), the place in the
// configuration ("[edit]", "[edit forwarding-options]"), or both in one line.
const (
	junosExec   = `(?im)^(\{[^\n{}]{1,60}\}\n)?[\w\-@()/:\.]{1,63}>\s?$`
	junosConfig = `(?im)^((\{[^\n{}]{1,60}\})?\[edit[^\n]{0,200}\]\n)?[\w\-@()/:\.]{1,63}#\s?$`
)

// builtinDialect is the dialect of a platform that scrapligo embeds. "!" was
// used on Cisco and Arista command lines by the measurements that this package
// rests on, against imitations of them, and is the end marker of Cisco's
// Unicon on IOS, IOS-XE and NX-OS; "#" on Junos is documented for operational
// mode, in configuration mode and on SR Linux it is general knowledge. IOS-XR
// keeps comments that are typed in configuration mode, EOS those that begin
// with "!!" (netdevops/hier_config issue 30, napalm issue 517): a show command
// whose filter holds the nonce stores nothing.
func builtinDialect(name string) (Dialect, bool) {
	switch name {
	case "cisco_iosxe", "cisco_nxos":
		return Dialect{Comment: "!"}, true
	case "arista_eos": // the definition's "terminal width 32767" made cEOS close the channel, 500 did not
		return Dialect{Comment: "!", OnOpen: []string{"terminal width 500", "terminal length 0"}}, true
	case "cisco_iosxr":
		return Dialect{Comment: "!", ConfigMarker: "do show clock | include", ConfigLevel: exclusive, Prompts: map[string]string{exclusive: xrConfig},
			// The last one silences the time stamp above each answer.
			OnOpen: []string{"terminal width 512", "terminal length 0", "terminal exec prompt no-timestamp"}}, true
	case "juniper_junos":
		return Dialect{Comment: "#", ConfigLevel: exclusive, Prompts: map[string]string{"exec": junosExec, exclusive: junosConfig}}, true
	case "nokia_srl":
		return Dialect{Comment: "#"}, true
	}
	return Dialect{}, false
}

// A level is one privilege level of a platform.
type level struct {
	name        string
	prompt      *regexp.Regexp
	notContains []string
	previous    string
	escalate    string
	deescalate  string
	asks        *regexp.Regexp // the question for the secret; nil when none is asked
}

// A Platform is the command line of a family of devices. It does not change
// after it was made and may be shared by any number of connections.
type Platform struct {
	name    string
	levels  map[string]*level
	names   []string // sorted
	desired string
	config  string
	onOpen  []string
	failed  []string
	comment string
	marker  string // of configuration mode
	pager   *regexp.Regexp

	question *regexp.Regexp
}

// LoadPlatform makes a platform from scrapligo's embedded definition of that
// name. A name without a definition or without a known dialect is
// mirror.ErrUnsupported.
func LoadPlatform(name string) (*Platform, error) {
	// scrapligo would take an unknown name for a file or an address to fetch.
	dialect, ok := builtinDialect(name)
	if !ok {
		return nil, fmt.Errorf("cli: platform %q has no dialect: %w", name, mirror.ErrUnsupported)
	}
	return makePlatform(name, name, dialect)
}

// ParsePlatform makes a platform from a definition in scrapligo's YAML format,
// for platforms that scrapligo does not embed. A definition that cannot be used
// is mirror.ErrInvalid.
func ParsePlatform(definition []byte, d Dialect) (*Platform, error) {
	return makePlatform("", definition, d)
}

func makePlatform(name string, source any, d Dialect) (*Platform, error) {
	if strings.TrimSpace(d.Comment) == "" || hasControl(d.Comment) {
		return nil, fmt.Errorf("cli: platform %q: the dialect has no usable comment character: %w", name, mirror.ErrInvalid)
	}
	if strings.HasPrefix(d.Comment, "!!") || hasControl(d.ConfigMarker) {
		return nil, fmt.Errorf("cli: platform %q: the dialect's marker would be stored, or cannot be typed: %w", name, mirror.ErrInvalid)
	}
	def, err := loadDefinition(source)
	if err != nil {
		return nil, fmt.Errorf("cli: platform %q: %w: %w", name, mirror.ErrInvalid, err)
	}
	p := &Platform{name: name, levels: map[string]*level{}, desired: def.DefaultDesiredPrivilegeLevel,
		config: d.ConfigLevel, failed: def.FailedWhenContains, comment: d.Comment,
		marker: cmp.Or(d.ConfigMarker, d.Comment), pager: d.Pager, question: d.Question}
	if name == "" {
		p.name = def.GetPlatformType()
	}
	if p.config == "" {
		p.config = "configuration"
	}
	if p.pager == nil {
		p.pager = defaultPager
	}
	if p.question == nil {
		p.question = defaultQuestion
	}
	for key, l := range def.PrivilegeLevels {
		lv := &level{name: key, notContains: l.NotContains, previous: l.PreviousPriv,
			escalate: l.Escalate, deescalate: l.Deescalate}
		if lv.prompt, err = regexp.Compile(cmp.Or(d.Prompts[key], l.Pattern)); err != nil {
			return nil, fmt.Errorf("cli: platform %q: %w: prompt of %s: %w", p.name, mirror.ErrInvalid, key, err)
		}
		if l.EscalateAuth {
			if lv.asks, err = regexp.Compile(l.EscalatePrompt); err != nil {
				return nil, fmt.Errorf("cli: platform %q: %w: question of %s: %w", p.name, mirror.ErrInvalid, key, err)
			}
		}
		p.levels[key] = lv
	}
	p.names = slices.Sorted(maps.Keys(p.levels))
	if p.levels[p.desired] == nil {
		return nil, fmt.Errorf("cli: platform %q: %w: no default privilege level", p.name, mirror.ErrInvalid)
	}
	for _, op := range def.NetworkOnOpen {
		if op["operation"] != platform.OpDriverSendCommand {
			continue // acquiring the level is the login's business
		}
		command, _ := op["command"].(string)
		p.onOpen = append(p.onOpen, command)
	}
	if d.OnOpen != nil {
		p.onOpen = slices.Clone(d.OnOpen)
	}
	for _, command := range p.onOpen {
		if err := checkLine(command); err != nil {
			return nil, fmt.Errorf("cli: platform %q: on open: %w", p.name, err)
		}
	}
	return p, nil
}

// loadDefinition lets scrapligo read a definition. It panics on some malformed
// ones, which for text from a file is an error like any other.
func loadDefinition(source any) (def *platform.Platform, err error) {
	defer func() {
		if r := recover(); r != nil {
			def, err = nil, fmt.Errorf("definition refused: %v", r)
		}
	}()
	def, err = platform.NewPlatform(source, "none", options.WithCustomTransport(noTransport{}))
	if err == nil && def == nil {
		err = errors.New("definition is empty")
	}
	return def, err
}

// noTransport stands in where only the definition is wanted.
type noTransport struct{}

var errNoTransport = errors.New("no transport")

func (noTransport) Open(*transport.Args) error { return errNoTransport }
func (noTransport) Close() error               { return nil }
func (noTransport) IsAlive() bool              { return false }
func (noTransport) Read(int) ([]byte, error)   { return nil, errNoTransport }
func (noTransport) Write([]byte) error         { return errNoTransport }

// Name is the platform's key in scrapligo's catalogue.
func (p *Platform) Name() string { return p.name }

// Failed reports whether the answer to a line contains one of scrapligo's
// failure texts. They are syntax errors; refusals of a well-formed line are the
// driver's knowledge (Block.Refused).
func (p *Platform) Failed(answer string) bool {
	return slices.ContainsFunc(p.failed, func(text string) bool { return strings.Contains(answer, text) })
}

// at reports whether x, with the line before it, is a prompt of the level, and
// whether the line before belongs to the prompt, where it may.
func (p *Platform) at(name, before, x string) (ok, two bool) {
	l := p.levels[name]
	if l == nil || strings.TrimSpace(x) == "" {
		return false, false
	}
	for _, candidate := range []string{x, strings.TrimRight(x, " ")} {
		if before != "" && l.matches(before+"\n"+candidate) {
			return true, true
		}
		if l.matches(candidate) {
			return true, false
		}
	}
	return false, false
}

// matches demands that the pattern covers all of x, because the patterns are
// multi-line and would be content with one line of it.
func (l *level) matches(x string) bool {
	at := l.prompt.FindStringIndex(x)
	return at != nil && at[0] == 0 && at[1] == len(x)
}

// anyLevel is the first level, by name, that x is a prompt of; the desired one
// and its ancestors first, because some platforms share patterns.
func (p *Platform) anyLevel(before, x string) (name string, ok bool) {
	for _, n := range append(p.path(), p.names...) {
		if slices.ContainsFunc(p.levels[n].notContains, func(s string) bool { return strings.Contains(x, s) }) {
			continue
		}
		if ok, _ := p.at(n, before, x); ok {
			return n, true
		}
	}
	return "", false
}

// path lists the desired level and the levels below it, highest first.
func (p *Platform) path() []string {
	var out []string
	for n := p.desired; p.levels[n] != nil && !slices.Contains(out, n); n = p.levels[n].previous {
		out = append(out, n)
	}
	return out
}

// next is the level to go to from a lower one, on the way to the desired one.
func (p *Platform) next(from string) (*level, bool) {
	path := p.path()
	i := slices.Index(path, from)
	if i <= 0 {
		return nil, false
	}
	return p.levels[path[i-1]], true
}
