# SPDX-License-Identifier: Apache-2.0
"""How modules and the inventory speak to a netmirror controller."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import time

from ansible.module_utils.basic import env_fallback
from ansible.module_utils.common.text.converters import to_native, to_text
from ansible.module_utils.six.moves.urllib.error import HTTPError, URLError
from ansible.module_utils.six.moves.urllib.parse import quote, urlencode, urlsplit
from ansible.module_utils.urls import open_url

BASE = '/api/v1/'
USUAL_URL = 'http://127.0.0.1:8420'
LONGEST_WAIT = 60  # seconds that one request may wait for a rollout
HTTP_TO_HTTPS = b'Client sent an HTTP request to an HTTPS server'  # is what servers in Go say
TRIES = 5  # of one request for which the controller has no place


def controller_options():
    """The options that say where the controller is, for an argument_spec."""
    return {
        'url': {'type': 'str', 'default': USUAL_URL, 'fallback': (env_fallback, ['NETMIRROR_URL'])},
        'token': {'type': 'str', 'no_log': True},
        'token_file': {'type': 'path', 'no_log': False},
        'ca_path': {'type': 'path', 'fallback': (env_fallback, ['NETMIRROR_CA'])},
        'timeout': {'type': 'int', 'default': 60},
    }


class Failure(Exception):
    """What went wrong, in a sentence or more."""


class Problem(Failure):
    """A request that the controller refused, or could not serve."""

    def __init__(self, asked, status, body):
        self.status = status
        self.retry_after = 0  # seconds, where the controller asks for it
        self.advice = ''  # what to do about it, where somebody can tell
        self.body = body if isinstance(body, dict) else {}
        self.code = self.body.get('code', '')
        self.title = self.body.get('title') or 'the answer is no document of the API'
        self.reasons = self.body.get('errors') or []
        super(Problem, self).__init__('%s: %s (%d %s)' % (asked, self.title, status, self.code))


class Answer(object):
    """An answer: its status, its ETag and the value in it."""

    def __init__(self, status, headers, value):
        self.status = status
        self.etag = headers.get('ETag')
        self.value = value


def read_token(token, token_file):
    """The token itself: what is given, else what the environment has."""
    if token and token_file:
        raise Failure('token and token_file are given; give one of them')
    if not token and not token_file:
        token, token_file = os.environ.get('NETMIRROR_TOKEN'), os.environ.get('NETMIRROR_TOKEN_FILE')
    if not token and token_file:
        try:
            with open(os.path.expanduser(token_file)) as f:
                token = f.read().strip()
        except (IOError, OSError) as e:
            raise Failure('token_file: %s' % to_native(e))
        if not token:
            raise Failure('token_file %s: it is empty' % token_file)
    if not token:
        raise Failure('no token: give token or token_file, or set NETMIRROR_TOKEN or NETMIRROR_TOKEN_FILE (netmirror token create makes one)')
    if any(c <= ' ' or c > '~' for c in token):
        raise Failure('the token holds characters that no token has; it is one line of letters and digits')
    return token


def checked_url(url):
    """The address of the controller without what has no place in it."""
    parts = urlsplit(url)
    if parts.scheme not in ('http', 'https') or not parts.netloc:
        raise Failure('url %s: it is no http:// or https:// address' % url)
    if '@' in parts.netloc:
        raise Failure('url: a name and a password have no place in it; a token is what is asked for')
    if parts.query or parts.fragment:
        raise Failure('url %s: an address ends with its path' % url)
    url = url.rstrip('/')
    if url.endswith(BASE.rstrip('/')):
        raise Failure('url %s: an address ends before %s, which is added by itself' % (url, BASE.rstrip('/')))
    return url


def advice(text, ca_path):
    """What to do about a connection that fails with this text; '' where nobody can tell."""
    if 'WRONG_VERSION_NUMBER' in text:
        return '; it speaks http there and not https'
    if 'certificate has expired' in text:
        return '; the controller needs a new certificate (serve --tls-cert), or a clock is wrong'
    if 'CERTIFICATE_VERIFY_FAILED' in text:
        return '; ca_path (or NETMIRROR_CA) names the certificates that are trusted'
    if ca_path and ca_path in text and 'No such file' in text:
        return ' (ca_path)'
    if 'refused' in text:
        return '; is it running there? url or NETMIRROR_URL names another controller'
    return ''


def source_of(token, token_file):
    """Where a token comes from, and never what it is."""
    if token:
        return 'the option token'
    if not token_file and os.environ.get('NETMIRROR_TOKEN'):
        return 'NETMIRROR_TOKEN'
    return 'the file %s' % (token_file or os.environ.get('NETMIRROR_TOKEN_FILE'))


class Controller(object):
    """A controller, asked as the owner of a token."""

    def __init__(self, url, token=None, token_file=None, ca_path=None, timeout=60):
        self.url = checked_url(url)
        self.token = read_token(token, token_file)
        self.token_from = source_of(token, token_file)
        self.ca_path = os.path.expanduser(ca_path) if ca_path else None
        self.timeout = timeout

    @classmethod
    def of(cls, params):
        """The controller that a module's parameters name."""
        return cls(params['url'], params['token'], params['token_file'], params['ca_path'], params['timeout'])

    def ask(self, method, path, body=None, query=None, headers=None, wait=0, accept='application/json'):
        """Make a request below /api/v1, and give its Answer. A refusal is a Problem.

        wait is how many seconds the controller may wait for a rollout first. What it has no place
        for is asked again, where that cannot do it twice.
        """
        url = self.url + BASE + path
        if query:
            url += '?' + urlencode(query)
        sent = {'Accept': accept, 'Authorization': 'Bearer ' + self.token}
        sent.update((k, v) for k, v in (headers or {}).items() if v)
        data = None
        if body is not None:
            sent['Content-Type'] = 'application/json'
            data = json.dumps(body)
        if wait > 0:
            sent['Prefer'] = 'wait=%d' % min(wait, LONGEST_WAIT)
        for left in range(TRIES - 1, -1, -1):
            try:
                return self._ask_once(method, url, data, sent, wait)
            except Problem as p:
                if p.status not in (429, 503) or not p.retry_after or method == 'POST' or left == 0:
                    raise
                time.sleep(p.retry_after)

    def _ask_once(self, method, url, data, headers, wait):
        asked = '%s %s' % (method, url.split('?')[0])
        try:
            # A redirect could lead the token elsewhere, and ~/.netrc would take its place.
            response = open_url(url, method=method, data=data, headers=headers, ca_path=self.ca_path,
                                timeout=self.timeout + wait, http_agent='netmirror-ansible',
                                follow_redirects='none', use_netrc=False)
            status, got, raw = response.getcode(), response.headers, response.read()
        except HTTPError as e:
            raw = e.read()
            if e.code == 400 and raw.startswith(HTTP_TO_HTTPS):
                raise Failure('%s: it speaks https there and not http' % asked)
            problem = Problem(asked, e.code, parsed(raw))
            if problem.code == 'unauthenticated':
                problem.advice = 'the token is that of %s; netmirror token create makes one on the controller\'s machine' % self.token_from
            elif not problem.code:
                problem.advice = '%s answers so; url or NETMIRROR_URL names the controller' % self.url
            after = e.headers.get('Retry-After') or ''
            if after.isdigit():
                problem.retry_after = min(int(after), 30)
            raise problem
        except (URLError, IOError, OSError, ValueError) as e:
            text = to_native(getattr(e, 'reason', None) or e)
            raise Failure('%s: %s%s' % (asked, text, advice(text, self.ca_path)))
        if headers['Accept'] == 'text/plain':
            return Answer(status, got, to_text(raw))
        value = parsed(raw)
        if raw and value is None:
            raise Failure('%s: the answer is no JSON; is this a netmirror controller?' % asked)
        return Answer(status, got, value)

    def find(self, path):
        """The object of a path, or None where there is none."""
        try:
            return self.ask('GET', path)
        except Problem as p:
            if p.status == 404 and p.code == 'not-found':
                return None
            raise

    def each(self, path, query=None):
        """The items of a list, page by page."""
        query = dict((k, v) for k, v in (query or {}).items() if v)
        query['limit'] = 500
        while True:
            page = self.ask('GET', path, query=query).value
            for item in page['items']:
                yield item
            if not page.get('nextCursor'):
                return
            query['cursor'] = page['nextCursor']


def parsed(raw):
    """The value of a text of JSON, None where it is none."""
    try:
        return json.loads(to_text(raw))
    except ValueError:
        return None


def path_of(*parts):
    """A path of these parts, each quoted."""
    return '/'.join(quote(p, safe=':') for p in parts)
