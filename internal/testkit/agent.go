package testkit

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gosnmp/gosnmp"
)

// An Agent is an SNMP agent of version 2c that has the objects it is given and no mind of
// its own: what a Set does is up to the test. It proves how a driver behaves, not how a
// switch does.
type Agent struct {
	Port      int
	Community string

	mu      sync.Mutex
	objects map[string]gosnmp.SnmpPDU // by identifier without the leading dot
	// set decides about a Set; see OnSet.
	set  func(have map[string]gosnmp.SnmpPDU, asked []gosnmp.SnmpPDU) (gosnmp.SNMPError, uint8)
	lose func(request *gosnmp.SnmpPacket) (before, after bool)
	sets [][]gosnmp.SnmpPDU
}

// StartAgent starts an agent on loopback that ends with the test.
func StartAgent(t testing.TB) *Agent {
	t.Helper()
	l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a := &Agent{Port: l.LocalAddr().(*net.UDPAddr).Port, Community: "testkit", objects: map[string]gosnmp.SnmpPDU{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := l.ReadFromUDP(buf)
			if err != nil {
				return
			}
			request, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(slices.Clone(buf[:n]))
			if err != nil || request.Community != a.Community {
				continue
			}
			if raw := a.answer(request); raw != nil {
				_, _ = l.WriteToUDP(raw, from)
			}
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return a
}

// Change does something while the agent answers nothing: for what OnSet and Lose read.
func (a *Agent) Change(do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	do()
}

// Put gives an object a value: int is an Integer, uint32 a Gauge32, uint64 a Counter64,
// string octets; nil takes it away.
func (a *Agent) Put(name string, value any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var kind gosnmp.Asn1BER
	switch value.(type) {
	case int:
		kind = gosnmp.Integer
	case uint32:
		kind = gosnmp.Gauge32
	case uint64:
		kind = gosnmp.Counter64
	case string:
		kind = gosnmp.OctetString
	default:
		delete(a.objects, name)
		return
	}
	a.objects[name] = gosnmp.SnmpPDU{Name: "." + name, Type: kind, Value: value}
}

// Get is the value of an object, nil where there is none.
func (a *Agent) Get(name string) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.objects[name].Value
}

// OnSet has a function decide about Sets: it changes what the agent has, by identifiers
// without the leading dot, or gives an error-status and its index.
func (a *Agent) OnSet(set func(have map[string]gosnmp.SnmpPDU, asked []gosnmp.SnmpPDU) (gosnmp.SNMPError, uint8)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.set = set
}

// Lose has requests be lost, before they are done or behind that; nil ends it.
func (a *Agent) Lose(lose func(request *gosnmp.SnmpPacket) (before, after bool)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lose = lose
}

// Sets are the objects of each Set that came in, lost ones too.
func (a *Agent) Sets() [][]gosnmp.SnmpPDU {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sets)
}

func (a *Agent) answer(request *gosnmp.SnmpPacket) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if request.PDUType == gosnmp.SetRequest {
		a.sets = append(a.sets, request.Variables)
	}
	before, after := false, false
	if a.lose != nil {
		before, after = a.lose(request)
	}
	if before {
		return nil
	}
	response := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: request.Community, PDUType: gosnmp.GetResponse, RequestID: request.RequestID}
	switch request.PDUType {
	case gosnmp.GetRequest:
		for _, v := range request.Variables {
			response.Variables = append(response.Variables, a.get(v.Name))
		}
	case gosnmp.GetNextRequest:
		order := a.order()
		for _, v := range request.Variables {
			response.Variables = append(response.Variables, a.next(order, v.Name))
		}
	case gosnmp.GetBulkRequest:
		order := a.order()
		at := slices.Clone(request.Variables)
		for range min(int(request.MaxRepetitions), 30) {
			for i, v := range at {
				at[i] = a.next(order, v.Name)
				response.Variables = append(response.Variables, at[i])
			}
		}
	case gosnmp.SetRequest:
		response.Variables = request.Variables
		response.Error, response.ErrorIndex = gosnmp.NotWritable, 1
		if a.set != nil {
			response.Error, response.ErrorIndex = a.set(a.objects, request.Variables)
		}
	}
	if after {
		return nil
	}
	raw, err := response.MarshalMsg()
	if err != nil {
		return nil
	}
	return raw
}

func (a *Agent) get(name string) gosnmp.SnmpPDU {
	bare := strings.TrimPrefix(name, ".")
	if v, ok := a.objects[bare]; ok {
		return v
	}
	kind := gosnmp.NoSuchObject
	column := bare[:max(0, strings.LastIndexByte(bare, '.'))]
	for have := range a.objects {
		if strings.HasPrefix(have, column+".") {
			kind = gosnmp.NoSuchInstance
		}
	}
	return gosnmp.SnmpPDU{Name: name, Type: kind}
}

func (a *Agent) order() [][]uint64 {
	out := make([][]uint64, 0, len(a.objects))
	for name := range a.objects {
		out = append(out, numbers(name))
	}
	slices.SortFunc(out, slices.Compare)
	return out
}

func numbers(name string) (out []uint64) {
	for part := range strings.SplitSeq(strings.TrimPrefix(name, "."), ".") {
		n, _ := strconv.ParseUint(part, 10, 64)
		out = append(out, n)
	}
	return out
}

func (a *Agent) next(order [][]uint64, name string) gosnmp.SnmpPDU {
	i, found := slices.BinarySearchFunc(order, numbers(name), slices.Compare)
	if found {
		i++
	}
	if i == len(order) {
		return gosnmp.SnmpPDU{Name: name, Type: gosnmp.EndOfMibView}
	}
	parts := make([]string, len(order[i]))
	for n, id := range order[i] {
		parts[n] = strconv.FormatUint(id, 10)
	}
	return a.objects[strings.Join(parts, ".")]
}
