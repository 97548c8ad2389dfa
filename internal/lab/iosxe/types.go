package iosxe

import (
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// paramTypes are the parameter types of the command patterns. env is the
// *device whose lock the caller holds.
func paramTypes() map[string]cmdline.ParamType {
	types := map[string]cmdline.ParamType{
		"word":     cmdline.Word,
		"line":     cmdline.RestOfLine,
		"ipv4":     cmdline.IPv4,
		"ipv6":     upperIPv6,
		"if":       names.OnePort,
		"newif":    names.AnyPort,
		"ifs":      names.PortList,
		"vlans":    cmdline.VLANBlanks,
		"compact":  cmdline.VLANCompact,
		"sid":      sessionNumber,
		"sidrange": sessionRange,
		"mask":     cmdline.IPv4,
	}
	for _, r := range [][2]int{{0, 7}, {0, 15}, {0, 63}, {0, 512}, {1, 120}, {1, 128}, {1, 1023}, {1, 4094}, {2, 3}, {2, 255},
		{68, 9216}, {30, 600}, {1, 2147483647}} {
		types[strconv.Itoa(r[0])+"-"+strconv.Itoa(r[1])] = cmdline.Number(r[0], r[1])
	}
	types["rspan"] = rspanVLAN
	types["mtu"] = func(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
		// 176 to 9000 by YANG on Catalyst, 64 to 9180 by the router guide.
		if m := env.(*device).model; m.family == "ASR1000" || m.router {
			return cmdline.Number(64, 9180)(env, toks)
		}
		return cmdline.Number(176, 9000)(env, toks)
	}
	return types
}

// rspanVLAN: 2-1001 and 1006-4094 (Catalyst 3650 command reference).
func rspanVLAN(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
	v, used, fault := cmdline.Number(2, 4094)(env, toks)
	if n, _ := v.(int); fault == nil && n >= 1002 && n <= 1005 {
		return nil, 0, cmdline.BadAt(toks[0], 0)
	}
	return v, used, fault
}

// upperIPv6: these switches print the letters of an address as capitals.
func upperIPv6(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
	v, used, fault := cmdline.IPv6(env, toks)
	if fault != nil {
		return nil, 0, fault
	}
	return strings.ToUpper(v.(string)), used, nil
}

func sessionNumber(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
	return cmdline.Number(1, env.(*device).model.maxSession)(env, toks)
}

// sessionRange reads "1-3,5": no blanks here.
func sessionRange(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
	set, ok := fabric.ParseVLANs(toks[0].Text)
	list := set.List()
	if !ok || list[len(list)-1] > env.(*device).model.maxSession {
		return nil, 0, cmdline.BadAt(toks[0], 0)
	}
	return set, 1, nil
}
