package origincli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// origin is that of commands and of lines.
const origin = "cli"

// asJSON is how a terminal asks for what a Get is asked for by its encoding.
const asJSON = " | json"

// atOnce is how many Gets are under way at a time.
const atOnce = 8

// A Terminal is the command line of one device.
type Terminal struct {
	conn   *gnmi.Conn
	device string
	login  mirror.Login
}

// Open connects as gnmi.Dial does, with its errors.
func Open(ctx context.Context, t mirror.Target, o gnmi.Options) (*Terminal, error) {
	conn, err := gnmi.Dial(ctx, t, o)
	if err != nil {
		return nil, err
	}
	return &Terminal{conn: conn, device: t.Device.Name, login: t.Login}, nil
}

// Close ends the connection.
func (t *Terminal) Close() error { return t.conn.Close() }

// AllOrNothing: the blocks of one Configure are one transaction.
func (t *Terminal) AllOrNothing() bool { return true }

// LineByLine: nothing is typed.
func (t *Terminal) LineByLine() bool { return false }

// Redact takes the login out of a text.
func (t *Terminal) Redact(text string) string {
	return mirror.Redact(text, []mirror.Secret{t.login.Password}, []mirror.Secret{t.login.Username})
}

// Run asks for what commands show, several at a time, and returns the replies in order.
// A command that the device refuses is a reply that begins with "%", as at a terminal,
// and goes on in the device's words. Errors are those of gnmi.Conn.Get that are about
// the connection or the login.
func (t *Terminal) Run(ctx context.Context, commands ...string) ([]cli.Reply, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	replies, room := make([]cli.Reply, len(commands)), make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	var once sync.Once
	var failed error // the first that cannot go on; the others end for its sake
	for i, command := range commands {
		room <- struct{}{}
		asking := ctx
		if i > 0 { // they cross on the way
			asking = mirror.WithRoundTrips(ctx, func() {})
		}
		wait.Go(func() {
			defer func() { <-room }()
			text, err := t.show(asking, command)
			if err != nil {
				once.Do(func() { failed = err })
				stop()
			}
			replies[i] = cli.Reply{Command: command, Text: text}
		})
	}
	wait.Wait()
	if failed != nil {
		return nil, failed
	}
	return replies, nil
}

// show is the reply to one command.
func (t *Terminal) show(ctx context.Context, command string) (string, error) {
	asked, encoding := strings.TrimSpace(command), gnmi.EncodingASCII
	if bare, json := strings.CutSuffix(asked, asJSON); json {
		asked, encoding = bare, gnmi.EncodingJSON
	}
	told, err := t.conn.Get(ctx, gnmi.GetRequest{Paths: []gnmi.Path{{Origin: origin, Elems: []gnmi.Elem{{Name: asked}}}}, Encoding: encoding})
	if said, refused := refusal(err); refused {
		return "% " + strings.TrimPrefix(said.Answer, "% "), nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", asked, err)
	}
	var texts []string
	for _, n := range told {
		for _, u := range n.Updates {
			text, known := textOf(u.Value)
			if !known {
				return "", fmt.Errorf("%s: the reply is a %T, which is no text: %w", asked, u.Value, mirror.ErrParse)
			}
			texts = append(texts, text)
		}
	}
	if len(texts) > 1 {
		return "", fmt.Errorf("%s: %d replies to one command: %w", asked, len(texts), mirror.ErrParse)
	}
	return strings.Join(texts, ""), nil // none: there is nothing to show
}

// textOf is a value as a terminal would show it.
func textOf(v gnmi.Value) (text string, known bool) {
	switch x := v.(type) {
	case nil:
		return "", true
	case gnmi.ASCII:
		return string(x), true
	case string:
		return x, true
	case gnmi.JSON:
		return string(x), true
	case gnmi.JSONIETF:
		return string(x), true
	}
	return "", false
}

