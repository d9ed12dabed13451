"""A thin client: requests with the base URL, a token, and the checks that every answer has to pass."""
import json
import re

import requests

UUID = re.compile(r'^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')
TIME = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$')


class Client:
    def __init__(self, base, token=None):
        self.base = base
        self.session = requests.Session()
        self.session.headers['Accept-Encoding'] = 'gzip'
        if token:
            self.session.headers['Authorization'] = 'Bearer ' + token

    def request(self, method, path, **kw):
        kw.setdefault('timeout', 20)
        kw.setdefault('allow_redirects', False)
        r = self.session.request(method, self.base + path, **kw)
        assert r.headers.get('X-Request-Id'), 'every answer has a request id'
        if r.status_code >= 400 and method != 'HEAD':
            assert_problem(r)
        return r

    def get(self, path, **kw):
        return self.request('GET', path, **kw)

    def post(self, path, body=None, **kw):
        if body is not None:
            kw['json'] = body
        return self.request('POST', path, **kw)

    def patch(self, path, body, etag=None, **kw):
        headers = dict(kw.pop('headers', {}))
        headers.setdefault('Content-Type', 'application/merge-patch+json')
        if etag:
            headers['If-Match'] = etag
        return self.request('PATCH', path, data=json.dumps(body), headers=headers, **kw)

    def put(self, path, body, etag=None, **kw):
        headers = dict(kw.pop('headers', {}))
        if etag:
            headers['If-Match'] = etag
        return self.request('PUT', path, json=body, headers=headers, **kw)

    def delete(self, path, etag=None, **kw):
        headers = {'If-Match': etag} if etag else {}
        return self.request('DELETE', path, headers=headers, **kw)

    def transition(self, path, action, etag=None, **members):
        headers = {'If-Match': etag} if etag else {}
        return self.post(path + '/transitions', dict(action=action, **members), headers=headers)

    # ---- shorthands that expect success ----
    def create(self, **fields):
        r = self.post('/v1/articles', fields)
        assert r.status_code == 201, r.text
        return r.json()['data'], r.headers['ETag']

    def publish(self, ref, **members):
        r = self.transition('/v1/articles/' + ref, 'publish', **members)
        assert r.status_code == 200, r.text
        return r.json()['data'], r.headers['ETag']

    def draft(self, ref):
        r = self.get('/v1/articles/%s?version=draft' % ref)
        assert r.status_code == 200, r.text
        return r.json()['data'], r.headers['ETag']


def assert_problem(r):
    """Every refusal is a problem document (RFC 9457) that says what, where and what would be right."""
    assert r.headers['Content-Type'] == 'application/problem+json', r.text
    assert r.headers.get('Cache-Control'), 'a cache in front may keep a 404 for as long as it likes where nobody says how long'
    p = r.json()
    assert p['status'] == r.status_code
    assert p['type'].startswith('/problems/')
    assert p['title'] and p['detail']
    assert p['instance'] == r.headers['X-Request-Id']
    for e in p.get('errors', []):
        assert set(e) == {'pointer', 'code', 'detail'}
        assert e['code'] and e['detail']
    return p


def errors(r):
    """{pointer: code} of a problem."""
    return {e['pointer']: e['code'] for e in r.json().get('errors', [])}
