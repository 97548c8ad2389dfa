package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// tables are those of the resources.
var tables = map[mirror.Resource]string{mirror.ResourceDevice: "devices", mirror.ResourceTool: "tools",
	mirror.ResourceFilter: "filters", mirror.ResourceSession: "sessions", mirror.ResourceWebhook: "webhooks", mirror.ResourceTrigger: "triggers"}

func tableOf(kind mirror.Resource) (string, error) {
	table, ok := tables[kind]
	if !ok {
		return "", fmt.Errorf("store: there are no entries of kind %q: %w", kind, mirror.ErrInvalid)
	}
	return table, nil
}

// A text is a query with its arguments, in the order in which they stand in it.
type text struct {
	strings.Builder
	args []any
}

// add appends parts; each "$" in them is an argument.
func (t *text) add(sql string, args ...any) {
	parts := strings.Split(sql, "$")
	for i, part := range parts {
		t.WriteString(part)
		if i < len(parts)-1 {
			t.args = append(t.args, args[i])
			t.WriteString("$" + strconv.Itoa(len(t.args)))
		}
	}
}

// addIn appends a list of arguments.
func (t *text) addIn(values []string) {
	t.add("(")
	for i, v := range values {
		if i > 0 {
			t.add(", ")
		}
		t.add("$", v)
	}
	t.add(")")
}

// A predicate is one requirement of a selection, in two shapes: as what names are taken
// from, in their order and by an index, and as what is asked of a name that is at hand.
type predicate struct {
	from  func(t *text, after string) // "FROM ... x WHERE ..."; nil where no index has its names
	asked func(t *text)               // a condition on x.name
}

func predicatesOf(kind mirror.Resource, s mirror.Selection) []predicate {
	var out []predicate
	for _, ref := range []struct{ term, name string }{{termTool, s.Tool}, {termFilter, s.Filter}, {termTrigger, s.Trigger}} {
		if ref.name != "" {
			out = append(out, termIs(kind, ref.term, ref.name))
		}
	}
	if s.Device != "" {
		out = append(out, concerns(kind, s.Device))
	}
	for _, r := range s.Labels {
		p := labelled(kind, r)
		if !r.Not && len(r.Values) == 1 {
			p = termIs(kind, labelTerm(r.Label), r.Values[0])
		}
		out = append(out, p)
	}
	return out
}

func termIs(kind mirror.Resource, term, value string) predicate {
	return predicate{
		from: func(t *text, after string) {
			t.add(`FROM terms x WHERE x.kind = $ AND x.term = $ AND x.value = $ AND x.name > $`, string(kind), term, value, after)
		},
		asked: func(t *text) {
			t.add(`EXISTS (SELECT 1 FROM terms y WHERE y.kind = $ AND y.name = x.name AND y.term = $ AND y.value = $)`, string(kind), term, value)
		},
	}
}

// labelled is any other requirement of a label.
func labelled(kind mirror.Resource, r mirror.Requirement) predicate {
	values := func(t *text, of string) {
		if len(r.Values) > 0 {
			t.add(` AND (` + of + ` || '') IN `) // the index by name keeps the order; that by value would not
			t.addIn(r.Values)
		}
	}
	p := predicate{asked: func(t *text) {
		if r.Not {
			t.add(`NOT `)
		}
		t.add(`EXISTS (SELECT 1 FROM terms y WHERE y.kind = $ AND y.name = x.name AND y.term = $`, string(kind), labelTerm(r.Label))
		values(t, "y.value")
		t.add(`)`)
	}}
	if !r.Not {
		p.from = func(t *text, after string) {
			t.add(`FROM terms x WHERE x.kind = $ AND x.term = $ AND x.name > $`, string(kind), labelTerm(r.Label), after)
			values(t, "x.value")
		}
	}
	return p
}

// concerns selects the sessions that name a device or are placed on it. A device has few.
func concerns(kind mirror.Resource, device string) predicate {
	if kind != mirror.ResourceSession {
		return termIs(kind, termDevice, device)
	}
	return predicate{
		from: func(t *text, after string) {
			t.add(`FROM (SELECT name FROM terms WHERE kind = $ AND term = $ AND value = $ AND name > $
				UNION SELECT session FROM placements WHERE device = $ AND session > $) x WHERE x.name > $`,
				string(kind), termDevice, device, after, device, after, after)
		},
		asked: func(t *text) {
			t.add(`(EXISTS (SELECT 1 FROM terms y WHERE y.kind = $ AND y.name = x.name AND y.term = $ AND y.value = $)
				OR EXISTS (SELECT 1 FROM placements z WHERE z.session = x.name AND z.device = $))`, string(kind), termDevice, device, device)
		},
	}
}

// everything has the names of a table.
func everything(table string) predicate {
	return predicate{from: func(t *text, after string) { t.add(`FROM `+table+` x WHERE x.name > $`, after) }}
}

