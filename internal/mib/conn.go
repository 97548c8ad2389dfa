package mib

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Format is that of payloads.
const Format = "snmp"

// An Agent is what is asked and set: a *snmp.Conn.
type Agent interface {
	Get(ctx context.Context, names ...snmp.OID) ([]snmp.Variable, error)
	Next(ctx context.Context, names ...snmp.OID) ([]snmp.Variable, error)
	Walk(ctx context.Context, columns ...snmp.OID) ([][]snmp.Row, error)
	Set(ctx context.Context, objects ...snmp.Variable) error
	Boots() (uint32, bool)
	Close() error
}

var _ Agent = (*snmp.Conn)(nil)

// A Counter reads counters over the connection of an agent.
type Counter interface {
	Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error)
}

// divided asks in halves what an agent does not answer in one message.
type divided struct{ Agent }

func (d divided) Get(ctx context.Context, names ...snmp.OID) ([]snmp.Variable, error) {
	return inHalves(ctx, names, d.Agent.Get)
}

func (d divided) Next(ctx context.Context, names ...snmp.OID) ([]snmp.Variable, error) {
	return inHalves(ctx, names, d.Agent.Next)
}

func inHalves(ctx context.Context, names []snmp.OID, ask func(context.Context, ...snmp.OID) ([]snmp.Variable, error)) ([]snmp.Variable, error) {
	said, err := ask(ctx, names...)
	if !errors.Is(err, snmp.ErrTooBig) || len(names) < 2 {
		return said, err
	}
	if said, err = inHalves(ctx, names[:len(names)/2], ask); err != nil {
		return nil, err
	}
	more, err := inHalves(ctx, names[len(names)/2:], ask)
	return append(said, more...), err
}

// A Platform is a family of agents that are configured alike: data and pure functions,
// but for Probe.
type Platform struct {
	// Probe finds out what the agent has of the platform, for Facts.Extra. An agent that
	// has it not is mirror.ErrUnsupported, in words.
	Probe func(ctx context.Context, a Agent) (extra map[string]string, err error)
	// Narrow are the columns that hold mirror sessions, which each read walks; Wide those
	// that go with a read of everything.
	Narrow, Wide func(mirror.Facts) []snmp.OID
	// Around puts into an observation, which has ports, what the wide columns tell.
	Around func(mirror.Facts, Tables, *mirror.Observation) error
	// Sessions makes native sessions of the narrow columns. Handles of theirs begin with
	// RowHandle and an object of the row; those of before are gone.
	Sessions func(mirror.Facts, Tables, *mirror.Observation) error
	// Rests are the objects of a port, beside its name, that blocks check; nil = none.
	Rests func(mirror.Observation, mirror.Port) []snmp.OID
	// Within lists what a block would set beyond the rows of its change.
	Within func(mirror.Facts, mirror.Change, Block) error
	// Split divides a message that an agent does not take whole; one part is no division.
	Split func(Message) []Message
	// Otherwise are messages that do the same as one which was refused; nil = none.
	Otherwise func(refused Message, status string) []Message
	// Overwrites: a SET writes over what another hand made of the same number meanwhile,
	// since no row has to be created. What it rests on is asked for right before it then,
	// however young the last read is.
	Overwrites bool
	// Holds reports whether an object that was set to a value may be read as another.
	Holds func(set Object, read snmp.Value) bool
}

// RowHandle begins the keys of Observation.Handles that name objects of mirror sessions.
const RowHandle = "row "

// Options of connections.
type Options struct {
	// Count makes what reads counters over the same connection; nil = none are read.
	Count func(*snmp.Conn) Counter
}

// A Conn is a connection to one agent.
type Conn struct {
	agent    Agent
	platform Platform
	device   string
	facts    mirror.Facts
	counter  Counter
	now      func() time.Time
	// named is when the names of interfaces were last asked for with a push.
	named time.Time
	// seen is what the last read saw; nothing is set since.
	seen sight
}

