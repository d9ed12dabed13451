"""The interface only grows: what a plugin of any earlier release was built with is still where it was."""
import glob
import os
import re
import subprocess
import sys

import pytest
from plugin_server import FIXTURES, plugin_server
from quoin_server import ROOT

ABI = os.path.join(ROOT, 'tests', 'abi')
HEADER = os.path.join(ROOT, 'include', 'quoin.h')
sys.path.insert(0, ABI)

from offsets import offsets  # noqa: E402

OLD = sorted(glob.glob(os.path.join(ABI, 'quoin-*.h')))


def golden(header):
    return header.replace('quoin-', 'offsets-').replace('.h', '.txt')


@pytest.mark.parametrize('old', OLD, ids=os.path.basename)
def test_nothing_has_moved_since(old):
    with open(golden(old)) as f:
        was = f.read().splitlines()
    now = set(offsets(HEADER).splitlines())
    assert [line for line in was if line not in now] == []


@pytest.mark.parametrize('old', OLD, ids=os.path.basename)
def test_the_headers_that_were_are_kept_as_they_were(old):
    with open(golden(old)) as f:
        assert offsets(old) == f.read()


def test_what_is_new_stands_at_the_end():
    """In the table of functions every pointer follows the one before it, in the order of the releases."""
    def table(header):
        return [line.split()[0] for line in offsets(header).splitlines() if line.startswith('qn_api.')]
    for old in OLD:
        was = table(old)
        assert table(HEADER)[:len(was)] == was


def test_the_present_minor_is_kept_too():
    with open(HEADER) as f:
        text = f.read()
    version = '.'.join(re.search(r'#define QN_ABI_%s (\d+)' % part, text).group(1) for part in ('MAJOR', 'MINOR'))
    assert os.path.join(ABI, 'quoin-%s.h' % version) in OLD
    with open(os.path.join(ABI, 'quoin-%s.h' % version)) as f:
        assert offsets(os.path.join(ABI, 'quoin-%s.h' % version)) == offsets(HEADER), 'a change of the interface is a new minor: raise it'


def test_the_words_that_the_host_has_as_well_are_the_same(tmp_path):
    """Codes, methods, levels, slices stand in the host's headers and in the plugin's."""
    with open(HEADER) as f:
        block = re.search(r'#ifndef QN_HOST.*?\n#endif', f.read(), re.S).group(0)
    names = sorted(set(re.findall(r'\bQN_[A-Z_]+(?= =|,| \})', re.sub(r'/\*.*?\*/', '', block, flags=re.S))) - {'QN_HOST'})
    assert {'QN_OK', 'QN_ESTATE', 'QN_GET', 'QN_OPTIONS', 'QN_LOG_DEBUG', 'QN_LOG_ERROR'} <= set(names)
    lines = ['printf("%s %%d\\n", (int)%s);' % (n, n) for n in names]
    lines += ['printf("%%zu %%zu %%zu\\n", sizeof(qn_str), offsetof(qn_str, p), offsetof(qn_str, n));']
    lines[-1] = lines[-1].replace('%%', '%')

    def values(includes):
        source = tmp_path / 'words.c'
        source.write_text('%s\n#include <stdio.h>\n#include <stddef.h>\nint main(void) {\n%s\nreturn 0; }\n' % (includes, '\n'.join(lines)))
        flags = subprocess.run(['pkg-config', '--cflags', 'libevent_core', 'libpq', 'jansson'], capture_output=True, text=True).stdout.split()
        subprocess.run(['cc', '-std=c11', '-D_GNU_SOURCE', '-I' + os.path.join(ROOT, 'core'), *flags, '-o', str(tmp_path / 'words'), str(source)],
                       check=True)
        return subprocess.run([str(tmp_path / 'words')], check=True, capture_output=True, text=True).stdout

    assert values('#include "%s"' % HEADER) == values('#include "base/err.h"\n#include "base/log.h"\n#include "http/http.h"')


@pytest.mark.parametrize('old', OLD, ids=os.path.basename)
def test_a_plugin_built_with_an_earlier_header_serves(old, tmp_path):
    """The example and a fixture, built as they would have been then, in the server of today."""
    binaries = os.path.dirname(FIXTURES)
    include = tmp_path / 'include'
    include.mkdir()
    with open(old) as f:
        (include / 'quoin.h').write_text(f.read())
    for p in (tmp_path, *tmp_path.parents):
        if str(p).startswith('/tmp/') and os.access(p, os.W_OK):
            os.chmod(p, 0o755)
    flags = ['-std=c11', '-D_GNU_SOURCE', '-shared', '-fPIC', '-fvisibility=hidden', '-I' + str(include)]
    if binaries.endswith('asan'):
        flags.append('-fsanitize=address,undefined')
    example = [os.path.join(ROOT, 'plugins', 'example', n) for n in ('example.c', 'words.c')]
    subprocess.run(['cc', *flags, '-o', str(tmp_path / 'example.so'), *example], check=True)
    subprocess.run(['cc', *flags, '-o', str(tmp_path / 'http.so'), os.path.join(ROOT, 'tests', 'plugins', 'http.c')], check=True)
    with plugin_server('example', 'http', **{'plugins.dir': str(tmp_path)}) as s:
        assert s.request('GET', '/v1/http/echo/x')[0] == 200
        assert s.request('GET', '/v1/articles/nope/reading')[0] == 404


def test_the_reference_is_what_the_header_says():
    r = subprocess.run([sys.executable, os.path.join(ROOT, 'plugins', 'reference.py'), '--check'], capture_output=True, text=True)
    assert r.returncode == 0, r.stderr


def test_every_function_is_documented():
    sys.path.insert(0, os.path.join(ROOT, 'plugins'))
    from reference import functions
    with open(HEADER, encoding='utf-8') as f:
        sections = functions(f.read())
    found = [signature for _, members in sections for signature, _ in members]
    assert len(found) == sum(1 for line in offsets(HEADER).splitlines() if line.startswith('qn_api.')) - 4  # size, minor, major, version
