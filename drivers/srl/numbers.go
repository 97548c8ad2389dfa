package srl

import "github.com/netmirror/netmirror/internal/console/text"

// Numbers are written; a device may print names (YANG, srl_nokia-packet-match-types).
var (
	protocols   = text.Numbers(protocolNames)
	portNumbers = text.Numbers(portNames)
)

// number reads a number of at most high, or a name of one.
func number(word string, names map[string]int, high int) (int, bool) {
	if v, ok := names[word]; ok {
		return v, true
	}
	v, err := text.Decimal(word)
	return v, err == nil && v >= 0 && v <= high
}

const protocolNames = "0 ipv6-hop 1 icmp 2 igmp 3 ggp 4 ipv4 5 st 6 tcp 8 egp 9 igp 17 udp 41 ipv6 45 idrp 46 rsvp 47 gre 50 esp 51 ah 58 icmp6 59 no-next-hdr " +
	"60 ipv6-dest-opts 88 eigrp 89 ospf 103 pim 112 vrrp 115 l2tp 132 sctp 137 mpls-in-ip 142 rohc"

const portNames = "1 tcpmux 5 rje 7 echo 9 discard 11 systat 13 daytime 17 qotd 18 msp 19 chargen 20 ftp-data 21 ftp 22 ssh 25 smtp 33 dsp 37 time 39 rlp 49 tacacs " +
	"50 remote-mail 52 xns-time 53 domain 54 xns-ch 58 xns-mail 67 bootps 68 bootpc 69 tftp 70 gopher 71 netrjs-1 72 netrjs-2 73 netrjs-3 74 netrjs-4 " +
	"79 finger 80 http 88 kerberos 101 hostname 102 iso-tsap 104 dicom 105 ccso-ns 107 rtelnet 108 sna-gw 109 pop2 110 pop3 111 sunrpc 113 auth " +
	"118 sql-svcs 119 nntp 123 ntp 137 netbios-ns 138 netbios-data 139 netbios-ss 143 imap 152 bftp 153 sgmp 156 sql 161 snmp 162 snmp-trap 170 print-srv " +
	"177 xdmcp 179 bgp 194 irc 195 dnsix 199 smux 201 atalk-rm 209 qmtp 210 z3950 213 ipx 218 mpp 220 imap3 259 esro 264 bgmp 280 http-mgmt 311 ashare " +
	"318 pkix-timestamp 319 ptp-event 320 ptp-general 350 matip-a 351 matip-b 366 odmr 369 rpc2portmap 371 clearcase 383 hp-alarm-mgr 384 arns 387 aurp " +
	"389 ldap 401 ups 427 svcloc 434 mobile-ip 443 https 444 snpp 445 microsoft-ds 464 kpasswd 475 tcpnethaspsrv 496 pim-auto-rp 500 isakmp 504 citadel " +
	"512 exec 513 login 514 syslog 515 lpd 517 talk 520 rip 524 ncp 525 timed 530 courier 532 netnews 533 netwall 542 commerce 543 klogin 544 kshell " +
	"546 dhcpv6-client 547 dhcpv6-server 548 afp-tcp 550 new-rwho 554 rtsp 556 remotefs 560 rmonitor 561 monitor 563 nntps 587 submission 591 http-alt " +
	"593 http-rpc 623 asf-rmcp 631 ipp 635 rlzdb 636 ldaps 639 msdp 641 remotecmd 646 ldp 657 rmc 660 mac-server-adm 674 acap 691 ms-exchange " +
	"694 ha-cluster 695 ieee-mms-ssl 698 olsr 700 epp 701 lmp 702 iris-beep 706 silc 711 cisco-tdp 749 kerberos-adm 847 dhcp-failover 848 godi 860 iscsi " +
	"873 rsync 989 ftps-data 990 ftps 991 nas 993 imaps 995 pop3s 1194 openvpn 1293 ipsec 1433 mssql-s 1434 mssql-m 1701 l2tp 1723 pptp 1812 radius " +
	"1813 radius-acct 2049 nfs 2123 gtp-c 2152 gtp-u 3386 gtp-prime 3503 lsp-ping 3784 bfd 3785 bfd-echo 4500 isakmp-nat 4784 multihop-bfd 6784 micro-bfd"
