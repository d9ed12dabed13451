"""Raw requests against the whole server: what is right is answered and the connection goes on behind it; what is wrong, or could be
read in two ways, is refused once and ends the connection, so that nothing in it is taken for a request (RFC 9112 11.2)."""
import re
import socket

import pytest

H = b'Host: a\r\n'
GET = b'GET /healthz HTTP/1.1\r\n'
POST = b'POST /v1/articles HTTP/1.1\r\n' + H + b'Content-Type: application/json\r\n'
LAST = GET + H + b'Connection: close\r\n\r\n'
HIDDEN = b'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n'
CHUNKED = POST + b'Transfer-Encoding: chunked\r\n\r\n'
CONTROLS = [0x01, 0x08, 0x0b, 0x0c, 0x0e, 0x1f, 0x7f]
NO_SPACES = CONTROLS + [0x85, 0xa0, 0xff]   # no blank to us, a blank to somebody

# name: (bytes, statuses); what follows on the connection is answered.
TAKEN = {
    'a request': (GET + H + b'\r\n', [200]),
    'empty lines before a request': (b'\r\n\r\n' + GET + H + b'\r\n', [200]),
    'two requests': (GET + H + b'\r\n' + GET + H + b'\r\n', [200, 200]),
    'a field without a value': (GET + H + b'X:\r\n\r\n', [200]),
    'tabs around a value': (GET + b'Host:\ta\t\r\n\r\n', [200]),
    'obsolete text in a value': (GET + H + b'X: \xe9\xff\r\n\r\n', [200]),
    'a name of all token characters': (GET + H + b"!#$%&'*+-.^_`|~aZ0: x\r\n\r\n", [200]),
    'a method that is not known': (b'BREW /healthz HTTP/1.1\r\n' + H + b'\r\n', [501]),
    'a method in small letters': (b'get /healthz HTTP/1.1\r\n' + H + b'\r\n', [501]),
    'a method that is not for it': (b'DELETE /healthz HTTP/1.1\r\n' + H + b'\r\n', [405]),
    'TRACE': (b'TRACE /healthz HTTP/1.1\r\n' + H + b'\r\n', [501]),
    'a later minor version': (b'GET /healthz HTTP/1.9\r\n' + H + b'\r\n', [200]),
    'an absolute target': (b'GET http://b/healthz HTTP/1.1\r\n' + H + b'\r\n', [200]),
    'an absolute target with a port': (b'GET http://b:8080/healthz HTTP/1.1\r\n' + H + b'\r\n', [200]),
    'an absolute target in capitals': (b'GET HTTP://B/healthz HTTP/1.1\r\n' + H + b'\r\n', [200]),
    'an absolute target without a path': (b'OPTIONS http://b HTTP/1.1\r\n' + H + b'\r\n', [204]),
    'an asterisk': (b'OPTIONS * HTTP/1.1\r\n' + H + b'\r\n', [204]),
    'a Host with a port': (GET + b'Host: a:8080\r\n\r\n', [200]),
    'a Host that is an address': (GET + b'Host: [::1]:80\r\n\r\n', [200]),
    'HTTP/1.0 that goes on': (b'GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', [200]),
    'HEAD': (b'HEAD /healthz HTTP/1.1\r\n' + H + b'\r\n', [200]),
    'HEAD of what is not there': (b'HEAD /nowhere HTTP/1.1\r\n' + H + b'\r\n', [404]),
    'OPTIONS': (b'OPTIONS /v1/articles HTTP/1.1\r\n' + H + b'\r\n', [204]),
    'a body of no bytes': (POST + b'Content-Length: 0\r\n\r\n', [403]),
    'a body': (POST + b'Content-Length: 2\r\n\r\n{}', [403]),
    'a body of another type': (POST.replace(b'json', b'nosj') + b'Content-Length: 5\r\n\r\nGET /', [415]),
    'a body that nobody wants': (GET + H + b'Content-Length: %d\r\n\r\n' % len(HIDDEN) + HIDDEN, [200]),
    'a length with zeros before it': (POST + b'Content-Length: 0002\r\n\r\n{}', [403]),
    'blanks around a length': (POST + b'Content-Length: \t 2 \t\r\n\r\n{}', [403]),
    'chunks': (CHUNKED + b'1\r\n{\r\n1\r\n}\r\n0\r\n\r\n', [403]),
    'chunks in capitals': (POST + b'TRANSFER-ENCODING: Chunked\r\n\r\nA\r\n{        }\r\n0\r\n\r\n', [403]),
    'chunks with zeros before their size': (CHUNKED + b'00002\r\n{}\r\n000\r\n\r\n', [403]),
    'chunks with extensions': (CHUNKED + b'2;a;b=c;d="e;\\"f\r\r"\r\n{}\r\n0;x\r\n\r\n'.replace(b'\r\r', b''), [403]),
    'chunks with trailers': (CHUNKED + b'2\r\n{}\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n', [403]),
    'trailers that mean nothing there': (CHUNKED + b'2\r\n{}\r\n0\r\nContent-Length: 99\r\nTransfer-Encoding: x\r\nHost: b\r\n\r\n', [403]),
    'a body that looks like a request': (POST + b'Content-Length: %d\r\n\r\n' % len(HIDDEN) + HIDDEN, [403]),
    'chunks that look like a request': (CHUNKED + b'%x\r\n' % len(HIDDEN) + HIDDEN + b'\r\n0\r\n\r\n', [403]),
    'an upgrade to HTTP/2': (GET + H + b'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n', [200]),
    'an upgrade to a web socket': (GET + H + b'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n', [200]),
    'an upgrade with a body': (POST + b'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}', [403]),
    'an expectation without a body': (GET + H + b'Expect: 100-continue\r\n\r\n', [200]),
    'an expectation of HTTP/1.0': (b'GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n', [200]),
    'an expectation that is not known': (GET + H + b'Expect: tea\r\n\r\n', [417]),
    'an encoded zero byte': (b'GET /health%00z HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a bad escape': (b'GET /health%zz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a bad escape in the query': (b'GET /v1/articles?limit=%z HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'an empty query': (b'GET /healthz? HTTP/1.1\r\n' + H + b'\r\n', [200]),
    'points in the path': (b'GET /v1/../healthz HTTP/1.1\r\n' + H + b'\r\n', [404]),
    'a double slash': (b'GET //healthz HTTP/1.1\r\n' + H + b'\r\n', [404]),
    'TE': (GET + H + b'TE: trailers, deflate;q=0.5\r\nConnection: TE\r\n\r\n', [200]),
    'Connection of several lines': (GET + H + b'Connection: foo\r\nConnection: keep-alive, bar\r\n\r\n', [200]),
}

# name: (bytes, statuses of which the answer may have one). One answer, then the end.
REFUSED = {
    # the request line
    'HTTP/0.9': (b'GET /healthz\r\n', [400]),
    'no version': (b'GET /healthz \r\n' + H + b'\r\n', [400]),
    'HTTP/2': (b'GET /healthz HTTP/2.0\r\n' + H + b'\r\n', [505]),
    'HTTP/3': (b'GET /healthz HTTP/3.0\r\n' + H + b'\r\n', [505]),
    'HTTP/0.1': (b'GET /healthz HTTP/0.1\r\n' + H + b'\r\n', [400, 505]),
    'the preface of HTTP/2': (b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0', [400, 505]),
    'a version in small letters': (b'GET /healthz http/1.1\r\n' + H + b'\r\n', [400]),
    'a version of two digits': (b'GET /healthz HTTP/1.10\r\n' + H + b'\r\n', [400]),
    'a version with a zero before it': (b'GET /healthz HTTP/01.1\r\n' + H + b'\r\n', [400]),
    'a version without a minor': (b'GET /healthz HTTP/1\r\n' + H + b'\r\n', [400]),
    'a version with blanks': (b'GET /healthz HTTP/ 1.1\r\n' + H + b'\r\n', [400]),
    'another protocol': (b'GET /healthz ICAP/1.0\r\n' + H + b'\r\n', [400]),
    'two blanks': (b'GET  /healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a tab': (b'GET\t/healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a blank before the line': (b' GET /healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a blank behind the line': (b'GET /healthz HTTP/1.1 \r\n' + H + b'\r\n', [400]),
    'a blank in the target': (b'GET /health z HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'no target': (b'GET HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a fragment': (b'GET /healthz#a HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a target that is not ASCII': (b'GET /\xc3\xa9 HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a zero byte in the target': (b'GET /a\0b HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a control character in the target': (b'GET /a\x7fb HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a carriage return in the target': (b'GET /a\rb HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a target without a slash': (b'GET healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'an asterisk for GET': (b'GET * HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'an authority for GET': (b'GET a:80 HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'an absolute target of another scheme': (b'GET ftp://a/healthz HTTP/1.1\r\n' + H + b'\r\n', [400, 421]),
    'an absolute target without an authority': (b'GET http:///healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'an absolute target with a user': (b'GET http://a@b/healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'CONNECT': (b'CONNECT a:443 HTTP/1.1\r\n' + H + b'\r\n', [405, 501]),
    'a method with a control character': (b'G\x01ET /healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a method with a colon': (b'GET: /healthz HTTP/1.1\r\n' + H + b'\r\n', [400]),
    'a line that ends with a line feed': (b'GET /healthz HTTP/1.1\n' + H + b'\r\n', [400]),
    'a line that ends with a carriage return': (b'GET /healthz HTTP/1.1\r' + H + b'\r\n', [400]),
    'nonsense': (b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]),
    'zero bytes': (b'\0' * 64, [400]),
    'many empty lines': (b'\r\n' * 10000, [400, 431]),
    # Host
    'an empty Host': (GET + b'Host:\r\n\r\n', [400]),  # RFC 9110 4.2.1: no http URI has an empty host
    'no Host': (GET + b'\r\n', [400]),
    'two Hosts': (GET + H + H + b'\r\n', [400]),
    'two different Hosts': (GET + H + b'Host: b\r\n\r\n', [400]),
    'two Hosts, one with a blank': (GET + H + b'Host : b\r\n\r\n', [400]),
    'a Host with a path': (GET + b'Host: a/b\r\n\r\n', [400]),
    'a Host with a user': (GET + b'Host: b@a\r\n\r\n', [400]),
    'a Host with a blank': (GET + b'Host: a b\r\n\r\n', [400]),
    'a Host that is a list': (GET + b'Host: a, b\r\n\r\n', [400]),
    'a Host with a port that is none': (GET + b'Host: a:x\r\n\r\n', [400]),
    'a Host with a port too large': (GET + b'Host: a:65536\r\n\r\n', [400]),
    'a Host of half an address': (GET + b'Host: [::1\r\n\r\n', [400]),
    # fields
    'a blank before the colon': (GET + H + b'X : a\r\n\r\n', [400]),
    'a tab before the colon': (GET + H + b'X\t: a\r\n\r\n', [400]),
    'no colon': (GET + H + b'X\r\n\r\n', [400]),
    'no name': (GET + H + b': a\r\n\r\n', [400]),
    'a folded field': (GET + H + b'X: a\r\n b\r\n\r\n', [400]),
    'a folded field with a tab': (GET + H + b'X: a\r\n\tb\r\n\r\n', [400]),
    'a first field that is folded': (GET + b' ' + H + b'\r\n', [400]),
    'a zero byte in a value': (GET + H + b'X: a\0b\r\n\r\n', [400]),
    'a zero byte in a name': (GET + H + b'X\0: a\r\n\r\n', [400]),
    'a carriage return in a value': (GET + H + b'X: a\rb\r\n\r\n', [400]),
    'a line feed in a value': (GET + H + b'X: a\nY: b\r\n\r\n', [400]),
    'a name that is not ASCII': (GET + H + b'X\xc3\xa9: a\r\n\r\n', [400]),
    'brackets in a name': (GET + H + b'X[]: a\r\n\r\n', [400]),
    'a name with a quotation mark': (GET + H + b'"X": a\r\n\r\n', [400]),
    'a line feed for the end': (GET + H + b'\n', [400]),
    'line feeds for all ends': (GET.replace(b'\r', b'') + b'Host: a\n\n', [400]),
    'two carriage returns': (GET + b'Host: a\r\r\n\r\n', [400]),
    # lengths
    'a length that is none': (POST + b'Content-Length: x\r\n\r\n', [400]),
    'an empty length': (POST + b'Content-Length:\r\n\r\n', [400]),
    'a length with a sign': (POST + b'Content-Length: +2\r\n\r\n{}', [400]),
    'a length below zero': (POST + b'Content-Length: -2\r\n\r\n{}', [400]),
    'a length in hexadecimal': (POST + b'Content-Length: 0x2\r\n\r\n{}', [400]),
    'a length with a fraction': (POST + b'Content-Length: 2.0\r\n\r\n{}', [400]),
    'a length with an exponent': (POST + b'Content-Length: 1e1\r\n\r\n{}', [400]),
    'a length with a blank in it': (POST + b'Content-Length: 1 2\r\n\r\n{}', [400]),
    'a length of other digits': (POST + b'Content-Length: \xd9\xa2\r\n\r\n{}', [400]),
    'a length past all numbers': (POST + b'Content-Length: 18446744073709551618\r\n\r\n{}', [400, 413]),
    'a length past most numbers': (POST + b'Content-Length: 9223372036854775808\r\n\r\n{}', [400, 413]),
    'two lengths': (POST + b'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}', [400]),
    'two equal lengths': (POST + b'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}', [400]),
    'a list of lengths': (POST + b'Content-Length: 2, 3\r\n\r\n{}', [400]),
    'a list of equal lengths': (POST + b'Content-Length: 2, 2\r\n\r\n{}', [400]),
    'a length with a blank before its colon': (POST + b'Content-Length : 2\r\n\r\n{}', [400]),
    'a length on a folded line': (POST + b'Content-Length:\r\n 2\r\n\r\n{}', [400]),
    # lengths and chunks
    'CL.TE': (POST + b'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    'TE.CL': (POST + b'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n%x\r\n' % len(HIDDEN) + HIDDEN + b'\r\n0\r\n\r\n', [400]),
    'CL.0': (GET + H + b'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a length of nothing and one of something': (POST + b'Content-Length:\r\nContent-Length: 2\r\n\r\n{}', [400]),
    'chunks of HTTP/1.0': (b'POST /v1/articles HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    # Transfer-Encoding
    'a coding that is not known': (POST + b'Transfer-Encoding: cow\r\n\r\n' + HIDDEN, [400, 501]),
    'a coding that is almost known': (POST + b'Transfer-Encoding: xchunked\r\n\r\n' + HIDDEN, [400, 501]),
    'identity': (POST + b'Transfer-Encoding: identity\r\n\r\n' + HIDDEN, [400, 501]),
    'chunked and then identity': (POST + b'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'identity and then chunked': (POST + b'Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'gzip and then chunked': (POST + b'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'chunked twice': (POST + b'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'two lines of codings': (POST + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'two lines of chunked': (POST + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'two lines, the other order': (POST + b'Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'quotation marks': (POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'other quotation marks': (POST + b"Transfer-Encoding: 'chunked'\r\n\r\n0\r\n\r\n" + HIDDEN, [400, 501]),
    'a parameter': (POST + b'Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'a comma before it': (POST + b'Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'nothing': (POST + b'Transfer-Encoding:\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501]),
    'a blank before its colon': (POST + b'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a folded coding': (POST + b'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a coding behind a line feed': (POST + b'X: X\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a coding behind a carriage return': (POST + b'X: X\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a line feed before its colon': (POST + b'Transfer-Encoding\n: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a blank before its name': (POST + b' Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400]),
    # chunks
    'a size that is none': (CHUNKED + b'x\r\n' + HIDDEN, [400]),
    'an empty size': (CHUNKED + b'\r\n' + HIDDEN, [400]),
    'a size with a sign': (CHUNKED + b'+2\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a size below zero': (CHUNKED + b'-2\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a size with 0x': (CHUNKED + b'0x2\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a blank before a size': (CHUNKED + b' 2\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a blank in a size': (CHUNKED + b'2 0\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'an underline in a size': (CHUNKED + b'0_2\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a size past all numbers': (CHUNKED + b'10000000000000002\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400, 413]),
    'a size past all numbers with zeros': (CHUNKED + b'0000000100000000000000002\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400, 413]),
    'the largest size': (CHUNKED + b'ffffffffffffffff\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400, 413]),
    'sizes that are too much together': (CHUNKED + b'2\r\n{}\r\nfffffffffffffffe\r\n' + HIDDEN, [400, 413]),
    'a size line that ends with a line feed': (CHUNKED + b'2\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a size line that ends with a carriage return': (CHUNKED + b'2\r{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a chunk that ends with a line feed': (CHUNKED + b'2\r\n{}\n0\r\n\r\n' + HIDDEN, [400]),
    'a chunk without an end': (CHUNKED + b'2\r\n{}0\r\n\r\n' + HIDDEN, [400]),
    'a chunk longer than its size': (CHUNKED + b'2\r\n{}}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'a chunk shorter than its size': (CHUNKED + b'5\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'an extension with a line feed': (CHUNKED + b'2;a\nb\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'an extension that ends with a line feed': (CHUNKED + b'2;\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'an extension with a carriage return': (CHUNKED + b'2;a\rb\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'an extension with a zero byte': (CHUNKED + b'2;a\0b\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400]),
    'extensions without end': (CHUNKED + b'2;' + b'a' * 100000, [400]),
    'a last chunk that ends with a line feed': (CHUNKED + b'2\r\n{}\r\n0\n\r\n' + HIDDEN, [400]),
    'an end with a line feed': (CHUNKED + b'2\r\n{}\r\n0\r\n\n' + HIDDEN, [400]),
    'a trailer without a colon': (CHUNKED + b'2\r\n{}\r\n0\r\nX\r\n\r\n' + HIDDEN, [400]),
    'a trailer that is folded': (CHUNKED + b'2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n' + HIDDEN, [400]),
    'a trailer with a zero byte': (CHUNKED + b'2\r\n{}\r\n0\r\nX: a\0\r\n\r\n' + HIDDEN, [400]),
    'a request for a trailer': (CHUNKED + b'2\r\n{}\r\n0\r\n' + HIDDEN, [400]),
    # behind what was right
    'something wrong behind a request': (GET + H + b'\r\n' + b'GET /healthz HTTP/1.1\r\n\r\n' + HIDDEN, [200, 400]),
}
for byte in NO_SPACES:
    c = bytes([byte])
    REFUSED['\\x%02x before a coding' % byte] = (POST + b'Transfer-Encoding: ' + c + b'chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501])
    REFUSED['\\x%02x behind a coding' % byte] = (POST + b'Transfer-Encoding: chunked' + c + b'\r\n\r\n0\r\n\r\n' + HIDDEN, [400, 501])
    REFUSED['\\x%02x before its name' % byte] = (POST + c + b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400])
    REFUSED['\\x%02x behind its name' % byte] = (POST + b'Transfer-Encoding' + c + b': chunked\r\n\r\n0\r\n\r\n' + HIDDEN, [400])
    REFUSED['\\x%02x before a length' % byte] = (POST + b'Content-Length: ' + c + b'2\r\n\r\n{}' + HIDDEN, [400])
    REFUSED['\\x%02x behind a length' % byte] = (POST + b'Content-Length: 2' + c + b'\r\n\r\n{}' + HIDDEN, [400])
    REFUSED['\\x%02x behind a size' % byte] = (CHUNKED + b'2' + c + b'\r\n{}\r\n0\r\n\r\n' + HIDDEN, [400])


def exchange(server, data, step=None):
    """All that comes back until the server ends the connection."""
    answer = b''
    with socket.create_connection(server.hostport, 20) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for at in range(0, len(data), step or len(data)):
                s.sendall(data[at:at + (step or len(data))])
        except OSError:
            pass  # it has heard enough
        while True:
            try:
                piece = s.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            answer += piece
    return answer


def answers(raw, methods):
    """[(status, head)] of whole answers, which is all there may be."""
    found = []
    while raw:
        m = re.match(rb'HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[!-9;-~]+: ?[^\r\n\0]*\r\n)*)\r\n', raw)
        assert m, raw[:300]
        raw, status = raw[m.end():], int(m.group(1))
        head = m.group(2).lower()
        if status < 200:
            continue
        length = re.search(rb'^content-length: (\d+)\r$', head, re.M)
        no_body = status in (204, 304) or (len(found) < len(methods) and methods[len(found)] == b'HEAD')
        if status in (204, 304):
            assert status == 304 or length is None  # RFC 9110 8.6
        else:
            assert length, head
        if not no_body:
            n = int(length.group(1))
            assert len(raw) >= n, 'cut short'
            raw = raw[n:]
        found.append((status, head))
    return found


@pytest.mark.parametrize('step', [None, 7], ids=['whole', 'in bits'])
@pytest.mark.parametrize('name', TAKEN)
def test_what_is_right_is_answered_and_leaves_the_connection_to_the_next(server, name, step):
    data, statuses = TAKEN[name]
    got = answers(exchange(server, data + LAST, step), [data.lstrip().split(b' ')[0]])
    assert [status for status, _ in got] == statuses + [200]
    assert [b'connection: close' in head for _, head in got] == [False] * len(statuses) + [True]


@pytest.mark.parametrize('step', [None, 7], ids=['whole', 'in bits'])
@pytest.mark.parametrize('name', REFUSED)
def test_what_is_wrong_is_refused_once_and_ends_the_connection(server, name, step):
    data, statuses = REFUSED[name]
    got = answers(exchange(server, data if name in ENDLESS else data + LAST, step), [])
    if name == 'something wrong behind a request':
        assert [status for status, _ in got] == statuses
    else:
        assert len(got) == 1 and got[0][0] in statuses, got
    assert b'connection: close' in got[-1][1]


ENDLESS = {'HTTP/0.9', 'extensions without end', 'many empty lines', 'zero bytes'}

# What ends the connection though it is right.
ENDS = {
    'HTTP/1.0': (b'GET /healthz HTTP/1.0\r\n\r\n', 200),
    'HTTP/1.0 with a Host': (b'GET /healthz HTTP/1.0\r\n' + H + b'\r\n', 200),
    'HTTP/1.0 with both': (b'GET /healthz HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n', 200),
    'close': (GET + H + b'Connection: close\r\n\r\n', 200),
    'close in capitals among others': (GET + H + b'Connection: x, CLOSE\r\n\r\n', 200),
    'close and keep-alive': (GET + H + b'Connection: keep-alive\r\nConnection: close\r\n\r\n', 200),
}


@pytest.mark.parametrize('name', ENDS)
def test_nothing_is_answered_behind_the_last_request(server, name):
    data, status = ENDS[name]
    got = answers(exchange(server, data + HIDDEN), [])
    assert [s for s, _ in got] == [status] and b'connection: close' in got[0][1]


def test_304_and_204_have_no_body_for_the_next_answer_to_be_lost_in(server):
    tag = re.search(rb'etag: ([^\r]*)\r', answers(exchange(server, b'GET /v1/articles HTTP/1.1\r\n' + H + b'Connection: close\r\n\r\n'), [])[0][1])
    assert tag
    again = b'GET /v1/articles HTTP/1.1\r\n' + H + b'If-None-Match: %s\r\n\r\n' % tag.group(1)
    got = answers(exchange(server, again + b'OPTIONS /v1/articles HTTP/1.1\r\n' + H + b'\r\n' + again.replace(b'GET', b'HEAD') + LAST), [])
    assert [status for status, _ in got] == [304, 204, 304, 200]


EXPECT = POST + b'Expect: 100-continue\r\n'


@pytest.mark.parametrize('head,status', [
    (EXPECT.replace(b'/json', b'/nosj') + b'Content-Length: 2\r\n\r\n', 415), (EXPECT + b'Content-Length: 99999999\r\n\r\n', 413),
    (EXPECT.replace(b'/v1/articles', b'/nowhere') + b'Content-Length: 2\r\n\r\n', 404),
    (EXPECT.replace(b'POST', b'DELETE') + b'Content-Length: 2\r\n\r\n', 405),
    (POST + b'Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}', 417)])
def test_a_body_that_is_not_wanted_is_refused_before_it_comes(server, head, status):
    with socket.create_connection(server.hostport, 20) as s:
        s.sendall(head)
        answer = s.recv(65536)
    assert answer.startswith(b'HTTP/1.1 %d ' % status)


@pytest.mark.parametrize('framing,body', [(b'Content-Length: 2', b'{}'), (b'Transfer-Encoding: chunked', b'2\r\n{}\r\n0\r\n\r\n')])
@pytest.mark.parametrize('word', [b'100-continue', b'100-Continue'])
def test_a_body_that_is_wanted_is_asked_for(server, framing, body, word):
    with socket.create_connection(server.hostport, 20) as s:
        s.sendall(POST + b'Expect: ' + word + b'\r\n' + framing + b'\r\n\r\n')
        assert s.recv(25, socket.MSG_WAITALL) == b'HTTP/1.1 100 Continue\r\n\r\n'
        s.sendall(body + LAST)
        raw = b''
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            raw += piece
    assert [status for status, _ in answers(raw, [])] == [403, 200]


def test_a_body_that_comes_unasked_is_not_asked_for(server):
    raw = exchange(server, EXPECT + b'Content-Length: 2\r\n\r\n{}' + LAST)
    assert raw.startswith(b'HTTP/1.1 403 ') and b'100 Continue' not in raw
