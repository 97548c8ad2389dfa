package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/netmirror/netmirror/client"
)

// follow waits until a write of a session or a filter has come to its end: a session is
// Active, or it is known why it is not. The error says, in the controller's words, what went
// wrong; what is stored all the same is answered with it.
func (o *managed) follow(ctx context.Context, name string, s stored, diags *diag.Diagnostics) (stored, error) {
	if o.word == filterKind.word {
		return s, o.followFilter(ctx, s)
	}
	now := s
	err := until(ctx, func() (bool, error) {
		next, err := o.door().look(ctx, name)
		if err != nil {
			return false, err
		}
		now = next
		v, err := now.asSession()
		return err == nil && decided(v), err
	})
	v, bad := now.asSession()
	switch {
	case bad != nil:
		return now, bad
	case errors.Is(err, context.DeadlineExceeded):
		return now, fmt.Errorf("it is %s after the time that timeouts gives, and goes on by itself\n%s", v.Status.Phase, reasons(v))
	case errors.Is(err, context.Canceled):
		return now, fmt.Errorf("interrupted: it is %s, and goes on by itself\n%s", v.Status.Phase, reasons(v))
	case err != nil:
		return now, err
	case v.Status.Phase == "Failed" || refused(v):
		return now, errors.New(o.why(ctx, v))
	}
	tellTrouble(now, diags)
	return now, nil
}

// decided reports whether waiting for a session tells no more.
func decided(s client.Session) bool {
	if s.Status.RefusedGeneration != nil && *s.Status.RefusedGeneration == s.Status.Generation {
		return true
	}
	switch s.Status.Phase {
	case "Applying":
		return false
	case "Pending":
		c := conditionOf(s, "Admitted")
		return c.Reason == "DeviceUnreachable" || conditionOf(s, "Configured").Reason == "NotPushed"
	case "Unknown": // the controller has begun anew, and reads its devices
		return !slices.ContainsFunc(s.Status.Conditions, func(c client.Condition) bool { return c.Reason == "NotReadYet" })
	}
	return true
}

// refused reports whether devices refused what the session is now.
func refused(s client.Session) bool {
	return s.Status.RefusedGeneration != nil && *s.Status.RefusedGeneration == s.Status.Generation
}

func conditionOf(s client.Session, kind string) client.Condition {
	for _, c := range s.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return client.Condition{}
}

// reasons are the conditions of a session that are not True, a line each.
func reasons(s client.Session) string {
	var lines []string
	for _, c := range s.Status.Conditions {
		if c.Status == "False" || c.Status == "Unknown" && c.Type == "Configured" {
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s is %s (%s): %s", c.Type, c.Status, c.Reason, c.Message), ": "))
		}
	}
	return strings.Join(lines, "\n")
}

// why is the reason of a rollout that failed: what the operation says, or the conditions.
func (o *managed) why(ctx context.Context, s client.Session) string {
	text := ""
	if s.Status.Operation != "" {
		if op, err := o.client.GetOperation(ctx, s.Status.Operation); err == nil {
			text = op.Message
		}
	}
	return cmp.Or(text, reasons(s), "its phase is "+s.Status.Phase)
}

// followFilter waits for the rollouts that a change of a filter began.
func (o *managed) followFilter(ctx context.Context, s stored) error {
	var f client.Filter
	if err := json.Unmarshal(s.raw, &f); err != nil {
		return err
	}
	var faults []error
	for _, r := range f.Status.Rollouts {
		var op client.Operation
		err := patient(ctx, func() (err error) { op, err = o.client.Wait(ctx, r.Operation); return err })
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			err = errors.New("its rollout takes longer than the time that timeouts gives, and goes on by itself")
		case err == nil && op.State != "succeeded" && op.State != "superseded":
			err = errors.New(cmp.Or(op.Message, op.State))
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("session %s: %w", r.Session, err))
		}
	}
	return errors.Join(faults...)
}

// gone waits until a session is gone from its devices.
func (o *managed) gone(ctx context.Context, name string, s stored) error {
	if s.Status == 204 {
		return nil
	}
	var last client.Session
	err := until(ctx, func() (bool, error) {
		now, err := o.door().look(ctx, name)
		if client.IsNotFound(err) {
			return true, nil
		}
		if err == nil {
			last, err = now.asSession()
		}
		return false, err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("it is still being removed after the time that timeouts gives, and that goes on by itself\n%s", reasons(last))
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: it is still being removed, and that goes on by itself\n%s", reasons(last))
	}
	return err
}

// tellTrouble warns of a session that is not as it should be.
func tellTrouble(s stored, diags *diag.Diagnostics) {
	v, err := s.asSession()
	if err != nil {
		return
	}
	switch v.Status.Phase {
	case "Active", "Suspended", "Applying":
		if !refused(v) {
			return
		}
	case "Expired":
		diags.AddWarning("session "+v.Name+" has expired", "its lease is over and it left its devices; netmirror renew "+v.Name+" begins another")
		return
	}
	what := fmt.Sprintf("session %s is %s", v.Name, v.Status.Phase)
	if refused(v) {
		what += ", and devices refused its last change"
	}
	diags.AddWarning(what, cmp.Or(reasons(v), "netmirror describe session/"+v.Name+" tells more"))
}
