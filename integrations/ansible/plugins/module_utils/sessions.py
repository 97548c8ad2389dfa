# SPDX-License-Identifier: Apache-2.0
"""A session as a task wants it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import copy
import time

from ansible_collections.netmirror.netmirror.plugins.module_utils.controller import Failure, Problem, path_of
from ansible_collections.netmirror.netmirror.plugins.module_utils.entries import LOOKS, Entry
from ansible_collections.netmirror.netmirror.plugins.module_utils.words import texts_of, yet_to_come

BAD = ('Failed', 'Degraded', 'Unknown')


class Session(Entry):
    """A session: decided by its own dry run, and waited for."""

    def dry(self, body):
        """The plan of a body; nothing is stored or sent."""
        return self.controller.ask('PUT', self.path, body=body, query={'dryRun': 'true'}).value

    def put(self):
        current = self.controller.find(self.path)
        before = current.value['spec'] if current else None
        self.body = self.spelled(before)
        plan = self.plan(before)
        if self.module.check_mode:
            return self.would_be_session(before, plan, current)
        deadline = time.time() + self.module.params['wait_timeout']
        a = self.controller.ask('PUT', self.path, body=self.body, headers=self.conditions(current), wait=self.patience())
        changed = current is None or a.etag != current.etag
        if not changed and self.renews(a.value):
            a = self.controller.ask('POST', self.path + ':renew', body={}, headers={'If-Match': a.etag}, wait=self.patience())
            changed = True
        session = self.settled(a, deadline) if self.module.params['wait'] else a.value
        for w in (session['status'].get('warnings') or []) if changed else []:
            self.module.warn('%s: %s' % (self.what, w['message']))
        return self.result(changed, before, session['spec'], texts_of(plan) if plan else None, session=session)

    def renews(self, session):
        """Whether its lease is to begin anew. A change of it has that done already."""
        how = self.module.params['renew']
        lasts = (session['spec'].get('lease') or {}).get('duration')
        return bool(lasts) and (how == 'always' or how == 'expired' and session['status']['phase'] == 'Expired')

    def patience(self):
        return self.module.params['wait_timeout'] if self.module.params['wait'] else 0

    def plan(self, before):
        """The dry run where check mode or diff mode asks for it. None: it cannot be made yet."""
        if not self.module.check_mode and not self.module._diff:
            return None
        try:
            return self.dry(self.body)
        except Problem as p:
            if not self.module.check_mode:
                return None  # the write is refused likewise, or it changes nothing
            if not yet_to_come(p):
                raise
            self.not_yet(p)
            return None

    def would_be_session(self, before, plan, current):
        if plan is None:
            return self.result(True, before, self.body, [])
        for w in plan.get('warnings') or []:
            self.module.warn('%s: %s' % (self.what, w['message']))
        if plan['spec'] == before and self.renews(current.value):
            plan = self.controller.ask('POST', self.path + ':renew', body={}, query={'dryRun': 'true'}).value
            return self.result(True, before, plan['spec'], texts_of(plan), plan=plan)
        return self.result(plan['spec'] != before, before, plan['spec'], texts_of(plan), plan=plan)

    # Another spelling of the same ports is another text and the same wish. Which port a name
    # means the controller alone knows: where two spellings become the same on the devices, the
    # stored one is kept.

    def spelled(self, before):
        """The body with the stored names of ports where the given ones mean the same."""
        if before is None:
            return self.body
        stored = with_names_of(self.body, before)
        if stored is None:
            return self.body
        try:
            if self.dry(self.body)['fragments'] == self.dry(stored)['fragments']:
                return stored
        except Problem:
            pass  # it is for the write to be refused
        return self.body

    def settled(self, answer, deadline):
        """The session once its rollout has ended, which went well."""
        session, pause = answer.value, LOOKS[0]
        while undecided(session) and time.time() < deadline:
            time.sleep(pause)
            pause = min(pause * 1.5, LOOKS[1])
            session = self.controller.ask('GET', self.path).value
        self.told = {'session': session}
        status = session['status']
        if undecided(session):
            raise Failure('still %s after %d s, and it goes on by itself: %s'
                          % (status['phase'], self.module.params['wait_timeout'], self.why(session)))
        if status['phase'] in BAD or status.get('refusedGeneration') == status['generation']:
            raise Failure('%s: %s' % (status['phase'], self.why(session)))
        if waits_for_device(session):
            self.module.warn('%s: accepted, and waits: %s' % (self.what, '; '.join(trouble(session))))
        if status['phase'] == 'Expired' and self.body.get('enabled', True):
            self.module.warn('%s: its lease is over; renew: expired begins it anew, and so does another lease' % self.what)
        return session

    def why(self, session):
        """What its rollout and its conditions say that is not well."""
        said = trouble(session)
        if session['status'].get('operation'):
            op = self.controller.find(path_of('operations', session['status']['operation']))
            message = op.value.get('message') if op else None
            if message and not any(message in t for t in said):
                said.insert(0, message)
        return '; '.join(said)

    def delete(self):
        current = self.controller.find(self.path)
        if current is None:
            return self.result(False, None, None)
        before, texts = current.value['spec'], None
        query = {}
        if self.module.params['delete_policy']:
            query['deletePolicy'] = self.module.params['delete_policy']
        if self.module.check_mode or self.module._diff:
            texts = texts_of(self.controller.ask('DELETE', self.path, query=dict(query, dryRun='true')).value)
        if not self.module.check_mode:
            self.gone(query, current)
        return self.result(True, before, None, texts)

    def gone(self, query, current):
        """Delete it, and wait until every device is clean."""
        deadline = time.time() + self.module.params['wait_timeout']
        try:
            a = self.controller.ask('DELETE', self.path, query=query, headers=self.conditions(current), wait=self.patience())
        except Problem as p:
            if p.status == 404:  # somebody else was quicker
                return
            raise
        pause = LOOKS[0]
        while self.module.params['wait'] and a.status != 204:
            left = self.controller.find(self.path)
            if left is None:
                return
            self.told = {'session': left.value}
            if time.time() >= deadline:
                raise Failure('accepted, and not gone after %d s; it goes on by itself: %s'
                              % (self.module.params['wait_timeout'], self.why(left.value)))
            time.sleep(pause)
            pause = min(pause * 1.5, LOOKS[1])


def undecided(session):
    """Whether its rollout goes on, or has not begun and does not wait for a device that is away;
    or the controller has begun anew, and its devices are being read."""
    phase = session['status']['phase']
    if phase == 'Unknown':
        return any(c.get('reason') == 'NotReadYet' for c in session['status']['conditions'])
    return phase in ('Pending', 'Applying') and not waits_for_device(session)


def waits_for_device(session):
    return session['status']['phase'] == 'Pending' and any(
        c['type'] == 'Admitted' and c.get('reason') == 'DeviceUnreachable' for c in session['status']['conditions'])


def trouble(session):
    """What its conditions say that is not well, in words."""
    said = ['%s %s' % (c['type'], ': '.join(filter(None, (c.get('reason'), c.get('message')))))
            for c in session['status']['conditions'] if c['status'] == 'False' or c.get('reason') == 'DeviceUnreachable']
    said += ['%s: %s' % (f['device'], f['failure']) for f in session['status']['fragments'] if f.get('failure')]
    return said


def named_ports(spec):
    """Where a spec names ports: (list of names, place in it, device, what stands beside)."""
    for entry in (spec.get('sources') or []) + (spec.get('destinations') or []):
        if entry.get('interface'):
            beside = dict((k, v) for k, v in entry.items() if k != 'interface')
            yield entry, 'interface', entry.get('device'), beside
    for entry in (spec.get('rspan') or {}).get('transit') or []:
        for i in range(len(entry['trunks'])):
            yield entry['trunks'], i, entry['device'], 'trunk'


def with_names_of(body, stored):
    """The body with the names of ports of what is stored; None where it names other places, or
    the same already. Ports of one device may have changed places only where nothing else tells
    them apart."""
    out = copy.deepcopy(body)
    mine, theirs = list(named_ports(out)), list(named_ports(stored))
    if [m[2] for m in mine] != [t[2] for t in theirs]:
        return None
    differ = {}
    for (holder, at, device, beside), (other, place, _device, _beside) in zip(mine, theirs):
        if holder[at] != other[place]:
            holder[at] = other[place]
            differ.setdefault(device, []).append(beside)
    if not differ or any(b != each[0] for each in differ.values() for b in each):
        return None
    return out
