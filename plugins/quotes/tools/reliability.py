#!/usr/bin/env python3
"""reliability.py SCORER_DIR GOLD.jsonl PRED.jsonl [--part P] [--content]: does the confidence say how often an extraction is right?

SCORER_DIR holds eval_quotes.py. An extraction is right where its span matches (exact tokens; --content: IoU >= 0.3, speech only) and
its speaker is the right one. Prints a line for each tenth, and the mean gap between what was said and what was so.
"""
import sys, argparse

ap = argparse.ArgumentParser()
ap.add_argument('scorer'); ap.add_argument('gold'); ap.add_argument('pred')
ap.add_argument('--part'); ap.add_argument('--content', action='store_true')
a = ap.parse_args()
sys.path.insert(0, a.scorer)
import eval_quotes as E

gold = [d for d in E.load(a.gold) if a.part is None or d.get('part') == a.part]
pred = {d['id']: d for d in E.load(a.pred)}
bins = [[0, 0, 0.0] for _ in range(10)]
for d in gold:
    doc = E.Doc(d, d['text'])
    out = lambda q: q.get('ignore') or (a.content and q.get('speech') is False)
    kept = [q for q in d['quotes'] if not out(q)]
    skip = [doc.r(q) for q in d['quotes'] if out(q)] + [E.toks(doc.idx, s, e) for s, e in d.get('ignore') or []]
    mine = pred.get(d['id'], {}).get('quotes', [])
    P = [doc.r(q) for q in mine]
    pairs = {p: g for g, p in E.match([doc.r(q) for q in kept], P, 'iou' if a.content else 'exact', .3)}
    for k, (s, e) in enumerate(P):
        if s >= e: continue
        if k not in pairs:
            seen = set()
            for x, y in skip: seen.update(range(max(s, x), min(e, y)))
            if seen and len(seen) * 2 >= e - s: continue
        right = k in pairs and E.speaker_ok(kept[pairs[k]].get('speaker'), mine[k].get('speaker'))
        b = bins[min(9, int(mine[k]['confidence'] * 10))]
        b[0] += 1; b[1] += right; b[2] += mine[k]['confidence']
total = sum(b[0] for b in bins)
print('confidence      n   said   right')
for i, (n, r, c) in enumerate(bins):
    if n: print('%.1f - %.1f  %6d  %5.2f   %5.2f' % (i / 10, (i + 1) / 10, n, c / n, r / n))
if total: print('mean gap %.3f' % (sum(abs(c - r) for n, r, c in bins) / total))
