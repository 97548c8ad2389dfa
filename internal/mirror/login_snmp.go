package mirror

// An SNMPLogin is what an SNMP agent is shown: the community of version 2c, or a user
// of version 3 with its passwords. The zero value is none.
type SNMPLogin struct {
	Community Secret

	Username        Secret
	Auth            string // one of SNMPAuths
	AuthPassword    Secret
	Privacy         string // one of SNMPPrivacies, "" = what is read is not encrypted
	PrivacyPassword Secret
}

// IsZero reports whether it is none.
func (l SNMPLogin) IsZero() bool { return l == SNMPLogin{} }

// SNMPAuths are the digests that prove who sent a message of SNMP version 3
// (RFC 3414, RFC 7860), the weakest first.
var SNMPAuths = []string{"md5", "sha", "sha224", "sha256", "sha384", "sha512"}

// SNMPPrivacies are the ciphers of SNMP version 3 (RFC 3414, RFC 3826). The keys of
// aes192 and aes256 are made longer as draft-blumenthal-aes-usm says, those with -c as
// draft-reeder-snmpv3-usm-3desede does, which many switches use.
var SNMPPrivacies = []string{"des", "aes128", "aes192", "aes256", "aes192-c", "aes256-c"}
