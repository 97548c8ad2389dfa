package api

import "strconv"

// write writes the fields of a session, in the order of the type, as those below do.
func (s *Session) write(j *jsonObject) {
	j.str("name", s.Name)
	j.key("spec")
	j.open('{')
	s.Spec.write(j)
	j.close('}')
	j.key("status")
	j.open('{')
	s.Status.write(j)
	j.close('}')
	j.anyNot("operation", s.Operation != nil, s.Operation)
}

func (s *SessionSpec) write(j *jsonObject) {
	j.strNot("description", s.Description)
	list(j, "sources", s.Sources, writeSource)
	list(j, "destinations", s.Destinations, func(j *jsonObject, d *Destination) {
		j.strNot("tool", d.Tool)
		j.strNot("device", d.Device)
		j.strNot("interface", d.Interface)
		j.strNot("ip", d.IP)
	})
	j.strNot("kind", s.Kind)
	j.strNot("tags", s.Tags)
	j.strNot("ingress", s.Ingress)
	j.anyNot("filterVlans", len(s.FilterVLANs) > 0, s.FilterVLANs)
	j.strNot("filter", s.Filter)
	j.numNot("truncate", int64(s.Truncate))
	j.numNot("sample", int64(s.Sample))
	j.strNot("nativeId", s.NativeID)
	j.boolNot("force", s.Force)
	j.anyNot("rspan", s.RSPAN != nil, s.RSPAN)
	j.anyNot("erspan", s.ERSPAN != nil, s.ERSPAN)
	if s.Enabled != nil {
		j.key("enabled")
		j.b = strconv.AppendBool(j.b, *s.Enabled)
	}
	j.numNot("priority", int64(s.Priority))
	j.anyNot("admission", s.Admission != nil, s.Admission)
	j.anyNot("onOverload", s.OnOverload != nil, s.OnOverload)
	j.strNot("driftPolicy", s.DriftPolicy)
	j.strNot("deletePolicy", s.DeletePolicy)
	j.strNot("onFailure", s.OnFailure)
	j.strNot("onUnreachable", s.OnUnreachable)
	j.anyNot("lease", s.Lease != nil, s.Lease)
	if p := s.Purpose; p != nil {
		j.key("purpose")
		j.open('{')
		j.strNot("reason", p.Reason)
		j.strNot("ticket", p.Ticket)
		j.close('}')
	}
	j.labels("labels", s.Labels)
}

func writeSource(j *jsonObject, s *Source) {
	j.str("device", s.Device)
	j.strNot("interface", s.Interface)
	j.numNot("vlan", int64(s.VLAN))
	j.strNot("direction", s.Direction)
	j.numNot("priority", int64(s.Priority))
	j.boolNot("essential", s.Essential)
}

func (s *SessionStatus) write(j *jsonObject) {
	j.num("generation", s.Generation)
	j.num("observedGeneration", s.ObservedGeneration)
	j.numNot("refusedGeneration", s.RefusedGeneration)
	j.strNot("kind", s.Kind)
	j.strNot("kindReason", s.KindReason)
	list(j, "destinations", s.Destinations, func(j *jsonObject, d *DestinationStatus) {
		j.strNot("tool", d.Tool)
		j.strNot("device", d.Device)
		j.strNot("interface", d.Interface)
		j.strNot("ip", d.IP)
		j.strNot("kind", d.Kind)
		j.strNot("kindReason", d.KindReason)
	})
	if len(s.Forecast) > 0 {
		list(j, "forecast", s.Forecast, writeForecast)
	}
	j.timeNot("expires", s.Expires)
	j.anyNot("warnings", len(s.Warnings) > 0, s.Warnings)
	j.anyNot("relief", s.Relief != nil, s.Relief)
	j.str("phase", s.Phase)
	j.boolNot("deleting", s.Deleting)
	j.strNot("operation", s.Operation)
	list(j, "conditions", s.Conditions, func(j *jsonObject, c *Condition) {
		j.str("type", c.Type)
		j.str("status", c.Status)
		j.strNot("reason", c.Reason)
		j.strNot("message", c.Message)
		j.timeNot("since", c.Since)
	})
	list(j, "fragments", s.Fragments, writeFragment)
	j.anyNot("load", s.Load != nil, s.Load)
	j.timeNot("createdAt", s.CreatedAt)
	j.strNot("createdBy", s.CreatedBy)
	j.timeNot("updatedAt", s.UpdatedAt)
	j.strNot("updatedBy", s.UpdatedBy)
	j.time("created", s.Created)
	j.time("updated", s.Updated)
}

func writeForecast(j *jsonObject, f *Forecast) {
	j.strNot("tool", f.Tool)
	j.strNot("device", f.Device)
	j.strNot("interface", f.Interface)
	j.strNot("ip", f.IP)
	j.boolNot("link", f.Link)
	j.strNot("verdict", f.Verdict)
	j.str("admitted", f.Admitted)
	j.str("reason", f.Reason)
	j.str("message", f.Message)
	j.str("basis", f.Basis)
	j.unsigned("offered", f.Offered)
	j.unsigned("own", f.Own)
	j.unsignedNot("peak", f.Peak)
	j.unsignedNot("capacity", f.Capacity)
	j.strNot("capacityFrom", f.CapacityFrom)
	j.float("maxUtilization", f.MaxUtilization)
	j.unsignedNot("limit", f.Limit)
	j.timeNot("at", f.At)
	j.anyNot("terms", len(f.Terms) > 0, f.Terms)
	j.numNot("moreTerms", int64(f.More))
}

func writeFragment(j *jsonObject, f *FragmentStatus) {
	j.str("device", f.Device)
	j.str("role", f.Role)
	if len(f.Destinations) > 0 {
		j.key("destinations")
		j.open('[')
		for i, d := range f.Destinations {
			if i > 0 {
				j.b = append(j.b, ',')
			}
			j.text(d)
		}
		j.close(']')
	}
	j.strNot("nativeId", f.NativeID)
	j.strNot("mark", f.Mark)
	j.num("goalRevision", f.GoalRevision)
	j.num("appliedRevision", f.AppliedRevision)
	j.strNot("failure", f.Failure)
	writeCheck(j, "configured", f.Configured)
	writeCheck(j, "programmed", f.Programmed)
	writeCheck(j, "persisted", f.Persisted)
	j.timeNot("checkedAt", f.CheckedAt)
}

func writeCheck(j *jsonObject, name string, c Check) {
	j.key(name)
	j.open('{')
	j.str("state", c.State)
	j.strNot("reason", c.Reason)
	j.strNot("message", c.Message)
	j.close('}')
}
