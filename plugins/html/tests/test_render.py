"""What the renderer makes of hostile input, read by a strict checker; and the unit tests, built and run."""
import json
import os
import subprocess

import pytest

from strict import check

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.abspath(os.environ.get('HTML_OUT') or os.path.join(HERE, '..', '..', '..', 'build', 'html'))
SHARED = os.path.join(HERE, '..', '..', '..', '..', 'shared', 'corpora', 'data')


def built(name):
    """The path of a program of the tests, made anew where its sources changed."""
    env = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
    path = os.path.join(OUT, name)
    subprocess.run(['make', '-s', '-C', os.path.join(HERE, '..'), 'OUT=' + OUT, path], check=True, env=env)
    return path


def render(bodies):
    """[{"html", "ms"}] of arrays of blocks."""
    lines = ''.join(json.dumps(body) + '\n' for body in bodies)
    r = subprocess.run([built('html-tool'), 'blocks'], input=lines, capture_output=True, text=True, timeout=300)
    assert r.returncode == 0, r.stderr[-3000:]
    out = [json.loads(line) for line in r.stdout.split('\n') if line]
    assert len(out) == len(bodies)
    return out


def everywhere(s):
    """`s` at every place of every block."""
    return [
        {'type': 'heading', 'level': 2, 'text': s}, {'type': 'text', 'text': s},
        {'type': 'quote', 'text': s, 'attribution': s, 'role': s, 'source': s},
        {'type': 'image', 'url': s, 'alt': s, 'caption': s, 'credit': s}, {'type': 'image', 'url': '/p.png', 'alt': s, 'caption': s, 'credit': s},
        {'type': 'list', 'ordered': True, 'items': [s, s]}, {'type': 'table', 'header': [s, s], 'rows': [[s, s]]},
        {'type': 'embed', 'url': s, 'title': s}, {'type': 'embed', 'url': 'https://a.example/', 'title': s},
        {'type': 'correction', 'text': s, 'at': s}, {'type': s, 'text': s},
        {'type': 'text', 'text': '[a](%s "%s") ![b](%s)\n\n[c]: %s\n\n[c] <%s>' % (s, s, s, s, s)},
    ]


def assert_clean(inputs):
    for s, out in zip(inputs, render([everywhere(s) for s in inputs])):
        faults, _, _ = check(out['html'], fragment=True)
        assert not faults, (s, faults)


OWN = [
    '<script>alert(1)</script>', '</p><script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', "' onmouseover='alert(1)",
    '" onfocus="alert(1)" autofocus="', '<iframe src="javascript:alert(1)"></iframe>', '<a href="javascript:alert(1)">x</a>', '<style>*{display:none}</style>',
    '</style><script>alert(1)</script>', '</title><script>alert(1)</script>', '<!--', '-->', '<!-- --!><script>', '<![CDATA[', ']]>', '<?xml ?>', '<!doctype x>',
    '<base href=//evil.example>', '<meta http-equiv=refresh content=0>', '<form action=//evil.example><input>', '<math><mtext></mtext></math>',
    'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', '\tjavascript:alert(1)', 'java\tscript:alert(1)', 'java\nscript:alert(1)',
    '&#106;avascript:alert(1)', '&#x6A;avascript:alert(1)', '&#0000106avascript:alert(1)', 'javascript&colon;alert(1)', 'javascript&#58;alert(1)',
    'javascript&#x3a;alert(1)', '&Tab;javascript:alert(1)', 'java&NewLine;script:alert(1)', 'javascript%3Aalert(1)', '%6Aavascript:alert(1)',
    '\u0001javascript:alert(1)', '\u00a0javascript:alert(1)', '\u2028javascript:alert(1)', '\ufeffjavascript:alert(1)', 'javascript\u0000:alert(1)',
    'ja\\vascript:alert(1)', 'javascript\\:alert(1)', '<javascript:alert(1)>', '[x](<javascript:alert(1)>)', '![x](javascript:alert(1))',
    '[x]: javascript:alert(1)\n\n[x]', '![x]: data:text/html,1\n\n![x]', '[![x](javascript:1)](javascript:2)', '[a](data:text/html;base64,PHNjcmlwdD4=)',
    'data:image/svg+xml,<svg onload=alert(1)>', 'vbscript:msgbox(1)', 'livescript:x', 'mocha:x', 'feed:javascript:alert(1)', 'view-source:javascript:alert(1)',
    'jar:javascript:alert(1)!/', '//evil.example', '/\\evil.example', '\\\\evil.example', '///evil.example', 'https:evil.example', 'http:/evil.example',
    'https://user@evil.example', '```html\n<script>alert(1)</script>\n```', '    <script>alert(1)</script>', '`<script>alert(1)</script>`',
    '~~~"><script>\nx\n~~~', '| <script> |\n| --- |\n| <img onerror=x> |', '# <script>alert(1)</script>', '> <script>alert(1)</script>',
    '- <script>alert(1)</script>', '[<script>alert(1)</script>](/x)', '[x](/y "<script>alert(1)</script>")', '[x](/y \'"onmouseover="alert(1)\')',
    '![" onerror="alert(1)](/x)', '![![" onerror="alert(1)](/x)](/y)', '<https://a.example/"onmouseover="alert(1)>', 'https://a.example/"onmouseover="alert(1)',
    'https://a.example/<script>', "https://a.example/'onmouseover='alert(1)", '[a](https://a.example/"onclick="x)', '&lt;script&gt;', '&amp;lt;script&amp;gt;',
    '&#60;script&#62;alert(1)&#60;/script&#62;', '&#x3c;img src=x onerror=alert(1)&#x3e;', '&#34; onclick=&#34;x', '\\<script\\>', '<\u0000script>', '<scr\u0000ipt>',
    '\u202e<script>', '${alert(1)}', '{{constructor.constructor("alert(1)")()}}', '\x1b[31m', '\ud83d\ude86', '', ' ', '\n\n\n', '[' * 50, '*' * 99, '_' * 99,
    '<' * 99, '&' * 99, '`' * 99, '|' * 99, '#' * 9, '> ' * 60, '- ' * 60, '1. ' * 60,
]


