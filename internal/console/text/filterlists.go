package text

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// FilterLists are the access lists of IPv4 that filters become, as a platform writes
// and shows them.
type FilterLists struct {
	Form ListForm
	// Head begins a list in a configuration, followed by its name.
	Head string
	// Remarks says that remarks have numbers of their own.
	Remarks bool
	// Renumber is the line that numbers a list anew by EntryStep, typed in the list or at
	// the top; NAME stands for its name. "": lists are changed in a candidate, line by line
	// by the numbers that they have.
	Renumber string
	// Copied is the word behind an entry that copies what it matches, where a list stands
	// at ports and decides about their live traffic: every entry permits there, a rule's
	// deny is one without the word, and the last permits all without it, so that no frame
	// is lost. "": what a list permits is copied.
	Copied string
	// At is the line that puts a list at the ingress of a port, typed there, and with "no "
	// before it takes it away; NAME stands for its name.
	At string
	// Options are lines of a list that decide nothing, beside remarks, and have no number.
	// May be nil.
	Options *regexp.Regexp
}

// OwnList is how an access list of netmirror's is called, see mirror.FilterList. No
// other one is touched.
var OwnList = regexp.MustCompile(`^` + mirror.MarkPrefix + `[a-z2-7]{10}$`)

// EntryStep is the distance of numbers in a list of netmirror's, and its first one.
const EntryStep = 10

// HandleList is the key of Observation.Handles under which the count of numbered lines
// of a list of netmirror's stands; where it is not numbered anew, their numbers.
func HandleList(name string) string { return "access-list " + name }

// Read finds the lists that bear a name of netmirror's among the lines of a
// configuration. A list that holds what no entry can is told without its entries, so
// that it is equal to none that is wanted; where it decides about live traffic so is one
// that drops frames, or does not end with what forwards all. handles has their counts.
func (f FilterLists) Read(lines []string) (lists []mirror.Footing, handles map[string]string) {
	handles = map[string]string{}
	open, strange := -1, false
	var entries []ListEntry
	var numbered []string
	end := func() {
		if open < 0 {
			return
		}
		l := &lists[open]
		if rules, ok := f.meant(InOrder(entries)); ok && !strange {
			l.Rules = rules
		}
		if handles[HandleList(l.Name)] = strings.Join(numbered, " "); f.Renumber != "" {
			handles[HandleList(l.Name)] = strconv.Itoa(len(numbered))
		}
		open, strange, numbered, entries = -1, false, nil, nil
	}
	for _, line := range lines {
		body := strings.TrimSpace(line)
		if line[0] != ' ' && line[0] != '\t' {
			end()
			if name := f.Named(body); OwnList.MatchString(name) {
				lists, open = append(lists, mirror.Footing{Kind: mirror.FootingFilter, Name: name}), len(lists)
			}
			continue
		}
		if open < 0 || body == "" || body[0] == '!' {
			continue
		}
		remarks, option := remark.MatchString(body), f.Options != nil && f.Options.MatchString(body)
		if !option && (f.Remarks || !remarks) {
			number, _, _ := strings.Cut(body, " ")
			numbered = append(numbered, number)
		}
		if remarks || option {
			continue
		}
		e, err := f.read(body)
		strange = strange || err != nil
		entries = append(entries, e)
	}
	end()
	return lists, handles
}

// read reads an entry as a rule: permit is copied. One that drops is none.
func (f FilterLists) read(body string) (ListEntry, error) {
	if f.Copied == "" {
		return f.Form.Read(body, mirror.IPv4)
	}
	body, copied := strings.CutSuffix(body, " "+f.Copied)
	e, err := f.Form.Read(body, mirror.IPv4)
	if err == nil && !e.Permit {
		err = ParseError("access list", body)
	}
	e.Permit = copied
	return e, err
}

// meant are the rules that the entries of a list stand for: those before the one that
// forwards all, which must be the last.
func (f FilterLists) meant(entries []mirror.Entry) (rules []mirror.Entry, ok bool) {
	if f.Copied == "" {
		return entries, true
	}
	last := len(entries) - 1
	if last < 0 || entries[last] != forwardAll {
		return nil, false
	}
	return entries[:last], true
}

