# SPDX-License-Identifier: GPL-3.0-or-later
"""An OAuth 2.0 authorization server in front of a Synapse: what people meet whose server lets them in through the
browser only. The protocol is Authlib's; the pages, and what Synapse asks of such a server, are here.

    with Authorization() as authorization:
        with Synapse(config=authorization.config) as synapse: authorization.add(synapse, 'alice', 'secret')
"""

import json
import os
import pathlib
import secrets
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from synapse import free_port

# Beside Synapse, in the environment of the other side.
sys.path += map(str, pathlib.Path(os.environ['WALLET_SUPPORT_REAL']).glob('venv/lib/python3*/site-packages'))

# Loopback without TLS, as Synapse has it here.
os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

ACCESS_SECONDS = 2
DEVICE = 'urn:matrix:client:device:'
# Word for word as matrix-authentication-service has them; other native redirects are refused.
LOOPBACK = 'http://127.0.0.1/'


class Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        """Standard error belongs to what is wrong."""


class Client(ClientMixin):
    def __init__(self, client_id, metadata):
        self.client_id = client_id
        self.client_metadata = metadata

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        address = urllib.parse.urlsplit(redirect_uri)
        return LOOPBACK in self.client_metadata['redirect_uris'] and address.scheme == 'http' \
            and address.hostname == '127.0.0.1' and address.path == '/' and not address.query

    def check_client_secret(self, client_secret):
        return False

    def check_endpoint_auth_method(self, method, endpoint):
        return method == 'none'

    def check_response_type(self, response_type):
        return response_type == 'code'

    def check_grant_type(self, grant_type):
        return grant_type in self.client_metadata['grant_types']


class Code:
    def __init__(self, code, client_id, redirect_uri, scope, user, data):
        self.code = code
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.scope = scope
        self.user = user
        self.code_challenge = data.get('code_challenge')
        self.code_challenge_method = data.get('code_challenge_method')

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class Token(TokenMixin):
    def __init__(self, values, client_id, user):
        self.values = values
        self.client_id = client_id
        self.user = user
        self.issued = time.monotonic()
        self.revoked = False

    def check_client(self, client):
        return self.client_id == client.get_client_id()

    def get_scope(self):
        return self.values['scope']

    def get_expires_in(self):
        return self.values['expires_in']

    def is_expired(self):
        return time.monotonic() > self.issued + self.values['expires_in']

    def is_revoked(self):
        return self.revoked


