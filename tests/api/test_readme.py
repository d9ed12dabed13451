"""The README's tour: every `console` block is run, top to bottom, against a server of its own with the sample articles.

A line that begins with `$ ` is a command, `> ` goes on with its here-document; what follows is what it prints, where `…` stands for anything.
"""
import os
import re
import shlex
import subprocess

from quoin_server import Server

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))


def steps(text):
    """[(command, expected)] of all console blocks."""
    out = []
    for block in re.findall(r'^```console\n(.*?)^```', text, re.S | re.M):
        for line in block.splitlines():
            if line.startswith('$ '):
                out.append([line[2:], []])
            elif line.startswith('>'):
                out[-1][0] += '\n' + line[2:]
            else:
                out[-1][1].append(line)
    return out


def matches(expected, printed):
    pattern = '.*'.join(re.escape(x) for x in '\n'.join(expected).split('…'))
    return re.fullmatch(pattern, printed.strip().replace('\r', ''), re.S)


def test_the_tour_prints_what_the_readme_says():
    found = steps(open(os.path.join(ROOT, 'README.md'), encoding='utf-8').read())
    assert len(found) > 20
    with Server(config=os.path.join(ROOT, 'config', 'quoin.ini')) as s:
        shell = subprocess.Popen(['bash'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        for command, expected in found:
            command = command.replace('localhost:8080', s.url[len('http://'):]).replace('var/', s.data_dir + '/')
            command = command.replace('build/plugins/', os.path.join(os.path.dirname(s.binary), 'plugins') + '/')
            command = re.sub(r'build/quoin (\w+( add| list| revoke| new| check)?) -c config/quoin.ini', lambda m: shlex.join(s.command(*m.group(1).split())), command)
            shell.stdin.write(command + '\necho "==$?=="\n')
            shell.stdin.flush()
            printed = ''
            for line in shell.stdout:
                m = re.search(r'==(\d+)==$', line.rstrip('\n'))
                printed += line[:m.start()] if m else line
                if m:
                    break
            if not (command.startswith('cat >') or 'head -c' in command):
                assert m.group(1) == '0', (command, printed)
            if expected:
                assert matches(expected, printed), '%s\nprinted:  %s\nexpected: %s' % (command, printed, '\n'.join(expected))
        shell.stdin.close()
        assert shell.wait(10) == 0
