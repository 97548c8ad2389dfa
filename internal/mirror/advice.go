package mirror

import "slices"

// CondReachable is what a device's status says of its connection: a truth about a
// device, told like the conditions of sessions.
const CondReachable = "Reachable"

// An Advice is what a reason of a condition means for people, and what they can do. The
// message of the condition says what is the case here and now; this says what such a case
// is. SESSION, DEVICE, TOOL, PROFILE and HOST:PORT stand for names.
type Advice struct {
	Reason string
	At     []string // the conditions that it stands at
	Means  string   // one sentence
	Do     string   // "" = nothing has to be done
}

// AdviceOn is the advice on a reason; one without advice is of another version.
func AdviceOn(reason string) (Advice, bool) {
	i := slices.IndexFunc(Advices, func(a Advice) bool { return a.Reason == reason })
	if i < 0 {
		return Advice{}, false
	}
	return Advices[i], true
}

// Where reasons stand.
var (
	atAdmitted   = []string{CondAdmitted}
	atConfigured = []string{CondConfigured}
	atProgrammed = []string{CondProgrammed}
	atEffective  = []string{CondEffective}
	atHealthy    = []string{CondDestinationHealthy}
	atPersisted  = []string{CondPersisted}
	atLoad       = []string{CondAdmitted, CondDestinationHealthy}
	atCopies     = []string{CondEffective, CondDestinationHealthy}
	atDevice     = []string{CondReachable, CondConfigured, CondProgrammed}
	atDeviceOnce = []string{CondConfigured, CondProgrammed, CondPersisted}
)

// Advices are all reasons that this version gives, in the order of the conditions; a test
// finds each in the code.
var Advices = slices.Concat(admittedAdvices, configuredAdvices, reachableAdvices, programmedAdvices, effectiveAdvices, healthyAdvices, persistedAdvices)

var admittedAdvices = []Advice{
	{"Fits", atLoad, "What is copied to the destination fits, with what all other sessions copy there.", ""},
	{"Oversubscribed", atLoad, "More is copied to the destination than it can take: copies are lost.",
		"Copy less (fewer sources, rx alone, truncation, sampling, a filter), or to a destination that takes more. netmirror describe session SESSION shows the largest terms; onOverload: {action: relieve, ladder: [...]} lets netmirror reduce by itself."},
	{"UpperBound", atLoad, "What is known exactly fits. With the upper bounds of VLANs or of filtered sessions it would not, and nobody can tell.",
		"Watch it (netmirror top TOOL), or name ports instead of VLANs."},
	{"LoadUnknown", atLoad, "Nobody knows how much the sources carry.",
		"Wait for the first readings of the counters, a minute or two. When it stays so, netmirror get interfaces DEVICE tells whether the device tells its counters."},
	{"PartlyUnknown", atLoad, "What is known of the sources fits; of some of them nothing is known.",
		"Wait for the first readings of the counters. When it stays so, the message names the sources whose counters the device does not tell."},
	{"CapacityUnknown", atLoad, "Nobody knows how much the destination can take.",
		"Give its tool a capacity: {capacity: BITS PER SECOND}."},
	{"AdmissionOff", atAdmitted, "The intent says admission: {mode: off}: nobody asks whether the load fits.", ""},
	{"LoadNotPredicted", atAdmitted, "The load of the destination has not been reckoned yet.",
		"Wait for the next run, at most some minutes."},
	{"Refused", atAdmitted, "The intent could not be decided at first, and was refused when its devices had been read. Nothing was sent.",
		"Read the reasons in the message, change the intent and apply it again, or delete the session."},
	{"Reading", []string{CondAdmitted, CondConfigured}, "The intent is accepted, and decided as soon as its devices have been read: one of them is slow.",
		"Wait. netmirror watch SESSION shows when it goes on."},
}

