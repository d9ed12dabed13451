"""A plugin that cannot be used is refused with what was found, what is needed and what to do."""
import os
import shutil
import signal
import subprocess

import pytest
from client import Client
from plugin_server import FIXTURES, plugin_server
from quoin_server import ROOT, Server, make_template, wait_until


@pytest.fixture(scope='module')
def template():
    return make_template()


@pytest.fixture
def folder(tmp_path):
    """A plugin folder of one's own, that the server's user can read."""
    for p in (tmp_path, *tmp_path.parents):
        if str(p).startswith('/tmp') and p != p.parent and str(p) != '/tmp' and os.access(p, os.W_OK):
            os.chmod(p, 0o755)
    return tmp_path


def put(folder, name, as_name=None):
    shutil.copy(os.path.join(FIXTURES, name + '.so'), folder / ((as_name or name) + '.so'))
    return folder / ((as_name or name) + '.so')


def check(*files):
    s = Server(directory='/nonexistent')
    return s.run('plugin', 'check', *[str(f) for f in files])


def truncated(folder, keep):
    path = put(folder, 'http')
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * keep) if keep < 1 else keep])
    return path


REFUSED = [
    ('nosymbol', 'exports no qn_plugin_v1', 'QN_PLUGIN'),
    ('major', 'built for the plugin interface 2.1, this server has 1.1', 'build it against'),
    ('undefined', 'qn_something_of_the_host', '-Wl,-z,defs'),
]


@pytest.mark.parametrize('name,found,todo', REFUSED)
def test_what_is_no_plugin_of_ours_is_refused(name, found, todo):
    r = check(os.path.join(FIXTURES, name + '.so'))
    assert r.returncode == 1 and found in r.stderr and todo in r.stderr, r.stderr


