package netconf

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

const (
	namespaceNotification = "urn:ietf:params:xml:ns:netconf:notification:1.0"
	namespaceBaseEvents   = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"
)

// A subscription is what a session is told by itself, until it ends.
type subscription struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// subscribe carries create-subscription out (RFC 5277, 2.1.1): of the stream NETCONF, from
// now on and without an end. What is told is netconf-config-change (RFC 6470) alone.
func (c *conn) subscribe(op *model.Element) error {
	if c.told != nil {
		return &rpc.Error{Type: "protocol", Tag: model.TagFailed, Text: "this session has a subscription"}
	}
	for _, k := range op.Kids {
		switch value := text(k); {
		case k.Name == "stream" && value == "NETCONF":
		case k.Name == "stream":
			return invalid(k.Name, value)
		default: // filters and replay
			return &rpc.Error{Type: "protocol", Tag: rpc.TagNotSupported, Text: "'" + k.Name + "' is not supported in 'create-subscription'", Info: [][2]string{{"bad-element", k.Name}}}
		}
	}
	teller := c.device.(rpc.Teller) // as its Features say
	ctx, cancel := context.WithCancel(c.ctx)
	c.told = &subscription{cancel, make(chan struct{})}
	changed, was := teller.Changed(), teller.Config() // from before the answer on
	go func() {
		defer close(c.told.done)
		c.tellChanges(ctx, teller, changed, was)
	}()
	return nil
}

// untold ends the subscription of a session that ends.
func (c *conn) untold() {
	if c.told != nil {
		c.told.cancel()
		_ = c.caller.Channel.Close() // a client that does not read holds nobody up
		<-c.told.done
	}
}

func (c *conn) tellChanges(ctx context.Context, teller rpc.Teller, changed <-chan struct{}, was *model.Node) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		changed = teller.Changed()
		now := teller.Config()
		if list := model.Differences(was, now); len(list) > 0 {
			user, session := teller.LastChange()
			if c.tell(configChange(user, session, list)) != nil {
				return
			}
		}
		was = now
	}
}

// tell sends what no answer is: no round trip is counted.
func (c *conn) tell(event string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.f.write(fmt.Sprintf(`<notification xmlns="%s">`+"\n<eventTime>%s</eventTime>\n%s</notification>", namespaceNotification, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), event))
}

// configChange is the event of RFC 6470, 2.2.
func configChange(user string, session uint32, list []model.Difference) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<netconf-config-change xmlns="%s">`+"\n<changed-by>\n<username>%s</username>\n<session-id>%d</session-id>\n</changed-by>\n<datastore>running</datastore>\n",
		namespaceBaseEvents, rpc.Escape(user), session)
	for _, d := range list {
		path, spaces := d.Node.Instance()
		b.WriteString("<edit>\n<target")
		for _, prefix := range slices.Sorted(maps.Keys(spaces)) {
			fmt.Fprintf(&b, ` xmlns:%s="%s"`, prefix, rpc.Escape(spaces[prefix]))
		}
		fmt.Fprintf(&b, ">%s</target>\n<operation>%s</operation>\n</edit>\n", rpc.Escape(path), d.Op)
	}
	return b.String() + "</netconf-config-change>\n"
}
