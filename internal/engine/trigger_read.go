package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/alert"
	"github.com/netmirror/netmirror/internal/mirror"
)

// read makes out what each alert asks for: one job for each session.
func (f *firing) read(ctx context.Context, alerts []alert.Alert) (jobs []firingJob, err error) {
	err = f.e.store.View(ctx, func(tx mirror.Tx) error {
		jobs = nil
		for i, a := range alerts {
			job, ok, err := f.readOne(tx, i, a)
			if err != nil {
				return err
			}
			if ok {
				jobs = f.join(jobs, job)
			}
		}
		return nil
	})
	return jobs, err
}

// join adds a job. Of several alerts about one port the first decides, and one that is
// resolved ends nothing while another fires.
func (f *firing) join(jobs []firingJob, job firingJob) []firingJob {
	i := slices.IndexFunc(jobs, func(j firingJob) bool { return j.s.Name == job.s.Name })
	if i < 0 {
		return append(jobs, job)
	}
	first := &jobs[i]
	switch {
	case first.on != job.on:
		f.set(job.at, AlertRefused, mirror.Reason{Code: "name-taken", Message: fmt.Sprintf("session %q is of another port of this body; sessionName does not tell them apart", job.s.Name)})
		return jobs
	case first.end && !job.end:
		f.set(first.at, AlertIgnored, sameAs(job.at))
		*first = job
		return jobs
	}
	f.set(job.at, AlertIgnored, sameAs(first.at))
	return jobs
}

func sameAs(alert int) mirror.Reason {
	return mirror.Reason{Code: "same-port", Message: fmt.Sprintf("alert %d of this body is about the same port", alert)}
}

// readOne makes out what one alert asks for; ok is false when it is decided already.
func (f *firing) readOne(tx mirror.Tx, i int, a alert.Alert) (job firingJob, ok bool, err error) {
	ignore := func(code, why string) (firingJob, bool, error) {
		f.set(i, AlertIgnored, mirror.Reason{Code: code, Message: why})
		return job, false, nil
	}
	if a.Other != "" {
		return ignore("no-alert", a.Other)
	}
	if why := a.Matches(f.t); why != "" {
		return ignore("no-match", why)
	}
	if a.Resolved && !f.t.EndOnResolve {
		return ignore("resolved", "it is resolved; the session ends with its lease")
	}
	v, reasons := a.Values(f.t)
	if len(reasons) > 0 {
		f.set(i, AlertRefused, reasons...)
		return job, false, nil
	}
	port, reasons, err := f.port(tx, v)
	if err != nil {
		return job, false, err
	}
	f.out.Alerts[i].Device, f.out.Alerts[i].Interface = v.Device, port
	if len(reasons) > 0 {
		f.set(i, AlertRefused, reasons...)
		return job, false, nil
	}
	s := f.t.Instance(port, v.AlertValues)
	s.Lease = &mirror.Lease{Duration: f.t.Lease}
	f.out.Alerts[i].Session = s.Name
	return firingJob{at: i, end: a.Resolved, on: mirror.Triggered{Trigger: f.t.Name, Device: v.Device, Interface: port}, s: s}, true, nil
}

// port is the one port that an alert names, by its canonical name, or every reason why
// there is none or why the trigger does not allow it.
func (f *firing) port(tx mirror.Tx, v alert.Values) (mirror.PortName, []mirror.Reason, error) {
	refuse := func(code, format string, args ...any) (mirror.PortName, []mirror.Reason, error) {
		return "", []mirror.Reason{{Code: code, Message: fmt.Sprintf(format, args...)}}, nil
	}
	d, _, err := tx.Device(v.Device)
	if errors.Is(err, mirror.ErrNotFound) {
		return refuse("unknown-device", "there is no device %q", v.Device)
	}
	if err != nil {
		return "", nil, err
	}
	drv, err := f.e.driver(d)
	if err != nil {
		return refuse("unsupported", "device %s is driven by nobody", v.Device)
	}
	ports, err := drv.Ports(v.Interface)
	switch {
	case err != nil:
		return refuse("bad-interface", "%s is no interface of platform %s", v.Interface, d.Platform)
	case len(ports) != 1:
		return refuse("several-ports", "%s are %d ports; an alert is about one", v.Interface, len(ports))
	}
	same := func(text string) bool {
		all, err := drv.Ports(text)
		return err == nil && slices.Contains(all, ports[0])
	}
	if !f.t.Allows(v.Device, ports[0], same) {
		_, reasons, err := refuse("not-allowed", "the trigger does not allow %s of %s", ports[0], v.Device)
		return ports[0], reasons, err
	}
	return ports[0], nil, nil
}