// Select lists names that are as asked. It walks the index of the rarest requirement and
// asks the others of each name.
func (t *tx) Select(kind mirror.Resource, s mirror.Selection, p mirror.Page) (names []string, next string, err error) {
	table, err := tableOf(kind)
	if err != nil {
		return nil, "", err
	}
	limit := p.Limit
	if limit <= 0 || limit > mirror.MaxLooked {
		limit = mirror.MaxLooked
	}
	walked, others, end, err := t.rarest(table, predicatesOf(kind, s), p.After)
	if err != nil {
		return nil, "", err
	}
	q := selecting(walked, others, p.After, end, limit+1)
	if names, err = t.names("selection of "+table, q); err != nil {
		return nil, "", err
	}
	if len(names) > limit {
		return names[:limit], names[limit-1], nil
	}
	return names, end, nil
}

func selecting(walked predicate, others []predicate, after, end string, limit int) *text {
	var q text
	q.add("SELECT x.name ")
	walked.from(&q, after)
	if end != "" {
		q.add(` AND x.name <= $`, end)
	}
	for _, o := range others {
		q.add(` AND `)
		o.asked(&q)
	}
	q.add(` ORDER BY x.name LIMIT $`, limit)
	return &q
}

// rarest chooses the requirement whose names are walked, and tells at which of them to
// stop, "" for none, so that what is looked at stays bounded. What is walked alone is
// bounded by the page.
func (t *tx) rarest(table string, all []predicate, after string) (walked predicate, others []predicate, end string, err error) {
	if len(all) == 0 || len(all) == 1 && all[0].from != nil {
		return append(all, everything(table))[0], nil, "", nil
	}
	best := -1
	for i, p := range all {
		if p.from == nil {
			continue
		}
		last, err := t.lastLooked(p, after)
		if err != nil {
			return walked, nil, "", err
		}
		if best < 0 || end != "" && (last == "" || last > end) {
			best, end = i, last
		}
	}
	if best < 0 {
		walked = everything(table)
		end, err = t.lastLooked(walked, after)
		return walked, all, end, err
	}
	others = append(append(others, all[:best]...), all[best+1:]...)
	return all[best], others, end, nil
}

// lastLooked is the name at which a walk has seen MaxLooked of them, "" when there are
// fewer.
func (t *tx) lastLooked(p predicate, after string) (string, error) {
	names, err := t.names("selection", bounding(p, after))
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

func bounding(p predicate, after string) *text {
	var q text
	q.add("SELECT x.name ")
	p.from(&q, after)
	q.add(` ORDER BY x.name LIMIT 1 OFFSET $`, mirror.MaxLooked-1)
	return &q
}

// Matches tells whether there is an entry of a name that is as asked.
func (t *tx) Matches(kind mirror.Resource, s mirror.Selection, name string) (bool, error) {
	table, err := tableOf(kind)
	if err != nil {
		return false, err
	}
	names, err := t.names("selection of "+table, matching(table, predicatesOf(kind, s), name))
	return len(names) > 0, err
}

func matching(table string, all []predicate, name string) *text {
	var q text
	q.add("SELECT x.name FROM "+table+` x WHERE x.name = $`, name)
	for _, p := range all {
		q.add(` AND `)
		p.asked(&q)
	}
	return &q
}

func (t *tx) names(what string, q *text) ([]string, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	rows, err := t.sql.QueryContext(t.ctx, q.String(), q.args...)
	if err != nil {
		return nil, t.fail(what, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, t.fail(what, err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail(what, err)
	}
	return out, nil
}

// Authorship tells who made and changed an entry; empty when that was not kept.
func (t *tx) Authorship(kind mirror.Resource, name string) (a mirror.Authorship, err error) {
	what := fmt.Sprintf("author of %s %q", kind, name)
	query, ok := map[mirror.Resource]string{mirror.ResourceDevice: `SELECT author FROM devices WHERE name = $1`,
		mirror.ResourceTool: `SELECT author FROM tools WHERE name = $1`, mirror.ResourceFilter: `SELECT author FROM filters WHERE name = $1`,
		mirror.ResourceWebhook: `SELECT author FROM webhooks WHERE name = $1`, mirror.ResourceTrigger: `SELECT author FROM triggers WHERE name = $1`}[kind]
	if !ok {
		return a, fmt.Errorf("store: %s: such an entry keeps it itself: %w", what, mirror.ErrInvalid)
	}
	var doc string
	err = t.row(what, query, []any{name}, &doc)
	if errors.Is(err, mirror.ErrNotFound) || err == nil && doc == "" {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	return decode[mirror.Authorship](what, doc)
}

// PutAuthorship stores it; without the entry it is ErrNotFound.
func (t *tx) PutAuthorship(kind mirror.Resource, name string, a mirror.Authorship) error {
	what := fmt.Sprintf("author of %s %q", kind, name)
	table, err := tableOf(kind)
	if err != nil || kind == mirror.ResourceSession {
		return fmt.Errorf("store: %s: such an entry keeps it itself: %w", what, mirror.ErrInvalid)
	}
	doc, err := encode(what, a)
	if err != nil {
		return err
	}
	return t.under(fmt.Sprintf("%s %q", kind, name), what, `UPDATE `+table+` SET author = $1 WHERE name = $2`, doc, name)
}

// Count tells how many entries there are.
func (t *tx) Count(kind mirror.Resource) (n int, err error) {
	table, err := tableOf(kind)
	if err != nil {
		return 0, err
	}
	err = t.row("number of "+table, "SELECT COUNT(*) FROM "+table, nil, &n)
	return n, err
}