var configuredAdvices = []Advice{
	{"ReadBack", []string{CondConfigured, CondProgrammed}, "The device was read and holds what it shall.", ""},
	{"NothingConfigured", append(slices.Clone(atDeviceOnce), CondEffective, CondDestinationHealthy), "No device holds anything of the session.",
		"Nothing, where the session is disabled, expired or not begun. netmirror enable SESSION puts a disabled one on its devices again, netmirror renew SESSION one whose lease has ended."},
	{"NotReadYet", atDeviceOnce, "The device has not been read since the controller started: nobody knows what it holds.",
		"Wait for the first read. When it stays so, netmirror devices check DEVICE tells what is in the way."},
	{"Drift", atConfigured, "The device holds something else than it shall, since somebody changed it or the last push did not come through.",
		"With driftPolicy: repair it is put right at once. With driftPolicy: report decide yourself: undo the change on the device, or set driftPolicy: repair."},
	{"NotPushed", atConfigured, "The device holds something else than it shall, and nothing may be sent to it: the controller or the device is in mode observe, or the device is in maintenance, or the controller is held back after a restore.",
		"End what the message names: maintenance: false or mode: full of the device, --mode full of the controller, or netmirror resume after a restore."},
	{"OwnershipLost", atConfigured, "The native session that netmirror made has been remade by another hand, and is theirs now. It is never touched.",
		"Ask who did it (netmirror get observed-sessions DEVICE). To take it over as it stands: netmirror adopt SESSION DEVICE NATIVE-ID. To have ours again beside it: change or apply the session anew, with another destination where theirs uses it."},
	{"Contended", atConfigured, "Somebody changes the same thing back again and again. Repairs have stopped.",
		"Find the other hand: a person, a script, another controller; the message says what the device tells of it. Then netmirror release DEVICE."},
	{"Brake", atConfigured, "Suddenly too much of what netmirror made is gone from the device. Repairs have stopped until somebody has looked.",
		"Look at the device: was it replaced, or restored from a backup? When netmirror shall put everything back: netmirror release DEVICE."},
	{"RepairRefused", atConfigured, "The device refused the repair.",
		"Read the device's words in the message, and what the session asks for (netmirror describe session SESSION). It is tried again at the next read."},
	{"Rejected", append([]string{CondReachable}, atConfigured...), "The device refused what it was sent. What it held before stands.",
		"Read the device's words in the message. Most often a limit of the device or a port of another kind is in the way: change the intent and apply it again."},
	{"RolloutFailed", atConfigured, "The new intent could not be brought to all its devices and was undone everywhere.",
		"The message says on which device and why. Remove the cause and apply the session again; netmirror get operations SESSION shows every step."},
	{"PlanStale", atConfigured, "A device would have been sent something else than the plan says. Nothing was sent.",
		"Make a new plan (netmirror plan -f FILE), read it, apply it."},
	{"NotHeld", atConfigured, "The device took the change and did not hold it, so it was not confirmed and the device went back.",
		"Read the message for what was missing. Apply the session again when the cause is gone."},
	{"DestinationInUse", atConfigured, "The destination is in use by the network: a trunk, a member of a port-channel, a port with an address or with neighbours. Copies there would disturb it.",
		"netmirror get interfaces DEVICE says how it is used. Choose another port, or free this one. force: true in the session says that you know better."},
	{"PortMissing", atConfigured, "A source is not on the device any more, as after a module was pulled. The rest is configured.",
		"Put the module back, or take the port out of the session."},
	{"ForeignSources", atConfigured, "Somebody added sources to our native session. They are copied too, and stay until he takes them away.",
		"Ask who did it, and take them away on the device, or put them into the session."},
	{"Unconfirmed", []string{CondConfigured, CondProgrammed}, "A push may still go back by itself: the device waits for a confirmation, or another's is under way.",
		"Wait until the message goes away, a few minutes at most."},
	{"Retired", append([]string{CondReachable}, CondConfigured, CondProgrammed), "The device's entry has vanished from where devices come from. It is not read any more, and nothing is deleted.",
		"Put the entry back. When the device is gone for good: netmirror delete session SESSION --orphan, then netmirror delete device DEVICE."},
	{"Relieved", atConfigured, "The session is suspended by the relief of an oversubscribed destination.",
		"Nothing: it comes back when the load has gone down. netmirror clear-relief SESSION brings it back now; more room at the tool helps for good."},
}

