"""Reads a page as a browser's parser would be told to, and lists what must not be in it: anything that can run, load or
send, an element or attribute that no page of ours has, a heading out of order."""
import html.parser
import re
import urllib.parse

PHRASING = {'a', 'b', 'br', 'cite', 'code', 'del', 'em', 'img', 'small', 'span', 'strong', 'time'}
BODY = PHRASING | {'article', 'aside', 'blockquote', 'div', 'figcaption', 'figure', 'footer', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header', 'hr',
                   'li', 'main', 'nav', 'ol', 'p', 'pre', 'section', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'}
HEAD = {'html', 'head', 'meta', 'title', 'link', 'style', 'body'}
VOID = {'br', 'hr', 'img', 'link', 'meta'}
EVERYWHERE = {'id', 'class', 'lang', 'dir', 'itemprop', 'itemscope', 'itemtype', 'aria-label', 'aria-labelledby', 'role'}
ATTRIBUTES = {'a': {'href', 'rel', 'title'}, 'img': {'src', 'alt', 'title', 'loading'}, 'time': {'datetime'}, 'th': {'scope'}, 'ol': {'start'},
              'div': {'tabindex'}, 'pre': {'tabindex'}, 'html': {'prefix'}, 'meta': {'charset', 'name', 'content', 'property'},
              'link': {'rel', 'href'}}
SCHEMES = {'href': {'', 'http', 'https', 'mailto', 'tel'}, 'src': {'', 'http', 'https'}}


def scheme(url):
    """What a browser takes for the scheme: blanks and controls around and newlines inside are dropped (WHATWG URL 4.4)."""
    url = re.sub(r'[\t\n\r]', '', url.strip(''.join(map(chr, range(33)))))
    m = re.match(r'([A-Za-z][A-Za-z0-9+.-]*):', url)
    return m.group(1).lower() if m else ''


class Checker(html.parser.HTMLParser):
    def __init__(self, fragment):
        super().__init__(convert_charrefs=True)
        self.faults, self.open, self.headings, self.ids = [], [], [], set()
        self.allowed = BODY if fragment else BODY | HEAD
        self.text = []

    def fault(self, *what):
        self.faults.append(' '.join(map(str, what)))

    def handle_starttag(self, tag, attributes):
        if tag not in self.allowed:
            self.fault('element', tag)
        if re.fullmatch('h[1-6]', tag):
            self.headings.append(int(tag[1]))
        names = [name for name, _ in attributes]
        if len(set(names)) != len(names):
            self.fault('an attribute twice in', tag, names)
        for name, value in attributes:
            self.attribute(tag, name, value or '')
        if tag == 'img' and 'alt' not in names:
            self.fault('an image without alt')
        if tag not in VOID:
            self.open.append(tag)

    def attribute(self, tag, name, value):
        if name not in EVERYWHERE | ATTRIBUTES.get(tag, set()):
            self.fault('attribute', name, 'of', tag)
        if name in SCHEMES and scheme(value) not in SCHEMES[name]:
            self.fault(name, 'leads to', value)
        if name in SCHEMES and scheme(urllib.parse.unquote(value)) in ('javascript', 'vbscript', 'data'):
            self.fault(name, 'leads, decoded, to', value)
        if name == 'src' and not scheme(value) and not re.match(r'/(?![/\\])', value):
            self.fault('src leads off the site:', value)
        if name == 'href' and re.match(r'[/\\]{2}', value):
            self.fault('href leads off the site:', value)
        if name == 'id':
            if value in self.ids:
                self.fault('id twice:', value)
            self.ids.add(value)

    def handle_startendtag(self, tag, attributes):
        self.fault('a self-closing', tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.fault('an end of', tag, 'that was not open last')

    def handle_data(self, data):
        self.text.append(data)
        if re.search(r'[\x00-\x08\x0b-\x1f\x7f-\x9f]', data):
            self.fault('a control character in', repr(data[:40]))

    def handle_comment(self, data):
        self.fault('a comment', data[:40])

    def handle_pi(self, data):
        self.fault('an instruction', data[:40])

    def unknown_decl(self, data):
        self.fault('a declaration', data[:40])

    def handle_decl(self, decl):
        if decl.lower() != 'doctype html':
            self.fault('a declaration', decl[:40])


def check(text, fragment=False):
    """(faults, what a reader sees, levels of headings)"""
    c = Checker(fragment)
    c.feed(text)
    c.close()
    if c.open:
        c.fault('not closed:', c.open)
    last = 1 if fragment else 0
    for level in c.headings:
        if level > last + 1:
            c.fault('a heading of level', level, 'after', last)
        last = level
    if not fragment and c.headings.count(1) != 1:
        c.fault(c.headings.count(1), 'headings of level 1')
    return c.faults, ''.join(c.text), c.headings
