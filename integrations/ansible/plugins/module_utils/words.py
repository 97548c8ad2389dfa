# SPDX-License-Identifier: Apache-2.0
"""From options of Ansible to fields of the API and back, and sentences for people."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible.module_utils.common.text.converters import to_text

# What a reason is about that the same play may yet make.
NOT_THERE_YET = ('unknown-device', 'unknown-tool', 'unknown-filter')


def field_of(option):
    """The API's field of an option: filterVlans of filter_vlans."""
    parts = option.split('_')
    return parts[0] + ''.join(p.capitalize() for p in parts[1:])


def option_of(field):
    """The option of a field of the API: filter_vlans of filterVlans."""
    return re.sub('[A-Z]', lambda m: '_' + m.group(0).lower(), field)


def body_of(options, spec):
    """What is given of the options of a spec, as the API takes it."""
    body = {}
    for name, how in spec.items():
        value = options.get(name)
        if value is None:
            continue
        if how['type'] == 'list' and how.get('options'):
            value = [body_of(v, how['options']) for v in value]
        elif how.get('options'):
            value = body_of(value, how['options'])
        elif how['type'] == 'dict':
            value = dict((to_text(k), text_of(v)) for k, v in value.items())
        body[field_of(name)] = value
    return body


def text_of(value):
    """A value of a label: YAML makes numbers and truths of what stands there without quotes."""
    if isinstance(value, bool):
        return u'true' if value else u'false'
    return to_text(value)


def place_of(pointer):
    """sources[0].interface of /sources/0/interface."""
    place = ''
    for part in pointer.split('/')[1:]:
        part = part.replace('~1', '/').replace('~0', '~')
        if part.isdigit():
            place += '[%s]' % part
        else:
            place += ('.' if place else '') + (part if place.endswith('labels') else option_of(part))
    return place


def reasons_of(problem, below=''):
    """The reasons of a refusal with their places in the task. below is the pointer of the
    object in what was sent."""
    found = []
    for r in problem.reasons:
        pointer = r.get('pointer') or ''
        if below and (pointer + '/').startswith(below + '/'):
            pointer = pointer[len(below):]
        found.append({'place': place_of(pointer) or r.get('parameter', ''), 'code': r.get('code', ''), 'message': r.get('message', '')})
    if not found and problem.body.get('detail'):
        found.append({'place': '', 'code': problem.code, 'message': problem.body['detail']})
    return found


def sentence_of(reason):
    """A reason for people."""
    return (reason['place'] + ': ' if reason['place'] else '') + reason['message']


def refusal(what, problem, below=''):
    """What fail_json is told of a refusal: every reason, and what would be accepted."""
    reasons = reasons_of(problem, below)
    lines = ['%s refused: %s (%d %s)' % (what, problem.title, problem.status, problem.code)]
    lines += ['  ' + sentence_of(r) for r in reasons]
    if problem.advice:
        lines.append('  ' + problem.advice)
    told = {'reasons': reasons, 'code': problem.code, 'status': problem.status}
    proposals = problem.body.get('proposals') or []
    for p in proposals:
        lines.append('  would be accepted (%s): %s' % (p.get('kind'), p.get('message')))
    if proposals:
        told['proposals'] = proposals
    if problem.body.get('requestId'):
        told['request_id'] = problem.body['requestId']
    told['msg'] = '\n'.join(lines)
    return told


def yet_to_come(problem):
    """Whether all that is wrong is what the same play may make before the task."""
    return bool(problem.reasons) and all(r.get('code') in NOT_THERE_YET for r in problem.reasons)


def diff_of(what, before, after, texts=None):
    """What --diff shows: the spec before and after, and what devices are sent."""
    shown = [{'before_header': what, 'after_header': what, 'before': before or '', 'after': after or ''}]
    shown += [{'prepared': '%s is sent:\n%s\n' % (t['device'], indented(t['text']))} for t in texts or []]
    return shown


def indented(text):
    """A text, each line of it a little to the right."""
    return '\n'.join('    ' + line for line in text.splitlines())


def texts_of(plan):
    """What each device is sent, of the answer to a dry run."""
    texts = []
    for d in plan.get('devices') or []:
        text = ''.join(b['text'] for b in d['forward']['blocks'])
        if text:
            texts.append({'device': d['device'], 'format': d['forward']['format'], 'text': text,
                          'undo': ''.join(b['text'] for b in d['undo']['blocks'])})
    return texts
