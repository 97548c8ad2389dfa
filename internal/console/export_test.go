package console

import "github.com/netmirror/netmirror/internal/mirror"

// StandsOn is mirror.Change.StandsOn.
var StandsOn = mirror.Change.StandsOn