var reachableAdvices = []Advice{
	{"Read", []string{CondReachable}, "The device answered, and was read.", ""},
	{"NeverTried", []string{CondReachable}, "The device is new and was not asked yet.", "Wait a moment."},
	{"DeviceUnreachable", []string{CondAdmitted, CondConfigured, CondEffective, CondDestinationHealthy}, "A device that the session needs is away. What it holds, or counts, is not known.",
		"Bring the device back: netmirror devices check DEVICE says what is in the way. An accepted session goes on by itself. For a device that is gone for good: netmirror delete session SESSION --orphan."},
	{"Unreachable", atDevice, "No connection to the device comes about.",
		"Check address, port and routing from the controller's machine; netmirror devices check DEVICE tries it now. It is tried again by itself, more and more rarely."},
	{"TimedOut", atDevice, "The device was reached and did not answer in time.",
		"Look at the device's load, and at the limits on its logins. A slow device is given longer deadlines in timeouts of its transport."},
	{"NotAnswering", atDevice, "A read has been under way for longer than the interval between reads. It is waited for.",
		"Look at the device: is it busy, is its management plane stuck? A device that is slow by nature wants a longer resync."},
	{"AuthenticationFailed", atDevice, "The device refused the login.",
		"Set the profile anew (netmirror credentials set PROFILE), then netmirror devices check DEVICE. A shared account may be locked: netmirror stops trying before most devices lock it."},
	{"HostKeyChanged", atDevice, "The device shows another host key than the pinned one. Nothing was shown to it: somebody may stand in its place.",
		"Ask whether the device was replaced or its keys made anew. Only then: netmirror hostkey forget HOST:PORT."},
	{"HostKeyUnknown", atDevice, "The host key of the device, or of its jump host, is not known, and hostKey (strict, or a fingerprint) does not allow it.",
		"Compare the key with the one that the machine itself shows, and write its fingerprint (SHA256:...) as hostKey; or leave hostKey out: then the first key is kept."},
	{"NotUnderstood", atDevice, "The device said something that netmirror cannot read. It is never taken for an empty configuration.",
		"The message quotes it. Look at the device's software release; please report the output with the device's words."},
	{"Unsupported", atDevice, "The device cannot do what is asked of it, or does not offer what the platform needs.",
		"The message says what. Check platform and protocol of the device's entry."},
	{"Conflict", atDevice, "The device holds something that excludes what was asked for.",
		"Read the message; netmirror get observed-sessions DEVICE lists what is there."},
	{"InputLost", atDevice, "The device's command line lost some of what was typed ahead.",
		"Nothing at first: it is typed line by line from now on. When it comes again: typeAhead: off of the transport."},
	{"Busy", atDevice, "The device asks to be asked again later: another holds its configuration.",
		"Wait. When it stays so, find the session that holds it on the device and end it."},
	{"ChangedMeanwhile", atDevice, "The device changed between reading and writing, so nothing was sent.",
		"Nothing: it is read again and tried anew. When it stays so, somebody else works on the device."},
	{"Invalid", atDevice, "Something of the device's entry or answer is not as it must be.",
		"The message says what; correct the entry and apply it again."},
	{"CredentialsUnknown", atDevice, "The device names a credentials profile that is not there.",
		"On the controller's machine: netmirror credentials set PROFILE --for ADDRESS --username NAME. Or name another in the device's entry."},
	{"CredentialsUnreadable", atDevice, "A file or variable that the credentials profile refers to cannot be read.",
		"On the controller's machine: netmirror credentials list says which. Correct its owner, mode or name."},
	{"CredentialsUnfit", atDevice, "The credentials profile is of another kind than the transport needs: a login against SNMP users or communities.",
		"Name a profile that fits in the device's transport, or set this one anew."},
	{"CredentialsNotBound", atDevice, "The credentials profile may not be shown to this address. Nothing was shown.",
		"Compare the device's address with the profile's (netmirror get credentials). Is it right, add it: netmirror credentials set PROFILE --for ADDRESS."},
	{"CredentialsNotMigrated", atDevice, "An earlier version stored references to credentials with the device, which are not used any more.",
		"On the controller's machine: netmirror credentials migrate."},
	{"CredentialsPaused", atDevice, "The login of the profile was refused too often. It is not tried until somebody has looked, so that no account is locked.",
		"Set the profile anew, or make sure that it is right; then netmirror credentials release PROFILE."},
}

