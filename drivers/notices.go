package drivers

import (
	"regexp"

	"github.com/netmirror/netmirror/internal/worker"
)

// configManEvent is ciscoConfigManEvent of CISCO-CONFIG-MAN-MIB, and the second is
// ccmCLIRunningConfigChanged of its later revisions.
var configManEvent = []string{"1.3.6.1.4.1.9.9.43.2.0.1", "1.3.6.1.4.1.9.9.43.2.0.2"}

// notices say, by platform, which messages mean that a device was configured. The
// messages of Arista EOS and IOS-XR stand in recorded logs; %SYS-5-CONFIG_I follows the
// end of every configuration on IOS-XE; those of NX-OS and Junos, and the
// notifications, are as their vendors' message guides and MIBs name them.
var notices = map[string]worker.Notices{
	"arista_eos":    {Logged: regexp.MustCompile(`%SYS-\d-CONFIG_`)},
	"cisco_iosxe":   {Logged: regexp.MustCompile(`%SYS-\d-CONFIG_[IPC]\b`), Notified: configManEvent},
	"cisco_iosxr":   {Logged: regexp.MustCompile(`%MGBL-(?:CONFIG-\d-DB_COMMIT|SYS-\d-CONFIG_I)`), Notified: configManEvent},
	"cisco_nxos":    {Logged: regexp.MustCompile(`%VSHD-\d-VSHD_SYSLOG_CONFIG_I`), Notified: configManEvent},
	"juniper_junos": {Logged: regexp.MustCompile(`\bUI_COMMIT(?:_COMPLETED)?\b`), Notified: []string{"1.3.6.1.4.1.2636.4.5.0.1"}}, // jnxCmCfgChange
}

// withNotices says of each driver what its platform sends by itself.
func withNotices(list []worker.Driver) []worker.Driver {
	for i := range list {
		list[i].Notices = notices[list[i].Platform]
	}
	return list
}
