"""make bench: the extractor of plugin quotes in megabytes a second of processor time, whether any input is worse than linear, what it
adds to a save, and whether its confidence says how often it is right.

Measured with the annotated documents where ../shared is beside the checkout, else with the articles of config/samples: the rows say which.
"""
import glob
import json
import os
import re
import statistics
import subprocess

from parts import Client

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PLUGIN = os.path.join(ROOT, "plugins", "quotes")
EVAL = os.path.join(ROOT, "..", "shared", "eval", "quotes")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O3", "-DNDEBUG", "-D_FORTIFY_SOURCE=2", "-fstack-clash-protection", "-fstack-protector-strong", "-fPIC", "-fvisibility=hidden"]
MARKS = re.compile("``|''|[\"“”„«»]")
SIZES = [1000, 10000, 100000, 1000000, 10000000]
STORY = 4500  # bytes of a story of quiet paragraphs: what an evaluation document has


def built(b, tool, *libs):
    """A tool of the plugin, built as the plugin is."""
    out = os.path.join(b.top, tool)
    sources = [os.path.join(PLUGIN, "tools", tool + ".c")] + sorted(glob.glob(os.path.join(PLUGIN, "extract", "*.c")))
    subprocess.run(["cc", *FLAGS, "-o", out, *sources, *libs, "-lm"], check=True)
    return out


def evaluation(name):
    path = os.path.join(EVAL, "data", name)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f] or None


def documents():
    """(what they are, the texts as they stand, stories of paragraphs in which nobody is quoted)"""
    docs = evaluation("polnear.content.jsonl")
    if docs is None:
        texts = []
        for path in sorted(glob.glob(os.path.join(ROOT, "config", "samples", "*.txt"))):
            with open(path, encoding="utf-8") as f:
                texts.append(f.read())
        quiet = [p for t in texts for p in t.split("\n") if p.strip() and not MARKS.search(p) and not re.search(r"\b(said|says|told|asked|according)\b", p)]
        return "config/samples", texts, stories(quiet)
    quiet = []
    for d in docs:
        taken = [(q.get("content_start", q["start"]), q.get("content_end", q["end"])) for q in d["quotes"]]
        at = 0
        for line in d["text"].split("\n"):
            end = at + len(line)
            if line.strip() and not MARKS.search(line) and not any(s < end and e > at for s, e in taken):
                quiet.append(line)
            at = end + 1
    return "evaluation documents", [d["text"] for d in docs], stories(quiet)


def stories(paragraphs):
    out, story = [], ""
    for p in paragraphs:
        story += p + "\n"
        if len(story.encode()) >= STORY:
            out.append(story)
            story = ""
    return out or [story]


