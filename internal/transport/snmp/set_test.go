package snmp

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

var oneSet = []Variable{{column.Row(1), Number(Integer, 4)}, {column.Row(2), Octets("x\x00\xff")}, {column.Row(3), Number(Gauge32, 1<<32-1)}}

// TestARefusedSetIsToldInTheWordsOfTheProtocol, with the object that it is about.
func TestARefusedSetIsToldInTheWordsOfTheProtocol(t *testing.T) {
	for status, word := range map[gosnmp.SNMPError]string{gosnmp.NotWritable: "notWritable", gosnmp.WrongValue: "wrongValue",
		gosnmp.InconsistentValue: "inconsistentValue", gosnmp.TooBig: "tooBig", gosnmp.CommitFailed: "commitFailed", gosnmp.UndoFailed: "undoFailed",
		gosnmp.NoAccess: "noAccess", gosnmp.AuthorizationError: "authorizationError", gosnmp.GenErr: "genErr", gosnmp.SNMPError(77): "77"} {
		seen := make(chan *gosnmp.SnmpPacket, 10)
		conn := opened(t, func(_ int, request *gosnmp.SnmpPacket) []byte {
			seen <- request
			return reply(request, func(p *gosnmp.SnmpPacket) {
				p.Variables, p.Error, p.ErrorIndex = request.Variables, status, 2
			})
		})
		err := conn.Set(t.Context(), oneSet...)
		var told *StatusError
		if !errors.As(err, &told) || told.Status != word || told.Name != column.Row(2) || !errors.Is(err, mirror.ErrRejected) || errors.Is(err, ErrUnanswered) {
			t.Errorf("%s: %v", word, err)
		}
		if errors.Is(err, ErrTooBig) != (status == gosnmp.TooBig) {
			t.Errorf("%s: too big? %v", word, err)
		}
		if got := <-seen; got.PDUType != gosnmp.SetRequest || len(got.Variables) != 3 || got.Variables[0].Value != 4 || string(got.Variables[1].Value.([]byte)) != oneSet[1].Text || got.Variables[2].Value != uint(1<<32-1) {
			t.Errorf("%s: the agent saw %+v", word, got)
		}
	}
}

// TestASetIsSentOnce: what a lost answer means is the caller's to find out.
func TestASetIsSentOnce(t *testing.T) {
	var sets, gets atomic.Int64
	conn := opened(t, func(_ int, request *gosnmp.SnmpPacket) []byte {
		if request.PDUType == gosnmp.SetRequest {
			sets.Add(1)
			return nil
		}
		gets.Add(1)
		return reply(request, nil)
	})
	conn.wait, conn.snmp.Timeout = 300*time.Millisecond, 100*time.Millisecond
	err := conn.Set(t.Context(), oneSet...)
	if !errors.Is(err, ErrUnanswered) || !errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("%v", err)
	}
	conn.snmp.Timeout = patient
	if _, err := conn.Get(t.Context(), column.Row(1)); err != nil {
		t.Error(err)
	}
	if sets.Load() != 1 || gets.Load() != 1 {
		t.Errorf("%d sets and %d gets were sent", sets.Load(), gets.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := conn.Set(ctx, oneSet...); !errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, ErrUnanswered) {
		t.Errorf("given up before it was sent: %v", err)
	}
	_ = conn.Close()
	if err := conn.Set(t.Context(), oneSet...); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("closed: %v", err)
	}
	if err := conn.Set(t.Context()); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("nothing: %v", err)
	}
	if err := conn.Set(t.Context(), Variable{Name: column}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("a value of no kind: %v", err)
	}
}

// TestAnAnswerThatNobodyUnderstandsProvesNothing.
func TestAnAnswerThatNobodyUnderstandsProvesNothing(t *testing.T) {
	conn := opened(t, func(_ int, request *gosnmp.SnmpPacket) []byte {
		return reply(request, func(p *gosnmp.SnmpPacket) { p.Variables = p.Variables[:1] })
	})
	if err := conn.Set(t.Context(), oneSet...); !errors.Is(err, ErrUnanswered) {
		t.Errorf("%v", err)
	}
}

// TestMissingObjectsAreToldApartFromMissingInstances.
func TestMissingObjectsAreToldApartFromMissingInstances(t *testing.T) {
	kinds := []gosnmp.Asn1BER{gosnmp.NoSuchObject, gosnmp.NoSuchInstance}
	conn := opened(t, func(_ int, request *gosnmp.SnmpPacket) []byte {
		return reply(request, func(p *gosnmp.SnmpPacket) {
			for i := range p.Variables {
				p.Variables[i].Type, p.Variables[i].Value = kinds[i], nil
			}
		})
	})
	got, err := conn.Get(t.Context(), column.Row(1), column.Row(2))
	if err != nil || got[0].Kind != Missing || !got[0].NoObject || got[1].Kind != Missing || got[1].NoObject {
		t.Errorf("%+v %v", got, err)
	}
}

// TestNetSNMPIsWritten: a Set against an agent of somebody else, over both versions, and
// what is behind an object.
func TestNetSNMPIsWritten(t *testing.T) {
	const sysName, sysContact, sysServices = OID("1.3.6.1.2.1.1.5.0"), OID("1.3.6.1.2.1.1.4.0"), OID("1.3.6.1.2.1.1.7.0")
	agent := testkit.StartSNMPD(t, "rwcommunity "+community, strings.ReplaceAll(user("nm", "sha256", "aes128"), "rouser", "rwuser"))
	for name, login := range map[string]mirror.SNMPLogin{"2c": v2c(community), "3": v3("nm", "sha256", "aes128")} {
		c := mustOpen(t, target(agent.Port, login, patient))
		want := "switch of " + name
		if err := c.Set(t.Context(), Variable{sysName, Octets(want)}, Variable{sysContact, Octets(name)}); err != nil {
			t.Fatal(err)
		}
		got, err := c.Get(t.Context(), sysName, sysContact, "1.3.6.1.2.1.1.2.0")
		if err != nil || got[0].Text != want || got[1].Text != name || got[2].Kind != ObjectID || !strings.HasPrefix(got[2].Text, "1.3.6.1.4.1.8072.") {
			t.Errorf("%+v %v", got, err)
		}
		var status *StatusError
		err = c.Set(t.Context(), Variable{sysName, Octets("other")}, Variable{sysServices, Number(Integer, 1)})
		if !errors.As(err, &status) || status.Status != "notWritable" || status.Name != sysServices {
			t.Errorf("%v", err)
		}
		if got, err := c.Get(t.Context(), sysName); err != nil || got[0].Text != want {
			t.Errorf("a part of a refused Set is done: %+v %v", got, err)
		}
		next, err := c.Next(t.Context(), "1.3.6.1.2.1.1.5", "2.99")
		if err != nil || next[0].Name != sysName || next[0].Text != want || next[1].Kind != Missing {
			t.Errorf("%+v %v", next, err)
		}
	}
}
