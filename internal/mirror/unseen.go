package mirror

// Unseen are the capabilities where nothing of them was seen on a device, such as over
// another transport than that of the recordings: what is Yes becomes Unverified, with this
// source.
func (c Capabilities) Unseen(source string) Capabilities {
	unseen := func(s *Support) {
		if s.Level == Yes {
			s.Level, s.Source = Unverified, source
		}
	}
	roles := map[Role]Support{}
	for role, s := range c.Roles {
		unseen(&s)
		roles[role] = s
	}
	sources := map[SourceKind]map[Direction]Support{}
	for kind, ways := range c.Sources {
		sources[kind] = map[Direction]Support{}
		for way, s := range ways {
			unseen(&s)
			sources[kind][way] = s
		}
	}
	c.Roles, c.Sources = roles, sources
	for _, s := range []*Support{&c.MixedSources, &c.LAGDestination, &c.CPUDestination, &c.SharedDestination, &c.TagsPreserve, &c.TagsStrip, &c.IngressEnabled, &c.Shut, &c.PortSetup,
		&c.ERSPANHeader, &c.GRE, &c.VRF, &c.TTL, &c.DSCP, &c.MTU, &c.IPv6, &c.FilterVLANs, &c.Filter, &c.RuleVLANs, &c.Truncate, &c.Sample, &c.Counting.Drops} {
		unseen(s)
	}
	return c
}
