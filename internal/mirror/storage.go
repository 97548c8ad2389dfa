package mirror

import (
	"context"
	"time"
)

// A Store keeps everything that must outlive the process. There is one
// implementation today (embedded SQLite) and a place for a second (PostgreSQL,
// several controllers), hence the interface.
//
// The function given to Update does no I/O of its own and may run twice;
// whatever it did is undone when it returns an error. What Update has
// acknowledged survives kill -9 and a power cut.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error // writes fail
}

// A Page asks for the entries after a name; Limit 0 means all.
type Page struct {
	After string
	Limit int
}

// A StoredSession is a session with what is told of it, as one transaction finds it. Many
// hold the same one at a time, so nobody changes anything that it reaches: who wants to
// copies it first.
type StoredSession struct {
	Record     SessionRecord
	Placements []Placement // sorted by device, role, ends
	// Rollout is the operation that Record names, without its transcript; nil where it
	// names none, or one that is not stored as the session's own.
	Rollout *Operation
}

// A Tx is one transaction. Reads of one missing entry give ErrNotFound; lists
// are sorted by their key; deletes of missing entries are no error.
type Tx interface {
	Instance() (string, error) // made at the first start, never changes

	Hold() (Hold, error) // ErrNotFound unless the controller is held back
	PutHold(Hold) error
	DeleteHold() error

	Device(name string) (Device, int64, error) // with its version
	Devices(Page) ([]Device, error)
	PutDevice(Device) (version int64, err error) // the version grows
	DeleteDevice(name string) error

	DeviceState(name string) (DeviceState, error)
	PutDeviceState(DeviceState) error
	DeviceRead(name string) (time.Time, error)                // when it was last read well; ErrNotFound when never
	DeviceReads(names []string) (map[string]time.Time, error) // of those that ever were
	PutDeviceRead(name string, at time.Time) error

	Tool(name string) (Tool, int64, error)
	Tools(Page) ([]Tool, error)
	PutTool(Tool) (version int64, err error)
	DeleteTool(name string) error

	Filter(name string) (Filter, int64, error)
	Filters(Page) ([]Filter, error)
	PutFilter(Filter) (version int64, err error)
	DeleteFilter(name string) error

	Webhook(name string) (Webhook, int64, error)
	Webhooks(Page) ([]Webhook, error)
	PutWebhook(Webhook) (version int64, err error)
	DeleteWebhook(name string) error // with its outlet and its dead letters

	Trigger(name string) (Trigger, int64, error)
	Triggers(Page) ([]Trigger, error)
	PutTrigger(Trigger) (version int64, err error)
	DeleteTrigger(name string) error // with its state
	TriggerState(name string) (TriggerState, error)
	PutTriggerState(TriggerState) error // ErrNotFound without the trigger

	Outlet(name string) (Outlet, error)
	Outlets() ([]Outlet, error)
	PutOutlet(Outlet) error

	// DeadLetters lists those of an outlet after a number, ascending; limit 0 means all.
	DeadLetters(outlet string, after int64, limit int) ([]DeadLetter, error)
	DeadLetter(outlet string, seq int64) (DeadLetter, error)
	CountDeadLetters(outlet string) (int, error)
	PutDeadLetter(DeadLetter) error
	DeleteDeadLetter(outlet string, seq int64) error

	Authorship(kind Resource, name string) (Authorship, error) // of a device, tool, filter, webhook or trigger; empty when it was not kept
	PutAuthorship(kind Resource, name string, a Authorship) error

	// Select lists the names of a selection after Page.After, in order, at most
	// Page.Limit (0: all that it looks at). next is where to go on, "" at the end: a
	// request looks at MaxLooked entries at most. Matches tells of one name.
	Select(kind Resource, s Selection, p Page) (names []string, next string, err error)
	Matches(kind Resource, s Selection, name string) (bool, error)
	Count(kind Resource) (int, error)

	Session(name string) (SessionRecord, error)
	Sessions(Page) ([]SessionRecord, error)
	// StoredSessions reads sessions with what is told of them, by name; those that are
	// missing are left out. A view shares what it gives with others: see StoredSession.
	StoredSessions(names []string) ([]*StoredSession, error)
	PutSession(SessionRecord) error
	// NextGeneration numbers the intents of a name: it grows and is never given
	// twice, not even when the session is deleted and made again.
	NextGeneration(session string) (int64, error)
	DeleteSession(name string) error // with its placements

	Placements(session string) ([]Placement, error)        // sorted by device, role, ends
	PlacementsByDevice(device string) ([]Placement, error) // sorted by session, role, ends
	PlacementsByCollector(ip string) ([]Placement, error)  // of tunnels that end at an address; sorted by session, device, role, ends
	PutPlacement(Placement) error
	DeletePlacement(PlacementKey) error

	Natives(device string) ([]Native, error) // sorted by mark
	PutNative(Native) error                  // ErrConflict when the id is another mark's
	DeleteNative(device, mark string) error

	Operation(id string) (Operation, error)
	Operations(session string, newest int) ([]Operation, error) // newest first
	OpenOperations() ([]Operation, error)                       // oldest first
	PutOperation(Operation) error
	FindOperations(OperationQuery) (OperationPage, error)
	// OldOperations lists the ids of operations that are over and began before a time,
	// or are not among the newest keep; from a number on, and how far was looked, 0 = at
	// the end. The last rollout of a session that is there is none of them.
	OldOperations(before time.Time, keep, after int64) (ids []string, next int64, err error)
	DeleteOperation(id string) error
	OpenRepairs(device string) ([]Operation, error) // oldest first

	PutCopy(Copy) error // ID 0 is given by the store
	OpenCopies(session string) ([]Copy, error)
	FindCopies(CopyQuery) (CopyPage, error)
	// DropCopies takes away what ended before a time, at most so many.
	DropCopies(before time.Time, most int) (dropped int64, err error)

	Plan(id string) (StoredPlan, error)
	Plans(before string, limit int) ([]StoredPlan, error) // newest first, without Document; after the plan before, unless that is ""
	PutPlan(StoredPlan) error                             // old ones are dropped

	AppendEvent(Event) error                        // Seq is given by the store
	Events(after int64, limit int) ([]Event, error) // ascending
	FindEvents(EventQuery) (EventPage, error)
	LastEvent() (seq int64, err error) // 0 when there never was one
	// DropEvents takes the oldest away, at most so many: those before a time, and
	// those beyond the newest keep.
	DropEvents(before time.Time, keep int64, most int) (dropped int64, err error)

	Claim(device, owner string, deadline time.Time) (Claim, error) // another owner's claim ends: the epoch grows
	CheckClaim(Claim) error                                        // ErrConflict when the epoch has moved on

	PutJournal(JournalEntry) error
	Journal(device string) ([]JournalEntry, error) // open entries
	CloseJournal(device, tx string) error

	HostKeys() ([]HostKey, error) // sorted by host
	HostKey(host string) (HostKey, error)
	PutHostKey(HostKey) error // ErrConflict when another key is pinned
	DeleteHostKey(host string) error

	Profiles() ([]Profile, error) // as last seen on the host, sorted by name
	PutProfile(Profile) error
	DeleteProfile(name string) error // and what is known of its logins

	LoginRefusals(profile string) ([]LoginRefusal, error) // of all profiles for ""; sorted by profile, server
	PutLoginRefusal(LoginRefusal) error
	DeleteLoginRefusals(profile string) error
	DeleteLoginRefusal(profile, server string) error

	PutLoadMinute(LoadMinute) error
	LoadMinutes(place string, since time.Time) ([]LoadMinute, error) // the oldest first
	DeleteLoadMinutes(before time.Time) error

	Tokens() ([]Token, error)
	TokenByHash(hash string) (Token, error)
	PutToken(Token) error
	DeleteToken(id string) error
}