def measured(b, tool, texts, mode="stories"):
    """All texts one after another, a call each; the median of alternating runs is the caller's."""
    path = os.path.join(b.top, "quotes.bin")
    with open(path, "wb") as f:
        f.write(b"\0".join(t.encode() for t in texts))
    r = subprocess.run([tool, mode, path], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(r.stdout)


def long_text(tool, text, *sizes):
    r = subprocess.run([tool, "linear", "text", *map(str, sizes)], input=text.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in r.stdout.splitlines()]


def speed(b):
    """quotes-plain and quotes-news: stories as they come to a newsroom, and one long text of them beside."""
    tool = built(b, "quotes-bench")
    what, news, quiet = documents()
    kinds = {"quiet": quiet, "cues": [MARKS.sub(" ", t) for t in news], "news": news}
    runs = {kind: [] for kind in kinds}
    for _ in range(max(3, b.o.rounds)):
        for kind, texts in kinds.items():
            runs[kind].append(measured(b, tool, texts))
    mb = {kind: statistics.median(r["mb_s"] for r in rs) for kind, rs in runs.items()}
    megabyte = {kind: long_text(tool, "\n".join(texts), 1000000)[0]["mb_s"] for kind, texts in kinds.items()}
    return what, mb, megabyte, {kind: {"bytes": rs[0]["bytes"], "texts": rs[0]["texts"], "quotes": rs[0]["quotes"]} for kind, rs in runs.items()}


def enough(of):
    """The processor learns a short text by heart when it is read again and again, and is then twice as fast: a figure of those does not count."""
    return of["bytes"] >= 200000


def plain(b):
    what, mb, megabyte, of = speed(b)
    b.row("quotes-plain", f"quotes in texts that quote nobody (paragraphs of {what} without a statement), one core; with_cues: all of them without "
          "their marks, verbs of speech kept", (">=", 100), mb["quiet"], "MB/s", enough(of["quiet"]), with_cues=mb["cues"], one_text_of_1_mb=megabyte["quiet"], of=of["quiet"])


def news(b):
    what, mb, megabyte, of = speed(b)
    b.row("quotes-news", f"quotes in dense news ({what}), one core", (">=", 30), mb["news"], "MB/s", enough(of["news"]), one_text_of_1_mb=megabyte["news"], of=of["news"])


def linear(b):
    """Time a byte of 10 MB beside that of 10 KB, the worst of news and of what a search without a bound would drown in."""
    tool = built(b, "quotes-bench")
    _, texts, quiet = documents()
    news = "\n".join(texts)
    news *= 1 + 10000000 // len(news.encode())
    found = {"news": [r["mb_s"] for r in long_text(tool, news, *SIZES)], "quiet": [r["mb_s"] for r in long_text(tool, "\n".join(quiet), *SIZES)]}
    for kind in subprocess.run([tool, "linear", "kinds"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
        r = subprocess.run([tool, "linear", kind, *map(str, SIZES)], stdout=subprocess.PIPE, text=True, check=True)
        found[kind] = [json.loads(line)["mb_s"] for line in r.stdout.splitlines()]
    ratios = {kind: mb[1] / mb[-1] for kind, mb in found.items()}
    worst = max(ratios, key=ratios.get)
    b.row("quotes-linear", "quotes: time a byte of 10 MB against 10 KB, the worst of %d kinds of text; 1,000 would be quadratic" % len(found), ("<=", 8),
          ratios[worst], "×", True, worst=worst, slowest_mb_s=min(min(mb) for mb in found.values()), mb_s_by_size=found)


def save(b, cpu_s):
    """CPU of the whole house for a save, without plugins and with quotes, in turns."""
    _, texts, _ = documents()
    text = sorted(texts, key=len)[len(texts) // 2]
    paragraphs = [p for p in text.split("\n") if p.strip()]
    n, runs = 200, {"none": [], "quotes": []}
    sets = {"server.workers": 1, "plugins.dir": os.path.join(ROOT, "build", "plugins")}
    from quoin_server import Server
    with Server(**sets, **{"plugins.load": ""}) as without, Server(**sets, **{"plugins.load": "quotes"}) as with_quotes:
        sides = {"none": without, "quotes": with_quotes}
        clients = {k: Client(s, s.token) for k, s in sides.items()}
        made = 0
        for round_ in range(max(3, b.o.rounds) + 1):
            for side, s in sides.items():
                before = sum(cpu_s(pid) for pid in s.family())
                for _ in range(n):
                    made += 1
                    body = {"title": f"A save {made}", "body": [{"type": "text", "text": p} for p in paragraphs]}
                    status, _, answer = clients[side].call("POST", "/v1/articles", body)
                    assert status == 201, answer
                if round_ > 0:  # the first warms up
                    runs[side].append((sum(cpu_s(pid) for pid in s.family()) - before) / n * 1e6)
    us = {side: statistics.median(rs) for side, rs in runs.items()}
    b.row("quotes-save", f"quotes: CPU that it adds to making an article of {len(text.encode()) / 1000:.1f} KB, all processes, PostgreSQL's included", ("<=", 2),
          us["quotes"] / us["none"], "× without plugins", True, added_us=round(us["quotes"] - us["none"]), without_us=round(us["none"]))


def reliability(b):
    """Of those with confidence 0.9, are nine in ten right? The mean gap between what was said and what was so."""
    tool = built(b, "quotes-jsonl", "-ljansson")
    gaps, tables = {}, {}
    for view, gold, more in (("glyph", "polnear.glyph.jsonl", []), ("content", "polnear.content.jsonl", ["--content"])):
        path, out = os.path.join(EVAL, "data", gold), os.path.join(b.top, view + ".jsonl")
        if evaluation(gold) is None:
            continue
        subprocess.run([tool, "--view", view, path, out], check=True)
        r = subprocess.run(["python3", os.path.join(PLUGIN, "tools", "reliability.py"), EVAL, path, out, "--part", "dev", *more], stdout=subprocess.PIPE,
                           text=True, check=True)
        tables[view] = r.stdout.splitlines()
        gaps[view] = float(re.search(r"mean gap (\S+)", r.stdout).group(1))
    if not gaps:
        return
    b.row("quotes-reliability", "quotes: mean gap between confidence and the share that was right, the worse of marked and of all statements, part dev",
          ("<=", 0.05), max(gaps.values()), "", True, **gaps, tables=tables)


def rows(cpu_s):
    return {"quotes-plain": plain, "quotes-news": news, "quotes-linear": linear, "quotes-save": lambda b: save(b, cpu_s), "quotes-reliability": reliability}
