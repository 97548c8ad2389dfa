package mirror

// StandsOn reports whether a change cannot be made without another of the same push. It is a
// session on what is made for it, or what is taken away below a session that goes first,
// or a list whose entries copy to the session; a session in whose place another comes; and
// a list that goes from ports at which another is put.
func (c Change) StandsOn(other Change) bool {
	switch mine, its := c.Footing() != nil, other.Footing() != nil; {
	case !mine && its:
		return c.After != nil && other.After != nil && other.After.Spec.Footing.Under(c.After.Spec)
	case mine && !its:
		if c.After != nil && c.After.Spec.Footing.Session != "" && c.After.Spec.Footing.Session == other.ID() {
			return other.After != nil
		}
		return c.Before != nil && other.Before != nil && c.Before.Spec.Footing.Under(other.Before.Spec)
	case !mine:
		return c.After == nil && other.Before == nil && c.Before.Spec.DestinationKey() == other.After.Spec.DestinationKey()
	}
	return c.After == nil && c.Before.Spec.Footing.Kind == FootingFilter && other.After != nil && len(other.After.Spec.Footing.Ports) > 0
}

// Footing is that of the change, as it is to be or, where it goes, as it is; nil = the
// change is one of a session.
func (c Change) Footing() *Footing {
	for _, n := range []*NativeSession{c.After, c.Before} {
		if n != nil && n.Spec.Footing != nil {
			return n.Spec.Footing
		}
	}
	return nil
}

// ID is the native id that the change is of.
func (c Change) ID() string {
	for _, n := range []*NativeSession{c.After, c.Before} {
		if n != nil {
			return n.ID
		}
	}
	return ""
}
