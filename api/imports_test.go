package api

import (
	"net/http"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const importBody = `{"devices": [
	{"name": "sw1", "spec": {"platform": "openvswitch", "transports": {"config": {"protocol": "ovsdb", "address": "192.0.2.1"}}, "links": [{"interface": "eth1", "device": "h1", "peerInterface": "eth1"}]}},
	{"name": "acc-1", "spec": {"platform": "openvswitch", "transports": {"config": {"protocol": "ovsdb", "address": "192.0.2.2"}}}}],
	"tools": [{"name": "ids", "spec": {"device": "sw1", "interface": "eth3"}}]}`

func TestAnImportTellsOfEachEntry(t *testing.T) {
	h := newHarness(t)
	h.fake.devices["acc-1"] = engine.DeviceView{Device: mirror.Device{Name: "acc-1", ManagedBy: mirror.ManagedByAPI}, Version: 1}
	h.do(http.MethodPost, "/api/v1/imports/containerlab", importBody).problem(http.StatusForbidden, "forbidden")
	dry := h.do(http.MethodPost, "/api/v1/imports/containerlab?dryRun=true", importBody, "Authorization", "Bearer "+adminToken)
	dry.is(http.StatusOK)
	if len(h.fake.tools) != 0 {
		t.Error("a dry run stored")
	}
	h.do(http.MethodPost, "/api/v1/imports/containerlab", importBody, "Authorization", "Bearer "+adminToken).golden("import")
	if d := h.fake.devices["sw1"].Device; d.ManagedBy != "containerlab" || len(d.Links) != 1 {
		t.Errorf("%+v", d)
	}
	for path, body := range map[string]string{"/api/v1/imports/elsewhere": importBody, "/api/v1/imports/netbox": `{"devices": [{"name": "a", "spec": {"colour": "red"}}]}`, "/api/v1/imports/netbox?dryRun=2": importBody} {
		if r := h.do(http.MethodPost, path, body, "Authorization", "Bearer "+adminToken); r.status < 400 || r.status >= 500 {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
