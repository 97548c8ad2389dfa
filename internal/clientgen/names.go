package clientgen

import (
	"strings"
	"unicode"
)

// initialisms are written as Go writes them.
var initialisms = map[string]string{"id": "ID", "ids": "IDs", "ip": "IP", "ipv4": "IPv4", "ipv6": "IPv6", "vlan": "VLAN", "vlans": "VLANs",
	"mtu": "MTU", "ttl": "TTL", "dscp": "DSCP", "vrf": "VRF", "vrfs": "VRFs", "rspan": "RSPAN", "erspan": "ERSPAN", "ok": "OK", "url": "URL", "tls": "TLS",
	"gre": "GRE", "cpu": "CPU", "lag": "LAG", "openapi": "OpenAPI", "api": "API", "ssh": "SSH", "snmp": "SNMP", "acl": "ACL", "http": "HTTP", "json": "JSON"}

// goName is the exported name of nativeId, put-session or If-Match.
func goName(s string) string {
	var b strings.Builder
	for _, w := range words(s) {
		low := strings.ToLower(w)
		if i, ok := initialisms[low]; ok {
			b.WriteString(i)
			continue
		}
		b.WriteString(strings.ToUpper(low[:1]) + low[1:])
	}
	return b.String()
}

// words splits at hyphens and other signs and before capital letters.
func words(s string) []string {
	var out []string
	start := 0
	cut := func(to int) {
		if to > start {
			out = append(out, s[start:to])
		}
		start = to
	}
	for i, r := range s {
		switch {
		case r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) || r == '_':
			cut(i)
			start = i + 1
		case unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(s[i-1])):
			cut(i)
		}
	}
	cut(len(s))
	return out
}

// comment is text as lines of comment, each begun by indent.
func comment(indent, text string) string {
	var b strings.Builder
	for para := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line := indent + "//"
		for _, w := range strings.Fields(para) {
			if len(line)+1+len(w) > 110 && len(line) > len(indent)+2 {
				b.WriteString(line + "\n")
				line = indent + "//"
			}
			line += " " + w
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// sentence is text that ends as a sentence.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