// forwardAll is the last entry of a list that decides about live traffic, as a rule.
var forwardAll = mirror.Entry{Protocol: mirror.AnyProtocol, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any()}

// Entries writes the lines of a list without their numbers. Errors are those of
// ListForm.Write.
func (f FilterLists) Entries(rules []mirror.Entry) ([]string, error) {
	if f.Copied != "" {
		rules = append(slices.Clone(rules), forwardAll)
	}
	var out []string
	for _, e := range rules {
		copied := e.Permit
		e.Permit = e.Permit || f.Copied != ""
		line, err := f.Form.Write(e, mirror.IPv4)
		if err != nil {
			return nil, err
		}
		if copied && f.Copied != "" {
			line += " " + f.Copied
		}
		out = append(out, line)
	}
	return out, nil
}

// Guard is an entry that may stand first in any list: of a protocol that is reserved
// (IANA: 255), so that nothing else is like it, and what no entry permits is not copied;
// where the list decides about live traffic, one that forwards all.
func (f FilterLists) Guard() string {
	if f.Copied == "" {
		return "deny 255 any any"
	}
	return "permit " + f.Form.Every[mirror.IPv4] + " any any"
}

// Named finds the name of a list in the line that heads it, "" = the line heads none.
func (f FilterLists) Named(line string) string {
	name, ok := strings.CutPrefix(line, f.Head+" ")
	if !ok || strings.Contains(name, " ") {
		return ""
	}
	return name
}

var (
	remark      = regexp.MustCompile(`^(?:\d+ )?remark\b`)
	filterEntry = regexp.MustCompile(`^[0-9]+ (?:permit|deny) [a-z0-9. /]+$`)
	drops       = regexp.MustCompile(`^[0-9]+ deny `)
	filterGone  = regexp.MustCompile(`^no [0-9]+$`)
)

// Anew is the line that numbers a list anew.
func (f FilterLists) Anew(name string) string { return strings.ReplaceAll(f.Renumber, "NAME", name) }

// Allowed reports whether a block of a footing may hold a line: within is the line
// that it stands below. Nothing but the one list, and its line at the ports of the
// footing, is ever touched; where it decides about live traffic no line drops any.
func (f FilterLists) Allowed(list *mirror.Footing, within, line string) bool {
	if list.Kind != mirror.FootingFilter {
		return false
	}
	head := f.Head + " " + list.Name
	anew := f.Renumber != "" && line == f.Anew(list.Name)
	if port, ok := strings.CutPrefix(cmp.Or(within, line), "interface "); ok && f.At != "" {
		at := strings.ReplaceAll(f.At, "NAME", list.Name)
		return slices.Contains(list.Ports, mirror.PortName(port)) && (within == "" || line == at || line == "no "+at || line == "exit")
	}
	if f.Copied != "" && drops.MatchString(line) {
		return false
	}
	if within == "" {
		return anew || line == head || line == "no "+head
	}
	return within == head && (anew || filterEntry.MatchString(line) || filterGone.MatchString(line) || line == "exit")
}

// TCPNames and UDPNames are names of ports that several platforms share
// (access-lists.md 7).
const (
	TCPNames = portNames + " 512 exec 513 login 514 cmd"
	UDPNames = portNames + " 512 biff 513 who 514 syslog"
)

const portNames = "7 echo 9 discard 13 daytime 19 chargen 20 ftp-data 21 ftp 23 telnet 25 smtp 37 time 43 whois 49 tacacs 53 domain " +
	"67 bootps 68 bootpc 69 tftp 70 gopher 79 finger 80 www 101 hostname 109 pop2 110 pop3 111 sunrpc 113 ident 119 nntp 123 ntp " +
	"137 netbios-ns 138 netbios-dgm 139 netbios-ss 161 snmp 162 snmptrap 179 bgp 194 irc 496 pim-auto-rp 500 isakmp 515 lpd 517 talk " +
	"520 rip 540 uucp 543 klogin 544 kshell 4500 non500-isakmp"

// Numbers reads a table of numbers and names, "22 ssh 23 telnet".
func Numbers(table string) map[string]int {
	words, out := strings.Fields(table), map[string]int{}
	for i := 0; i+1 < len(words); i += 2 {
		out[words[i+1]], _ = strconv.Atoi(words[i])
	}
	return out
}
