# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that is not quite honest: it stands before Synapse and does to chosen requests what a bad network or a
bad operator could do. One proxy is for one device, so that only that device suffers.

with Proxy(synapse.base_url) as proxy:
    with proxy.hold('/keys/query'):     # answers come only after the block
        …
    proxy.fail('/keys/claim', times=2)  # two answers are an error, the rest are Synapse's
    proxy.rewrite('/sync', change)      # change(body) → body
"""

import contextlib
import http.client
import http.server
import itertools
import json
import re
import threading
import urllib.parse

WAIT_SECONDS = 60
HOP_BY_HOP = {'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'accept-encoding'}


class Request:
    """One request as it came, and what Synapse answered."""

    def __init__(self, method, path, body, token=None):
        self.method = method
        self.path = path
        self.body = body
        self.token = token
        self.status = None
        self.answer = None

    def json(self):
        return json.loads(self.body or b'{}')


class Rule:
    """What happens to a request when it arrives, or to its answer when that is there: a long poll is answered long
    after it arrived."""

    def __init__(self, pattern, act, at_arrival, times=None):
        self.pattern = re.compile(pattern)
        self.act = act
        self.at_arrival = at_arrival
        self.times = times


class Proxy:
    """`arrived` holds every request in the order of arrival, `seen` those that were answered."""

    def __init__(self, upstream):
        self._upstream = urllib.parse.urlsplit(upstream)
        self._rules = []
        self._changed = threading.Condition()
        self.arrived = []
        self.seen = []
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None   # a device that was killed
        self.base_url = f'http://127.0.0.1:{self._server.server_address[1]}'

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.clear()
        self._server.shutdown()
        self._server.server_close()

    def clear(self):
        """Synapse's own answers from here on."""
        with self._changed:
            self._rules.clear()
            self._changed.notify_all()

    def _add(self, pattern, act, at_arrival, times=None):
        rule = Rule(pattern, act, at_arrival, times)
        with self._changed:
            self._rules.append(rule)
        return rule

    def _remove(self, rule):
        with self._changed:
            if rule in self._rules:
                self._rules.remove(rule)
            self._changed.notify_all()

    @contextlib.contextmanager
    def hold(self, pattern, before=False, lost=False):
        """Answers stay out until the block ends; `before`: Synapse does not hear of the requests until then either;
        `lost`: it never does, and nobody is answered."""
        def wait(answer):
            with self._changed:
                self._changed.wait_for(lambda: rule not in self._rules, WAIT_SECONDS)
            return None if lost else answer()
        rule = self._add(pattern, wait, before or lost)
        try:
            yield
        finally:
            self._remove(rule)

    def fail(self, pattern, times=None, status=500, errcode='M_UNKNOWN'):
        """An error instead of the answer; Synapse hears of nothing."""
        body = json.dumps({'errcode': errcode, 'error': 'made up'}).encode()
        return self._add(pattern, lambda _: (status, body), True, times)

    def cut(self, pattern, times=None, after=True):
        """The connection ends instead of an answer; `after`: Synapse has done what was asked."""
        return self._add(pattern, lambda _: None, not after, times)

    def blow(self, pattern, strike, skip, after):
        """`strike` is called instead of one answer, `skip` requests later; `after`: Synapse has done what was asked.
        Returns what `withdraw` takes."""
        left = itertools.count(skip, -1)

        def hit(answer):
            if next(left) != 0:
                return answer()
            strike()
            return None
        return self._add(pattern, hit, not after)

    def withdraw(self, rule):
        self._remove(rule)

    def rewrite(self, pattern, change, times=None):
        """`change` gets the answer's JSON and returns another, or the same one changed."""
        def edit(answer):
            status, body = answer()
            return status, json.dumps(change(json.loads(body))).encode() if status == 200 else body
        return self._add(pattern, edit, False, times)

    def requests(self, pattern, about=''):
        """What was asked and answered so far; `about`: only what has this in its body."""
        with self._changed:
            return self._find(pattern, about)

    def arrived_requests(self, pattern):
        with self._changed:
            return self._find(pattern, '', arrived=True)

    def wait(self, pattern, count=1, about='', seconds=WAIT_SECONDS, arrived=False):
        """Until as many such requests were answered, or only `arrived`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._find(pattern, about, arrived)) >= count, seconds):
                raise AssertionError(f'not {count} requests for {pattern} {about}')
            return self._find(pattern, about, arrived)

    def _find(self, pattern, about, arrived=False):
        return [request for request in (self.arrived if arrived else self.seen)
                if re.search(pattern, request.path) and about.encode() in (request.body or b'')]

    def _take(self, request, at_arrival):
        with self._changed:
            for rule in self._rules:
                if rule.at_arrival == at_arrival and rule.times != 0 and rule.pattern.search(request.path):
                    if rule.times is not None:
                        rule.times -= 1
                    return rule.act
        return lambda answer: answer()

    def _forward(self, request, headers):
        connection = http.client.HTTPConnection(self._upstream.hostname, self._upstream.port, timeout=120)
        with contextlib.closing(connection):
            connection.request(request.method, request.path, request.body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()

    def _answer(self, request, headers):
        with self._changed:
            self.arrived.append(request)
            self._changed.notify_all()
        answer = self._take(request, True)(lambda: self._forward(request, headers))
        if answer:
            answer = self._take(request, False)(lambda: answer)
        if answer:
            request.status, request.answer = answer
        with self._changed:
            self.seen.append(request)
            self._changed.notify_all()
        return answer

    def _handler(self):
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def _serve(self):
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                token = (self.headers.get('Authorization') or '').removeprefix('Bearer ') or None
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
                try:
                    answer = proxy._answer(Request(self.command, self.path, body, token), headers)
                    if not answer:
                        self.close_connection = True
                        return
                    self.send_response(answer[0])
                    self.send_header('Content-Type', 'application/json')
                    self.send_header('Access-Control-Allow-Origin', '*')
                    self.send_header('Content-Length', str(len(answer[1])))
                    self.end_headers()
                    self.wfile.write(answer[1])
                except (OSError, http.client.HTTPException):
                    # Synapse or the device is gone; so is the connection.
                    self.close_connection = True

            do_GET = do_PUT = do_POST = do_DELETE = do_OPTIONS = _serve

            def log_message(self, *_):
                pass

        return Handler
