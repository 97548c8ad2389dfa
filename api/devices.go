package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const listDevices = "devices"

// NameParam is the name of a resource in the path.
type NameParam struct {
	Name string `path:"name" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"1 to 63 of a-z, 0-9 and -"`
}

type (
	deviceListInput struct {
		PageParams
		SelectorParam
		DeviceSelectParams
		Order string `query:"order" enum:"name,worst" default:"name" doc:"worst: away, braked, never read, held back by the entry (maintenance, observe), in order, retired; each by name. The pages after the first keep its order"`
	}
	devicePutInput struct {
		NameParam
		Conditions
		DryRunParam
	}
	devicePatchInput struct {
		NameParam
		MatchParam
		DryRunParam
	}
	deviceOutput struct {
		ETag string `header:"ETag" doc:"the version, quoted"`
		Body Device
	}
	deviceReleaseInput struct {
		NameParam
		DryRunParam
	}
	deviceReleaseOutput struct {
		ETag string `header:"ETag" doc:"the version, quoted"`
		Body any    // Device or PlanDevice
	}
	deviceListOutput struct{ Body DeviceList }
	checkOutput      struct{ Body DeviceCheck }
)

func (s *server) registerDevices() {
	one := Base + "/devices/{name}"
	device := reflect.TypeFor[Device]()
	spec, withPlan := reflect.TypeFor[DeviceSpec](), reflect.TypeFor[EntryPlan]()
	ok := []answer{{status: http.StatusOK, body: device}}
	register(s, endpoint{id: "list-devices", method: http.MethodGet, path: Base + "/devices", tag: "devices",
		summary: "List devices", doc: "By name.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[DeviceList]()}}}, s.listDevices)
	register(s, endpoint{id: "get-device", method: http.MethodGet, path: one, tag: "devices",
		summary: "Get a device", doc: "Its entry and what is known of it.", access: mirror.Viewer,
		answers: ok, problems: []int{http.StatusNotFound}}, s.getDevice)
	register(s, endpoint{id: "put-device", method: http.MethodPut, path: one, tag: "devices",
		summary: "Create or replace a device", doc: "The same body again changes nothing.", access: mirror.Admin, body: spec,
		answers:  []answer{{http.StatusOK, device, withPlan}, {status: http.StatusCreated, body: device}},
		problems: []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}}, s.putDevice)
	register(s, endpoint{id: "patch-device", method: http.MethodPatch, path: one, tag: "devices",
		summary: "Change a device", doc: "A JSON merge patch (RFC 7396) of its entry.", access: mirror.Admin, body: spec, patch: true,
		answers:  []answer{{http.StatusOK, device, withPlan}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}}, s.patchDevice)
	register(s, endpoint{id: "delete-device", method: http.MethodDelete, path: one, tag: "devices",
		summary: "Delete a device", doc: "409 while a session needs it.", access: mirror.Admin,
		answers:  []answer{{http.StatusOK, withPlan, nil}, {status: http.StatusNoContent}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}}, s.deleteDevice)
	register(s, endpoint{id: "sync-device", method: http.MethodPost, path: one + ":sync", tag: "devices",
		summary: "Read a device now", doc: "Reads it and answers with what was read; repairs follow by policy.", access: mirror.Operator,
		answers:  ok,
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadGateway}}, s.syncDevice)
	register(s, endpoint{id: "release-device", method: http.MethodPost, path: one + ":release", tag: "devices",
		summary: "Let repairs go on", doc: "Takes off the brake (status.brake), and takes up again what was given up as contended. Look at what is on the device first.", access: mirror.Operator,
		answers:  []answer{{http.StatusOK, device, reflect.TypeFor[PlanDevice]()}},
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusBadGateway}}, s.releaseDevice)
	register(s, endpoint{id: "check-device", method: http.MethodPost, path: one + ":check", tag: "devices",
		summary: "Check a device", doc: "Reachability, login, privilege, model, slots: what a first day needs. A device that fails the check is still 200; the items say what is wrong.",
		access: mirror.Operator, answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[DeviceCheck]()}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusBadGateway}}, s.checkDevice)
}

func (s *server) listDevices(ctx context.Context, in *deviceListInput) (*deviceListOutput, error) {
	labels, err := in.parse()
	if err != nil {
		return nil, err
	}
	pick := engine.DevicePick{Reachable: mirror.State(in.Reachable), Platform: in.Platform, Text: in.Text, Foreign: in.Foreign}
	list := listDevices
	if in.Order == string(engine.WorstFirst) {
		list += " by worst"
	}
	views, next, err := selectPage(list, in.PageParams, func(p mirror.Page) ([]engine.DeviceView, string, error) {
		if in.Order == string(engine.WorstFirst) {
			return s.engine.WorstDevices(ctx, mirror.Selection{Labels: labels}, pick, p)
		}
		return s.engine.SelectDevices(ctx, mirror.Selection{Labels: labels}, pick, p)
	})
	if err != nil {
		return nil, err
	}
	out := DeviceList{Items: make([]Device, len(views)), NextCursor: next}
	for i, v := range views {
		out.Items[i] = deviceOf(v)
		if in.Brief {
			out.Items[i].Status.Capabilities = nil
			if c := out.Items[i].Status.LastCheck; c != nil {
				c.Items = nil
			}
		}
	}
	return &deviceListOutput{out}, nil
}

