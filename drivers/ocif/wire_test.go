package ocif

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/drivers/eos"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// door is a memory behind a real gNMI server.
type door struct {
	gpb.UnimplementedGNMIServer
	*memory
	model string
}

func (d *door) Capabilities(context.Context, *gpb.CapabilityRequest) (*gpb.CapabilityResponse, error) {
	return &gpb.CapabilityResponse{SupportedEncodings: []gpb.Encoding{gpb.Encoding_JSON_IETF}, SupportedModels: []*gpb.ModelData{{Name: d.model}}}, nil
}

func (d *door) Get(_ context.Context, r *gpb.GetRequest) (*gpb.GetResponse, error) {
	out := &gpb.GetResponse{}
	for _, p := range r.GetPath() {
		below, found := []string{}, false
		for _, e := range p.GetElem()[2:] {
			below = append(below, e.GetName())
		}
		for name, leaves := range d.interfaces {
			want := p.GetElem()[1].GetKey()["name"]
			if v := leaves.json(strings.Join(below, "/"), true); v != nil && (want == "*" || want == name) {
				found = true
				path := &gpb.Path{Elem: []*gpb.PathElem{{Name: "interfaces"}, {Name: "interface", Key: map[string]string{"name": name}}}}
				for _, b := range below {
					path.Elem = append(path.Elem, &gpb.PathElem{Name: b})
				}
				out.Notification = append(out.Notification, &gpb.Notification{Update: []*gpb.Update{{Path: path,
					Val: &gpb.TypedValue{Value: &gpb.TypedValue_JsonIetfVal{JsonIetfVal: text(v)}}}}})
			}
		}
		if !found {
			return nil, status.Errorf(codes.NotFound, "nothing at %v", p)
		}
	}
	return out, nil
}

func TestOverTheWire(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{memory: newMemory(), model: "urn:example:openconfig-interfaces"}
	s := grpc.NewServer()
	gpb.RegisterGNMIServer(s, d)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(ln) }()
	defer func() { s.Stop(); <-done }()
	target := mirror.Target{Transport: mirror.Transport{Protocol: "gnmi", Address: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, Insecure: mirror.InsecurePlaintext}}

	c, err := Connect(t.Context(), target, Platform{Ports: eos.Ports}, certs.Files{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := c.read(t, mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet1", "Ethernet2"}})
	if len(got.Ports) != 2 || got.Ports[0].InOctets != 1<<63 || !got.Ports[0].Complete {
		t.Errorf("%+v", got)
	}

	d.model = "urn:example:native"
	if _, err := Connect(t.Context(), target, Platform{Ports: eos.Ports}, certs.Files{}); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("without the model: %v", err)
	}
}