// Connect opens a connection and learns what the agent is. The errors are those of
// snmp.Open and Platform.Probe.
func Connect(ctx context.Context, t mirror.Target, p Platform, o Options) (*Conn, error) {
	a, err := snmp.Open(ctx, t)
	if err != nil {
		return nil, err
	}
	c := &Conn{agent: divided{a}, platform: p, device: t.Device.Name, now: time.Now}
	if o.Count != nil {
		c.counter = o.Count(a)
	}
	if err := c.learn(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("SNMP agent %s: %w", a.Where(), err), a.Close())
	}
	return c, nil
}

func (c *Conn) learn(ctx context.Context) error {
	said, err := c.agent.Get(ctx, sysDescr, sysObjectID, sysUpTime, sysName, entPhysicalClass, entPhysicalSW, entPhysicalSerial, entPhysicalModel)
	if err != nil {
		return err
	}
	c.facts = factsOf(said, c.now())
	extra, err := c.platform.Probe(ctx, c.agent)
	maps.Copy(c.facts.Extra, extra)
	return err
}

// Facts learned at connect.
func (c *Conn) Facts() mirror.Facts {
	f := c.facts
	f.Extra = maps.Clone(f.Extra)
	return f
}

// Close ends the connection.
func (c *Conn) Close() error { return c.agent.Close() }

// Counters reads counters, see worker.Counter.
func (c *Conn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	if c.counter == nil {
		return mirror.CounterRead{}, fmt.Errorf("counters are not read over this connection: %w", mirror.ErrUnsupported)
	}
	return c.counter.Counters(ctx, ask)
}

// The first entity is the device where its class says so (RFC 6933).
const (
	classChassis = 3
	classStack   = 11
)

// FactObjectID is the key of Facts.Extra that holds sysObjectID.
const FactObjectID = "sysObjectID"

// factsOf reads the system group and the first physical entity, in the order of learn.
// There is no object for the version of the software but in ENTITY-MIB; most agents put it
// into sysDescr.
func factsOf(said []snmp.Variable, now time.Time) mirror.Facts {
	descr := strings.Join(strings.Fields(said[0].Text), " ")
	f := mirror.Facts{Hostname: said[3].Text, LearnedAt: now, Extra: map[string]string{FactObjectID: said[1].Text}}
	if said[2].Kind == snmp.Ticks {
		f.Uptime = time.Duration(said[2].Number) * 10 * time.Millisecond
	}
	f.Model, f.Version = described(descr)
	if class := said[4]; class.Kind == snmp.Integer && (class.Number == classChassis || class.Number == classStack) {
		f.Version = cmp.Or(strings.TrimSpace(said[5].Text), f.Version)
		f.Serial = strings.TrimSpace(said[6].Text)
		f.Model = cmp.Or(strings.TrimSpace(said[7].Text), f.Model)
	}
	f.Model = cmp.Or(f.Model, f.Extra[FactObjectID])
	f.Version = cmp.Or(f.Version, descr, "not told")
	return f
}

// versionWords stand before a version in sysDescr.
var versionWords = []string{"version", "firmware", "software", "release", "sw version", "fw"}

// described reads sysDescr: the model is what stands before the first comma, the version
// is the word with a digit and a dot behind one of versionWords.
func described(descr string) (model, version string) {
	model, _, _ = strings.Cut(descr, ",")
	words := strings.Fields(strings.ReplaceAll(descr, ",", " "))
	for i, w := range words {
		w = strings.ToLower(strings.TrimRight(w, ":"))
		for _, before := range versionWords {
			if w == before && i+1 < len(words) && strings.ContainsAny(words[i+1], "0123456789") && strings.Contains(words[i+1], ".") {
				return strings.TrimSpace(model), strings.Trim(words[i+1], "()[];")
			}
		}
	}
	return strings.TrimSpace(model), ""
}