func (s *server) getDevice(ctx context.Context, in *NameParam) (*deviceOutput, error) {
	v, err := s.engine.Device(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &deviceOutput{ETag: etag(v.Version), Body: deviceOf(v)}, nil
}

// deviceVersion reads the present version, for preconditions.
func (s *server) deviceVersion(ctx context.Context, name string) func() (int64, error) {
	return func() (int64, error) {
		v, err := s.engine.Device(ctx, name)
		return v.Version, err
	}
}

func checkDeviceSpec(name string) func(DeviceSpec) []mirror.Reason {
	return func(d DeviceSpec) []mirror.Reason { return d.domain(name).WithDefaults().Validate() }
}

func (s *server) putDevice(ctx context.Context, in *devicePutInput) (*entryWriteOutput, error) {
	spec, err := decode(s, bodyOf(ctx), checkDeviceSpec(in.Name))
	if err != nil {
		return nil, explainFormer(err)
	}
	version, err := in.Conditions.resolve(s.deviceVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return s.writeDevice(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: version}, spec.domain(in.Name), in.DryRun)
}

// writeDevice stores a device, or plans it, and answers.
func (s *server) writeDevice(ctx context.Context, w engine.Write, d mirror.Device, dryRun bool) (*entryWriteOutput, error) {
	if dryRun {
		return entryPlan(s.engine.PlanDevice(ctx, w, d))
	}
	v, created, err := s.engine.PutDevice(ctx, w, d)
	if err != nil {
		return nil, err
	}
	out := &entryWriteOutput{Status: http.StatusOK, ETag: etag(v.Version), Body: deviceOf(v)}
	if created {
		out.Status, out.Location = http.StatusCreated, Base+"/devices/"+v.Device.Name
	}
	return out, nil
}

func (s *server) patchDevice(ctx context.Context, in *devicePatchInput) (*entryWriteOutput, error) {
	version, err := in.MatchParam.resolve(s.deviceVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return retryChanged(version == nil, func() (*entryWriteOutput, error) {
		v, err := s.engine.Device(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		if by := v.Device.ManagedBy; by != mirror.ManagedByAPI {
			return nil, fmt.Errorf("device %q is managed by %s: %w", in.Name, by, mirror.ErrConflict)
		}
		spec, err := decodePatch(s, bodyOf(ctx), deviceSpecOf(v.Device), checkDeviceSpec(in.Name))
		if err != nil {
			return nil, explainFormer(err)
		}
		read := v.Version
		if version != nil {
			read = *version
		}
		return s.writeDevice(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: &read}, spec.domain(in.Name), in.DryRun)
	})
}

func (s *server) deleteDevice(ctx context.Context, in *entryDeleteInput) (*entryDeleteOutput, error) {
	return s.deleteEntry(ctx, in, mirror.ObjectDevice, s.deviceVersion(ctx, in.Name), s.engine.DeleteDevice)
}

func (s *server) syncDevice(ctx context.Context, in *NameParam) (*deviceOutput, error) {
	v, err := s.engine.Sync(ctx, engine.Write{Actor: actorOf(ctx)}, in.Name)
	if err != nil {
		return nil, err
	}
	return &deviceOutput{ETag: etag(v.Version), Body: deviceOf(v)}, nil
}

func (s *server) releaseDevice(ctx context.Context, in *deviceReleaseInput) (*deviceReleaseOutput, error) {
	if in.DryRun {
		part, err := s.engine.PlanRelease(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		return &deviceReleaseOutput{Body: planDeviceOf(part)}, nil
	}
	v, err := s.engine.Release(ctx, engine.Write{Actor: actorOf(ctx)}, in.Name)
	if err != nil {
		return nil, err
	}
	return &deviceReleaseOutput{ETag: etag(v.Version), Body: deviceOf(v)}, nil
}

func (s *server) checkDevice(ctx context.Context, in *NameParam) (*checkOutput, error) {
	c, err := s.engine.CheckDevice(ctx, engine.Write{Actor: actorOf(ctx)}, in.Name)
	if err != nil {
		return nil, err
	}
	return &checkOutput{checkOf(c)}, nil
}

func isNotFound(err error) bool { return errors.Is(err, mirror.ErrNotFound) }
