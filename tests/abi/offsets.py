#!/usr/bin/env python3
"""Prints where every member of every structure of a plugin header stands, and what every constant is worth.

usage: offsets.py HEADER [-DNAME…]     The golden file was made with: offsets.py tests/abi/quoin-1.0.h > tests/abi/offsets-1.0.txt
"""
import os
import re
import subprocess
import sys
import tempfile


def without_comments(text):
    return re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)


def bodies(text):
    """(name as C has it, body) of each structure."""
    for m in re.finditer(r'typedef struct \{(.*?)\n\} (\w+);', text, re.S):
        yield m.group(2), m.group(1)
    for m in re.finditer(r'\nstruct (\w+) \{(.*?)\n\};', text, re.S):
        yield 'struct ' + m.group(1), m.group(2)


def members(body):
    for declaration in re.sub(r'QN_PRINTF\([^)]*\)', '', body).split(';'):
        d = re.sub(r'\s+', ' ', declaration).strip()
        if not d:
            continue
        m = re.match(r'[^(]*\(\*(\w+)\)\(', d)
        if m:
            yield m.group(1)
            continue
        for part in d.split(','):
            yield re.search(r'(\w+)$', part.strip()).group(1)


def constants(text):
    for m in re.finditer(r'enum \w* ?\{(.*?)\}', text, re.S):
        yield from re.findall(r'\bQN_\w+', re.sub(r'=[^,}]*', '', m.group(1)))


def program(header):
    with open(header, encoding='utf-8') as f:
        text = without_comments(f.read())
    lines = []
    for name, body in bodies(text):
        short = name.replace('struct ', '')
        for member in members(body):
            lines.append('printf("%s.%s %%zu %%zu\\n", offsetof(%s, %s), sizeof(((%s *)0)->%s));' % (short, member, name, member, name, member))
    for name in constants(text):
        lines.append('printf("%s %%lld\\n", (long long)%s);' % (name, name))
    return '#include <stdio.h>\n#include "%s"\nint main(void)\n{\n%s\nreturn 0;\n}\n' % (os.path.abspath(header), '\n'.join(lines))


def offsets(header, *flags):
    with tempfile.TemporaryDirectory() as d:
        source, binary = os.path.join(d, 'offsets.c'), os.path.join(d, 'offsets')
        with open(source, 'w', encoding='utf-8') as f:
            f.write(program(header))
        subprocess.run(['cc', '-std=c11', '-o', binary, source, *flags], check=True)
        return subprocess.run([binary], check=True, capture_output=True, text=True).stdout


if __name__ == '__main__':
    sys.stdout.write(offsets(*sys.argv[1:]))