def test_no_input_of_ours_runs_anywhere():
    assert_clean(OWN)


def corpus(name):
    path = os.path.join(SHARED, name)
    if not os.path.exists(path):
        pytest.skip('needs ../shared, which is not beside this checkout')
    with open(path, encoding='utf-8') as f:
        return json.load(f)


def test_no_fixture_of_a_sanitizer_runs_anywhere():
    inputs = [case['payload'] for case in corpus('xss_dompurify.json')]
    assert len(inputs) > 200
    assert_clean(inputs)


@pytest.mark.parametrize('name', ['commonmark.json', 'gfm.json'])
def test_the_specifications_examples_are_clean(name):
    inputs = [case['markdown'] for case in corpus(name)]
    assert len(inputs) > 20
    assert_clean(inputs)


def test_naughty_strings_are_clean_and_shown():
    inputs = [s for s in corpus('blns.json') if isinstance(s, str)]
    assert len(inputs) > 400
    assert_clean(inputs)


@pytest.mark.parametrize('name', ['commonmark.json', 'gfm.json'])
def test_a_reader_sees_what_the_specification_shows(name):
    """The words of each example, where it has no HTML, images or entities: those we show differently on purpose."""
    cases = [c for c in corpus(name) if not any(x in c['markdown'] for x in '<&!') and '[x]' not in c['markdown'] and '[ ]' not in c['markdown']]
    assert len(cases) > 10
    wrong = []
    for case, out in zip(cases, render([[{'type': 'text', 'text': c['markdown']}] for c in cases])):
        seen, wanted = check(out['html'], fragment=True)[1].split(), check(case['html'], fragment=True)[1].split()
        if seen != wanted:
            wrong.append((case['markdown'], seen, wanted))
    assert len(wrong) <= len(cases) // 50, wrong


def test_what_looks_like_a_tag_is_shown_to_the_reader():
    out = render([[{'type': 'text', 'text': 'a <script>alert(1)</script> b'}]])[0]
    assert check(out['html'], fragment=True)[1].strip() == 'a <script>alert(1)</script> b'


N = 60000


def times(s):
    return (s * (N // len(s) + 1))[:N]


REPEATED = ['> ', '>', '- ', '1. ', '[', '[a', '![a', '[a](', '[a](<b', '*a ', '*a **a ', 'a*_', '*', '_a __a ', '`a', '<', '<a ', '<http://a', '&', '&#', '|', '|\n',
            'a|b\n', '|a|b\n|-|-\n', '[a]: b\n', '#', '# a\n', 'a\n=\n', '```\n', '~', 'http://', 'http://a.b ', 'http://a.b(', '- a\n', '-\n', '- a\n\n', '> a\nb\n',
            '<!--', '<![CDATA[', '<?', '\\', '\t- ', '*[a*](b', '[a](b "', '![](/)', '&lt;', 'x', 'a\n\n', '**x [a**b**c](d) ', '\u00a0']


def test_hostile_repeats_grow_no_more_than_their_input():
    inputs = [times(s) for s in REPEATED]
    inputs += ['[' * (N // 2) + 'a' + ']' * (N // 2), '|' + 'a|' * (N // 6) + '\n|' + '-|' * (N // 6) + '\n' + '|\n' * (N // 6),
               '[a]: /' + 'x' * (N // 2) + '\n\n' + '[a]' * (N // 6), ''.join(' ' * (2 * i) + '- a\n' for i in range(240)),
               ''.join('e' + '`' * i for i in range(340)), '[a](' + '(' * (N // 2) + ')' * (N // 2)]
    for s, out in zip(inputs, render([[{'type': 'text', 'text': s}] for s in inputs])):
        assert len(out['html']) <= 24 * len(s.encode()) + 8192, s[:40]
        faults, _, _ = check(out['html'], fragment=True)
        assert not faults, (s[:40], faults[:3])


def test_the_unit_tests_pass():
    r = subprocess.run([built('test_html')], cwd=os.path.join(HERE, '..'), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert r.returncode == 0, r.stdout[-5000:]
    assert '[  PASSED  ]' in r.stdout