class Authorization:
    def __init__(self):
        self.port = free_port()
        self.base_url = f'http://127.0.0.1:{self.port}'
        self.secret = secrets.token_hex(16)
        self.config = {
            'matrix_authentication_service': {'enabled': True, 'endpoint': self.base_url + '/', 'secret': self.secret},
            'enable_registration': False,
            'enable_registration_without_verification': False,
        }
        self.clients = {}
        self.codes = {}
        self.tokens = []
        self.passwords = {}
        self.synapse = None
        self._server = make_server('127.0.0.1', self.port, self._app(), threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()

    def add(self, synapse, name, password):
        """Somebody with an account, as the operator's tools make one."""
        self.synapse = synapse
        self._tell_synapse('provision_user', localpart=name)
        self.passwords[name] = password
        return f'@{name}:{synapse.server_name}'

    def end_sessions(self, name):
        """The person ends all sessions on the account page."""
        for token in self.tokens:
            if token.user == name:
                token.revoked = True

    def _tell_synapse(self, what, **body):
        question = urllib.request.Request(
            f'{self.synapse.base_url}/_synapse/mas/{what}', method='POST', data=json.dumps(body).encode(),
            headers={'Authorization': f'Bearer {self.secret}', 'Content-Type': 'application/json'})
        with urllib.request.urlopen(question, timeout=60):
            pass

    def _save_token(self, values, question):
        token = Token(values, question.client.client_id, question.user)
        [device] = [word.removeprefix(DEVICE) for word in values['scope'].split() if word.startswith(DEVICE)]
        self._tell_synapse('upsert_device', localpart=token.user, device_id=device)
        self.tokens.append(token)

    def _app(self):
        outer = self
        app = Flask('authorization')
        app.secret_key = secrets.token_hex(16)
        server = AuthorizationServer(app, query_client=self.clients.get, save_token=self._save_token)
        server.register_token_generator('default', lambda grant_type, client, user=None, scope=None, **_: {
            'token_type': 'Bearer', 'access_token': secrets.token_urlsafe(24), 'expires_in': ACCESS_SECONDS,
            'refresh_token': secrets.token_urlsafe(24), 'scope': scope})

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ['none']

            def save_authorization_code(self, code, question):
                outer.codes[code] = Code(code, question.client.client_id, question.payload.redirect_uri,
                                         question.payload.scope, question.user, question.payload.data)

            def query_authorization_code(self, code, client):
                record = outer.codes.get(code)
                return record if record and record.client_id == client.client_id else None

            def delete_authorization_code(self, authorization_code):
                del outer.codes[authorization_code.code]

            def authenticate_user(self, authorization_code):
                return authorization_code.user

        class RefreshGrant(grants.RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ['none']
            INCLUDE_NEW_REFRESH_TOKEN = True

            def authenticate_refresh_token(self, refresh_token):
                return next((token for token in outer.tokens
                             if token.values['refresh_token'] == refresh_token and not token.revoked), None)

            def authenticate_user(self, refresh_token):
                return refresh_token.user

            def revoke_old_credential(self, refresh_token):
                refresh_token.revoked = True

        class Registration(ClientRegistrationEndpoint):
            def authenticate_token(self, question):
                return True

            def save_client(self, client_info, client_metadata, question):
                client = Client(client_info['client_id'], client_metadata)
                outer.clients[client.client_id] = client
                return client

            def get_server_metadata(self):
                return {}

        class Revocation(RevocationEndpoint):
            CLIENT_AUTH_METHODS = ['none']

            def query_token(self, token_string, token_type_hint):
                return next((token for token in outer.tokens
                             if token_string in (token.values['access_token'], token.values['refresh_token'])), None)

            def revoke_token(self, token, question):
                token.revoked = True

        server.register_grant(CodeGrant, [CodeChallenge(required=True)])
        server.register_grant(RefreshGrant)
        server.register_endpoint(Registration)
        server.register_endpoint(Revocation)
        self._routes(app, server)
        return app

    def _routes(self, app, server):
        @app.get('/.well-known/openid-configuration')
        def metadata():
            return jsonify({
                'issuer': self.base_url + '/',
                'authorization_endpoint': self.base_url + '/authorize',
                'token_endpoint': self.base_url + '/oauth2/token',
                'registration_endpoint': self.base_url + '/oauth2/registration',
                'revocation_endpoint': self.base_url + '/oauth2/revoke',
                'account_management_uri': self.base_url + '/account/',
                'response_types_supported': ['code'],
                'response_modes_supported': ['query', 'fragment', 'form_post'],
                'grant_types_supported': ['authorization_code', 'refresh_token'],
                'code_challenge_methods_supported': ['plain', 'S256'],
                'prompt_values_supported': ['none', 'login', 'create'],
            })

        @app.get('/authorize')
        def page():
            # Whoever is sent here wrongly is told so before a password is asked for.
            server.get_consent_grant(end_user=None)
            return '<form method="post"><input name="name"><input name="password" type="password"><button>Log in</button></form>'

        @app.post('/authorize')
        def log_in():
            name = request.form['name']
            if not request.form.get('cancel') and self.passwords.get(name) != request.form['password']:
                return 'Wrong name or password', 403
            user = None if request.form.get('cancel') else name
            return server.create_authorization_response(grant_user=user, grant=server.get_consent_grant(end_user=user))

        app.post('/oauth2/token')(lambda: server.create_token_response())
        app.post('/oauth2/registration', endpoint='registration')(lambda: server.create_endpoint_response('client_registration'))
        app.post('/oauth2/revoke', endpoint='revoke')(lambda: server.create_endpoint_response('revocation'))

        @app.post('/oauth2/introspect')
        def introspect():
            if request.headers.get('Authorization') != f'Bearer {self.secret}':
                return 'Who are you?', 401
            token = next((token for token in self.tokens if token.values['access_token'] == request.form['token']), None)
            if token is None or token.revoked or token.is_expired():
                return jsonify({'active': False})
            return jsonify({'active': True, 'scope': token.values['scope'], 'username': token.user, 'sub': token.user,
                            'expires_in': max(1, int(token.issued + ACCESS_SECONDS - time.monotonic()))})


class Browser:
    """A person with a browser: opens the page, fills it in, and follows where it leads."""

    def __init__(self, name, password):
        self.form = {'name': name, 'password': password}

    def visit(self, url):
        """What the last page says."""
        with urllib.request.urlopen(url, timeout=30):
            pass
        question = urllib.request.Request(url, method='POST', data=urllib.parse.urlencode(self.form).encode())
        with urllib.request.urlopen(question, timeout=30) as reply:
            return reply.read().decode()
