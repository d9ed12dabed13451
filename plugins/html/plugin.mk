# Markdown is parsed by md4c: twenty times faster than cmark-gfm at its worst, and it tells of its input without making HTML of it.
html_LIBS := -lmd4c
