package model

// Validate is all that is wrong with a whole configuration: what is missing, limits of
// lists, references, must statements and choices. Nil: nothing.
func (s *Schema) Validate(root *Node) Errors {
	var all Errors
	s.validate(root, root.Def, nil, &all)
	return all
}

// validate checks what is below n; n is nil for a container that is not there, which asks
// for its mandatory leaves all the same (RFC 7950, 7.6.5). at is its path then.
func (s *Schema) validate(n *Node, d *Def, at Path, all *Errors) {
	if n != nil {
		at = n.Path()
	}
	counts := map[*Def]int{}
	if n != nil {
		for _, k := range n.Kids {
			if counts[k.Def]++; k.Def.Max > 0 && counts[k.Def] == k.Def.Max+1 {
				*all = append(*all, s.fault(Error{Tag: TagFailed, AppTag: "too-many-elements", At: at.With(k.Def.Name), Name: k.Def.Name},
					"at most %d entries of '%s' are allowed", k.Def.Max, k.Def.Name))
			}
			s.instance(k, all)
		}
	}
	for _, k := range d.Kids {
		switch {
		case k.State || counts[k] > 0 || k.Choice != "":
		case k.Mandatory:
			*all = append(*all, s.fault(Error{Tag: TagDataMissing, At: at.With(k.Name), Name: k.Name}, "mandatory '%s' is missing", k.Name))
		case k.Kind == KindContainer && k.demands():
			s.validate(nil, k, at.With(k.Name), all)
		}
	}
}

// demands reports whether something below a container is mandatory without it.
func (d *Def) demands() bool {
	for _, k := range d.Kids {
		if !k.State && k.Choice == "" && (k.Mandatory || k.Kind == KindContainer && k.demands()) {
			return true
		}
	}
	return false
}

// instance checks one node by itself, and what is below it.
func (s *Schema) instance(k *Node, all *Errors) {
	if t := k.Def.Type; t != nil && t.Refers != nil && !t.Refers(k) {
		*all = append(*all, s.fault(Error{Tag: TagDataMissing, AppTag: "instance-required", At: k.Path(), Name: k.Def.Name, Value: k.Value, Options: []string{t.Target}},
			"'%s' refers to '%s', which does not exist in %s", k.Def.Name, k.Value, t.Target))
	}
	for _, check := range k.Def.Checks {
		if text := check(k); text != "" {
			*all = append(*all, s.fault(Error{Tag: TagFailed, AppTag: "must-violation", At: k.Path(), Name: k.Def.Name, Value: k.Value}, "%s", text))
		}
	}
	if k.Def.inner() {
		s.validate(k, k.Def, nil, all)
	}
}