// refusal finds what a device says of a request that it does not carry out, where the
// connection and the login are good.
func refusal(err error) (said *mirror.DeviceError, refused bool) {
	if !errors.As(err, &said) {
		return nil, false
	}
	for _, kind := range []error{mirror.ErrUnreachable, mirror.ErrTimeout, mirror.ErrAuth, mirror.ErrLoginRefused} {
		if errors.Is(err, kind) {
			return nil, false
		}
	}
	return said, true
}

// RunConfirmed is mirror.ErrUnsupported: nobody is there to answer a question.
func (t *Terminal) RunConfirmed(context.Context, string, *regexp.Regexp) (cli.Reply, error) {
	return cli.Reply{}, mirror.Unsupported("no command that asks a question can be given over gNMI")
}

// Configure sends the lines of all blocks as one Set. When one of the results has an
// error nothing is in force: that of the block whose line the device names, which is
// marked as refused, or where it names none that of each, with no line marked. Of blocks
// nothing but the lines is used. Errors are those of gnmi.Conn.Set that are about the
// connection or the login, and mirror.ErrInvalid before anything is sent.
func (t *Terminal) Configure(ctx context.Context, blocks []cli.Block) ([]cli.BlockResult, error) {
	results := make([]cli.BlockResult, len(blocks))
	var updates []gnmi.Update
	for i, b := range blocks {
		if len(b.Enter)+len(b.Leave)+len(b.Commit)+len(b.Abort) > 0 || b.Stay || b.Stop != nil {
			return nil, fmt.Errorf("a block with a frame of its own cannot be sent over gNMI: %w", mirror.ErrInvalid)
		}
		for _, l := range b.Lines {
			if strings.ContainsAny(l.Text, "\r\n") {
				return nil, fmt.Errorf("%q is not one line: %w", l.Text, mirror.ErrInvalid)
			}
			updates = append(updates, gnmi.Update{Path: gnmi.Path{Origin: origin}, Value: gnmi.ASCII(l.Text)})
			results[i].Lines = append(results[i].Lines, cli.LineResult{Text: l.Text, Sent: true, Answered: true})
		}
	}
	if len(updates) == 0 {
		return results, nil
	}
	_, err := t.conn.Set(ctx, gnmi.SetRequest{Updates: updates})
	if err == nil {
		return results, nil
	}
	said, refused := refusal(err)
	if denied := errors.Is(err, mirror.ErrAuth) && !errors.Is(err, mirror.ErrLoginRefused); denied { // it may read, and not change
		refused = errors.As(err, &said)
	}
	if !refused {
		return nil, err
	}
	if i := t.blame(results, said); i < 0 {
		for i := range results {
			results[i].Err = said
		}
	}
	return results, nil
}

// blame marks the line that the device names in its refusal, and gives its block the
// error. -1: it names none, or one that several blocks have.
func (t *Terminal) blame(results []cli.BlockResult, said *mirror.DeviceError) int {
	block, line, most, several := -1, -1, 0, false
	for i, r := range results {
		for j, l := range r.Lines {
			words := strings.TrimSpace(l.Text)
			switch {
			case len(words) < most || !names(said.Answer, words):
			case len(words) > most:
				block, line, most, several = i, j, len(words), false
			case i != block:
				several = true
			}
		}
	}
	if block < 0 || several {
		return -1
	}
	l := &results[block].Lines[line]
	l.Refused, l.Answer = true, said.Answer
	results[block].Err = &mirror.DeviceError{Device: t.device, Sent: strings.TrimSpace(l.Text), Answer: said.Answer, Kind: said.Kind}
	return block
}

// names reports whether words quote a line: it stands there, not as a part of longer
// words. A line of one word is no name of its own ("exit").
func names(words, line string) bool {
	if !strings.Contains(line, " ") {
		return false
	}
	quoted := regexp.MustCompile(`(?:^|[^\w./:-])` + regexp.QuoteMeta(line) + `(?:$|[^\w./:-]|[.:](?:\s|$))`)
	return quoted.MatchString(words)
}