var programmedAdvices = []Advice{
	{"Confirmed", atProgrammed, "The device itself says that the session works.", ""},
	{"NotProgrammed", atProgrammed, "The device has the configuration, and says itself that it does not take effect.",
		"Read the device's words in the message: an interface that is down, no room in the hardware, a session that is shut."},
	{"Waiting", atProgrammed, "The device waits for something before it copies: a route, an address of the next hop.",
		"Bring about what the message names, most often a route to the collector. Nothing is wrong with the session itself."},
	{"NotTold", atProgrammed, "The platform does not tell whether the session works.", ""},
}

var effectiveAdvices = []Advice{
	{"CopiesFlow", atEffective, "As many copies are counted as are expected.", ""},
	{"CopiesLost", atEffective, "Copies flow, and some are missing.",
		"Look for drops at the destination (netmirror top TOOL), and reduce what is copied."},
	{"CopiesNotFlowing", atEffective, "The sources are busy and next to no copy is counted, although the device holds the configuration.",
		"Look at the destination's link, and at the device's own words (netmirror describe session SESSION). Taking the session off and on again helps against a device that has forgotten it: netmirror disable SESSION, netmirror enable SESSION."},
	{"NotCounted", atEffective, "Nothing that netmirror reads counts the copies: whether they arrive, nobody can tell from here.",
		"Look at the tool itself."},
	{"CountingUnverified", atEffective, "The platform counts something, of which nobody has seen that copies are in it.",
		"Compare with the tool itself."},
	{"SourcesIdle", atEffective, "The sources carry too little to tell whether copies flow.", ""},
	{"Filtered", atEffective, "A filter decides how much is copied, so nobody knows how many copies there should be.",
		"Compare with the tool itself."},
	{"OtherTraffic", atEffective, "More is counted at the destination than copies: other traffic leaves there, too.",
		"Give the copies a destination of their own to have them counted."},
	{"JustBegun", atEffective, "The copies began a moment ago.", "Wait a minute or two."},
	{"NotMeasured", atCopies, "Counters could not be read for long enough.",
		"Look whether the device is reached and answers in time (netmirror devices check DEVICE)."},
	{"NotWatchedYet", atCopies, "Nothing was measured since the controller started or the session came to its devices.", "Wait a minute or two."},
	{"NotWatched", atCopies, "Nobody measures here: the controller runs without watching, or the device's counters are not to be read.",
		"Start the controller without --watch=false, or give the device counters in its transports."},
}

var healthyAdvices = []Advice{
	{"DestinationGone", atHealthy, "The destination is not on the device any more.",
		"Put the module back, or give the session or tool another port."},
	{"DestinationDown", atHealthy, "The link of the destination is down, or the port is shut down.",
		"Look at cable and tool, and enable the port where somebody shut it down."},
	{"CollectorUnreachable", atHealthy, "The device has no way to the collector.",
		"Bring about the route or the neighbour that the message names."},
	{"Drops", atHealthy, "The port of the destination could not send everything: copies are lost.",
		"Copy less, or to a port that takes more; netmirror top TOOL shows how much."},
	{"CollectorNotSeen", atHealthy, "The load is known; what becomes of copies on their way to the collector, no device tells.",
		"Compare with the collector itself."},
	{"LinkUnknown", atHealthy, "The device does not tell whether the destination's link is up.", "Look at the tool itself."},
	{"NoDestination", atHealthy, "No device that netmirror manages holds the destination, so nobody can look at it.", "Look at the tool itself."},
}

var persistedAdvices = []Advice{
	{"Saved", atPersisted, "The configuration was saved on the device: a restart keeps the session.", ""},
	{"SavedForeignChanges", atPersisted, "It was saved, and with it changes of others that were not saved before (persist: always).", ""},
	{"WrittenAtOnce", atPersisted, "The device keeps every change at once.", ""},
	{"NotSaved", atPersisted, "The configuration is not saved on the device. After a restart of the device netmirror puts the session back.",
		"Nothing, where the device's persist is never. Else the message says what held the save back; a save by hand on the device does as well."},
	{"SaveFailed", atPersisted, "The device refused to save, or the save did not come through. After a restart of the device netmirror puts the session back.",
		"Read the device's words in the message: its flash may be full or protected. It is tried again with the next change."},
	{"ForeignUnsavedChanges", atPersisted, "Others have changes on the device that they did not save. Saving would save theirs too, so it was not done.",
		"Ask them, and save on the device. persist: always of the device saves whatever is there."},
}