@pytest.mark.parametrize('keep', [0, 1, 40, 64, 200, 0.1, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_short_is_refused(folder, keep):
    r = check(truncated(folder, keep))
    assert r.returncode == 1, r.stderr
    assert 'is cut short' in r.stderr or 'is no shared object' in r.stderr


def test_what_is_no_file_is_refused(folder):
    (folder / 'text.so').write_text('#!/bin/sh\n')
    (folder / 'dir.so').mkdir()
    r = check(folder / 'text.so', folder / 'dir.so', folder / 'nope.so', '/dev/null')
    assert r.returncode == 1
    assert 'text.so is no shared object' in r.stderr and 'dir.so' in r.stderr and 'nope.so is not there' in r.stderr


@pytest.mark.parametrize('how,said', [('segv', 'crashed (Segmentation fault) in its init'), ('abort', 'crashed (Aborted) in its init'),
                                      ('exit', 'ended the process (status 7) in its init'), ('refuse', 'it was asked to refuse')])
def test_what_dies_in_its_init_is_refused_and_the_rest_serves(template, how, said):
    with plugin_server('crash', 'http', **{'plugin.crash.in_init': how}) as s:
        assert said in s.log() and 'the rest goes on without it' in s.log()
        assert s.request('GET', '/v1/http/echo/x')[0] == 200
        assert s.request('GET', '/v1/crash/live')[0] == 404
        plugins = {p['name']: p for p in Client(s.url, s.token).get('/v1/plugins').json()['data']}
        assert plugins['crash']['state'] == 'refused' and said in plugins['crash']['why']


def test_an_endless_loop_in_init_is_ended():
    r = Server(directory='/nonexistent', **{'plugin.crash.in_init': 'spin'}).run('plugin', 'check', os.path.join(FIXTURES, 'crash.so'))
    assert r.returncode == 1 and 'endless loop' in r.stderr


def ends_with(status, *load, **sets):
    s = plugin_server(*load, **sets)
    try:
        s.spawn()
        code = s.process.wait(60)
        log = s.log()
    finally:
        s.close()
    assert code == status, log
    return log


def test_what_must_load_and_does_not_is_fatal(template):
    log = ends_with(2, 'http', 'crash', **{'plugin.crash.in_init': 'refuse', 'plugins.must_load': 'crash'})
    assert 'it was asked to refuse' in log and 'must_load' in log
    log = ends_with(2, 'http', **{'plugins.must_load': 'reads'})
    assert 'must_load names reads, which load does not' in log


def test_a_plugin_that_is_not_there_is_said_with_what_to_do(template):
    with plugin_server('nope', 'http') as s:
        assert 'nope.so is not there: build the plugin nope' in s.log()
        assert s.request('GET', '/v1/http/echo/x')[0] == 200


def test_a_required_plugin_that_is_missing_takes_it_down(template):
    with plugin_server('needy', 'http') as s:
        assert 'the plugin needy needs reads, which [plugins] load does not name: add reads' in s.log()


def test_what_is_required_is_loaded_first(template):
    with plugin_server('needy', 'reads') as s:
        log = s.log()
        assert 'refused' not in log and log.index('plugin reads 1.0.0') < log.index('plugin needy 1.0.0')


def test_a_capability_that_the_ini_leaves_out_is_refused(template):
    with plugin_server('tables', 'http', **{'plugin.tables.allow': 'routes, content, hooks, events'}) as s:
        assert 'the plugin tables needs routes, content, hooks, events, db, and [plugin.tables] allow leaves out db' in s.log()


@pytest.mark.parametrize('option,value,said', [
    ('bytes', 'many', '[plugin.tables] bytes = many: must be a whole number from 0 to 1048576'),
    ('colour', 'blue', '[plugin.tables] colour = blue: must be one of red|green'),
    ('colors', 'red', '[plugin.tables] colors is not an option; did you mean colour?'),
    ('allow', 'all, flying', '[plugin.tables] allow = all, flying: must be all, or some of routes, content'),
    ('text', 'wrong', '[plugin.tables] text = wrong: take another')])
def test_a_wrong_option_stops_the_server_before_it_starts(template, option, value, said):
    assert said in ends_with(2, 'tables', **{'plugin.tables.' + option: value})


def test_options_come_from_the_file_the_environment_and_the_command_line(template, folder):
    ini = folder / 'quoin.ini'
    ini.write_text('[plugin.tables]\non = yes\nbytes = 3k\ntext = of the file\n[plugin.gone]\nx = 1\n')
    with plugin_server('tables', **{'plugin.tables.text': 'of the line'}) as s:
        pass
    s = plugin_server('tables', **{'plugin.tables.text': 'of the line'})
    s.config = str(ini)
    s.env['QUOIN_PLUGIN_TABLES_COLOUR'] = 'green'
    with s:
        d = Client(s.url).get('/v1/tables/options').json()['data']
        assert (d['on'], d['bytes'], d['text'], d['colour']) == (True, 3072, 'of the line', 'green')
        assert 'quoin.ini:6 is not read: [plugins] load names no plugin that takes it (plugin.gone)' in s.log()


def test_a_file_of_another_name_is_refused(template, folder):
    put(folder, 'http', 'other')
    with plugin_server('other', **{'plugins.dir': str(folder)}) as s:
        assert 'calls itself http: a plugin\'s file has its name, http.so' in s.log()


def test_a_running_server_does_not_notice_a_new_file(template, folder):
    put(folder, 'http')
    with plugin_server('http', **{'plugins.dir': str(folder)}) as s:
        (folder / 'http.so').write_bytes(b'')
        os.kill(s.pids_of('worker')[0], 9)
        for _ in range(20):
            assert s.request('GET', '/v1/http/echo/x')[0] == 200


def test_a_migration_that_was_changed_is_refused(template, folder):
    s = plugin_server('tables')
    with s:
        r = s.run('token', 'list')
        assert r.returncode == 0
    # the ledger says otherwise from now on
    s = plugin_server('tables')
    try:
        s.start()
        pg = subprocess.run(['psql', '--version'], capture_output=True)
        if pg.returncode != 0:
            pytest.skip('no psql')
        sock = 'host=%s dbname=quoin user=quoin_owner' % os.path.join(s.data_dir, 'pg')
        done = subprocess.run(['psql', sock, '-c', "update quoin.plugin_migration set checksum = 'x'"], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip('no way in for psql: ' + done.stderr)
        s.stop()
        s.spawn()
        assert s.process.wait(60) == 2
        assert 'was applied with another text' in s.log()
    finally:
        s.close()


def test_list_says_what_each_one_is(template):
    s = plugin_server('http', 'major')
    try:
        r = s.run('plugin', 'list')
        assert r.returncode == 1
        assert 'http' in r.stdout and 'Requests and answers.' in r.stdout and 'cannot be used' in r.stdout
    finally:
        s.close()


def test_config_show_and_check_know_the_options_of_plugins(template):
    s = plugin_server('tables', **{'plugin.tables.bytes': '4k'})
    try:
        shown = s.run('config', 'show')
        assert '[plugin.tables]' in shown.stdout and 'bytes = 4k' in shown.stdout and 'colour = red' in shown.stdout
        s.sets['plugin.tables.colour'] = 'blue'
        r = s.run('config', 'check')
        assert r.returncode == 2 and 'must be one of red|green' in r.stderr
    finally:
        s.close()


# ---- out of the tree ------------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """What `make install` puts somewhere: the header and quoin.pc are all that a plugin's author has."""
    prefix = tmp_path_factory.mktemp('prefix')
    flavour = 'FLAVOUR=asan' if os.sep + 'asan' + os.sep in os.path.join(os.path.dirname(FIXTURES), '') else 'FLAVOUR=release'
    env = {k: v for k, v in os.environ.items() if not k.startswith('MAKE') and k != 'MFLAGS'}
    r = subprocess.run(['make', '-C', ROOT, 'install', flavour, 'PREFIX=%s' % prefix], capture_output=True, text=True, env=env)
    assert r.returncode == 0, r.stderr
    return prefix


@pytest.mark.parametrize('name', ['mine', 'a_longer_name2'])
def test_a_new_plugin_builds_and_passes_its_tests_out_of_the_tree(installed, tmp_path, name):
    binary = os.path.join(os.path.dirname(FIXTURES), 'quoin')
    env = {k: v for k, v in os.environ.items() if not k.startswith('MAKE') and k != 'MFLAGS'}
    env.update(PKG_CONFIG_PATH=str(installed / 'lib' / 'pkgconfig'), QUOIN=binary)
    made = subprocess.run([binary, 'plugin', 'new', name], capture_output=True, text=True, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    flags = 'CFLAGS=-O1 -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
    built = subprocess.run(['make', 'test', flags], capture_output=True, text=True, cwd=tmp_path / name, env=env)
    assert built.returncode == 0, built.stdout + built.stderr
    assert 'words: all passed' in built.stdout and 'GET /v1/articles/{id}/reading' in built.stdout and 'selftest   passed' in built.stdout
    linked = subprocess.run(['readelf', '-d', str(tmp_path / name / (name + '.so'))], capture_output=True, text=True).stdout
    assert all('libc.so' in line or 'libasan' in line for line in linked.splitlines() if 'NEEDED' in line), linked
    assert not [p for p in (tmp_path / name).rglob('*') if 'example' in p.name]
    again = subprocess.run([binary, 'plugin', 'new', name], capture_output=True, text=True, cwd=tmp_path)
    assert again.returncode == 1


@pytest.mark.parametrize('name', ['', 'Big', '1st', 'a-b', 'x' * 33, '../..', 'example'])
def test_a_new_plugin_needs_a_name(tmp_path, name):
    binary = os.path.join(os.path.dirname(FIXTURES), 'quoin')
    assert subprocess.run([binary, 'plugin', 'new', name], capture_output=True, cwd=tmp_path).returncode == 2


def test_a_subscription_that_fails_again_and_again_is_named_and_keeps_nobody_from_a_server():
    with plugin_server('tables', 'http', **{'server.workers': 1, 'plugin.tables.blind': 'on'}) as s:
        assert s.request('GET', '/readyz')[0] == 200
        assert s.request('GET', '/v1/http/echo/x')[0] == 200
        assert 'plugin tables: subscription of article failed: ' in s.log()
        assert 'plugin tables: subscription of article has never succeeded: the server goes on without what it keeps' in s.log()


def test_a_plugin_that_is_overwritten_with_something_else_goes_on_as_it_was(folder):
    put(folder, 'http')
    with plugin_server('http', **{'server.workers': 1, 'plugins.dir': str(folder)}) as s:
        (folder / 'http.so').write_bytes(b'garbage' * 1000)
        s.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'SIGHUP: this version cannot reload' in s.log(), 10, 'a line about it')
        before = s.pid_of('worker 1')
        os.kill(before, signal.SIGKILL)
        assert s.request('GET', '/v1/http/echo/x')[0] == 200
        assert s.pid_of('worker 1') != before
