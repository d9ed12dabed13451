#!/usr/bin/env python3
"""Writes the reference in plugins/README.md from the comments of include/quoin.h.   usage: reference.py [--check]"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
HEADER = os.path.join(ROOT, 'include', 'quoin.h')
README = os.path.join(ROOT, 'plugins', 'README.md')
BEGIN, END = '<!-- made from include/quoin.h by plugins/reference.py -->\n', '<!-- end -->\n'


def words(comment):
    """The text of a /** … */ without its stars."""
    inner = re.sub(r'^/\*\*<?|\*/$', '', comment.strip())
    return ' '.join(re.sub(r'^\s*\* ?', '', line).strip() for line in inner.splitlines()).strip()


def plain(declaration):
    """A function pointer of the table as the call that people write."""
    d = re.sub(r'\s+', ' ', declaration).strip().rstrip(';')
    d = re.sub(r' ?QN_PRINTF\([^)]*\)', '', d)
    m = re.match(r'(.*?)\(\*(\w+)\)\((.*)\)$', d)
    if not m:
        return None
    kind, name, args = m.groups()
    return '%s%s%s(%s)' % (kind, '' if kind.endswith('*') else ' ', name, args)


def functions(text):
    """(section, [(signature, comment)]) of struct qn_api."""
    body = re.search(r'struct qn_api \{(.*?)\n\};', text, re.S).group(1)
    sections, pending = [('', [])], ''
    for m in re.finditer(r'(/\*\* .*?\*/)|(/\* -- (?:(?!\*/).)*\*/)|([^/;]+?;)', body, re.S):
        comment, section, declaration = m.groups()
        if comment:
            pending = words(comment)
        elif section:
            sections.append((re.sub(r'^/\* -- |\s*(?:--)?\s*\*/$', '', re.sub(r'\s+', ' ', section)), []))
        elif plain(declaration):
            sections[-1][1].append((plain(declaration), pending))
            pending = ''
    return [s for s in sections if s[1]]


def members_of(body, what):
    """[(member, comment)] of the body of a struct or an enum: a comment stands before its member, or behind it on the line."""
    pattern = r'(/\*\* .*?\*/)|(/\*\*< .*?\*/)|(%s)' % (r'\bQN_\w+' if what == 'enum' else r'[a-z][^;/]*?(?:\([^;]*\))?;')
    found, pending = [], ''
    for before, behind, declaration in re.findall(pattern, body, re.S):
        if before:
            pending = words(before)
        elif behind and found:
            found[-1][1] = words(behind)
        elif declaration:
            found.append([re.sub(r'\s+', ' ', declaration).strip(' ;'), pending])
            pending = ''
    return [m for m in found if m[0] != 'uint32_t size']


def structures(text):
    """(name, comment, members) of the structures and constants, in their order."""
    found = []
    for comment, what, tag, body, name in re.findall(
            r'(/\*\*(?:(?!\*/).)*\*/\n)?(?:typedef )?(struct|enum) ?(\w*) \{\n(.*?)\n\} ?(\w*);', text, re.S):
        if tag == 'qn_api' or name == 'qn_str':
            continue
        members = members_of(body, what)
        found.append((name or tag or ', '.join(m[0] for m in members[:2]) + ' …', words(comment) if comment else '', members))
    return found


def cell(s):
    return s.replace('|', '\\|')


def reference(text):
    out = ['\n## Reference\n', '\n### Functions\n', '\n`qn` is the table that `init` was given.\n']
    for title, members in functions(text):
        out.append('\n#### %s\n\n' % (title[:1].upper() + title[1:]))
        for signature, comment in members:
            out.append('- `qn->%s`%s\n' % (re.sub(r'^(.*?)(\w+\()', r'\2', signature), ' → `%s`' % re.match(r'(.*?)\s*\w+\(', signature).group(1).strip()))
            if comment:
                out.append('  %s\n' % comment)
    out.append('\n### Structures\n')
    for name, comment, members in structures(text):
        out.append('\n#### %s\n\n%s| | |\n| --- | --- |\n' % (name, comment + '\n\n' if comment else ''))
        for member, what in members:
            out.append('| `%s` | %s |\n' % (cell(member), cell(what)))
    return ''.join(out)


def main():
    with open(HEADER, encoding='utf-8') as f:
        made = BEGIN + reference(f.read()) + '\n' + END
    with open(README, encoding='utf-8') as f:
        readme = f.read()
    now = readme[:readme.index(BEGIN)] + made + readme[readme.index(END) + len(END):]
    if '--check' in sys.argv[1:]:
        if now != readme:
            sys.exit('plugins/README.md is not what include/quoin.h says: run plugins/reference.py')
        return
    with open(README, 'w', encoding='utf-8') as f:
        f.write(now)


if __name__ == '__main__':
    main()
