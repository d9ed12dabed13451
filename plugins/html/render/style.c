#include "style.h"

#include "sha256.h"

/* Set like a newspaper: one serif for what is said, one sans for what is about it; rules instead of boxes; a measure of
 * some 66 characters; sizes that grow with the window between two bounds. Only fonts that readers have. Directions are
 * logical (inline-start), so that right-to-left languages need no second sheet. Contrast is at least 4.5:1 throughout.
 */

static const char colours[] =
    ":root{color-scheme:light dark;"
    "--paper:#fffdf8;--ink:#191816;--soft:#5c5852;--line:#d8d3c9;--accent:#8f1d21;--wash:#f5f1e8;"
    "--serif:Charter,'Bitstream Charter','Iowan Old Style','Sitka Text',Cambria,Georgia,'Noto Serif','Liberation "
    "Serif',serif;"
    "--sans:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Liberation Sans',Arial,sans-serif;"
    "--mono:ui-monospace,'SF Mono',Menlo,Consolas,'Liberation Mono',monospace}"
    "@media(prefers-color-scheme:dark){:root{"
    "--paper:#161513;--ink:#e9e4da;--soft:#a9a297;--line:#3b3833;--accent:#f0998c;--wash:#211f1c}}";

static const char base[] =
    "*,::before,::after{box-sizing:border-box}"
    "html{font-size:100%;-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:auto}"
    "body{margin:0;background:var(--paper);color:var(--ink);font-family:var(--serif);"
    "font-size:clamp(1.09375rem,1.03rem + .28vw,1.25rem);line-height:1.6;overflow-wrap:break-word;"
    "font-kerning:normal;text-rendering:optimizeLegibility}"
    "h1,h2,h3,h4,h5,h6{line-height:1.18;margin:0;font-weight:700;text-wrap:balance}"
    "p,ul,ol,figure,blockquote,table,pre{margin:0}"
    "p{text-wrap:pretty}"
    "a{color:inherit;text-decoration-color:var(--accent);text-decoration-thickness:.07em;text-underline-offset:.18em}"
    "a:hover{color:var(--accent);text-decoration-thickness:.12em}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:2px}"
    "img{max-width:100%;height:auto;display:block;background:var(--wash)}"
    "small{font-size:inherit}"
    ".skip{position:absolute;inset-inline-start:1rem;top:-10rem;background:var(--ink);color:var(--paper);"
    "padding:.6rem 1rem;font:600 1rem/1.2 var(--sans);z-index:1}"
    ".skip:focus{top:1rem}"
    ".wrap{max-width:72rem;margin-inline:auto;padding-inline:clamp(1.125rem,4vw,2.5rem)}"
    ".soft,.byline,.dates,.kicker,.dateline,figcaption,.pager,.foot,.tags,.table{font-family:var(--sans)}";

static const char masthead[] =
    ".masthead{padding-block:1.1rem 0;text-align:center}"
    ".masthead .bar{border-bottom:1px solid var(--ink);padding-bottom:.7rem;position:relative}"
    ".masthead .bar::after{content:'';position:absolute;inset:auto 0 -4px;border-bottom:1px solid var(--ink)}"
    ".name{font-weight:800;font-size:1.6rem;line-height:1.1;letter-spacing:-.02em;margin:0}"
    ".name a{text-decoration:none}"
    ".front .name{font-size:clamp(2.75rem,1.6rem + 5.4vw,5.25rem);letter-spacing:-.035em;line-height:1}"
    ".front .masthead{padding-top:clamp(1.2rem,3vw,2.2rem)}"
    ".dateline{display:flex;justify-content:center;flex-wrap:wrap;gap:.1rem "
    "1.5rem;font-size:.8125rem;color:var(--soft);"
    "margin-top:.7rem;line-height:1.4}"
    ".sections{font:500 .875rem/1.3 var(--sans);padding-top:.55rem}"
    ".sections ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;justify-content:center;gap:.1rem 1.4rem}"
    ".sections a{text-decoration:none;display:inline-block;padding:.35rem 0}"
    ".sections a:hover{text-decoration:underline}";

static const char story[] =
    ".story{max-width:41rem;margin-inline:auto}"
    ".head{padding-top:clamp(1.8rem,4vw,3.25rem)}"
    ".kicker{font-size:.8125rem;font-weight:700;letter-spacing:.07em;text-transform:uppercase;color:var(--accent);"
    "line-height:1.3;margin-bottom:.6rem}"
    ".head h1{font-size:clamp(2rem,1.45rem + 2.4vw,3.1rem);line-height:1.08;letter-spacing:-.018em}"
    ".standfirst{font-size:1.16em;line-height:1.45;color:var(--soft);margin-top:1rem;white-space:pre-line}"
    ".meta{border-block:1px solid var(--line);margin-top:1.5rem;padding-block:.7rem;display:flex;flex-wrap:wrap;"
    "gap:.15rem 1.25rem;justify-content:space-between;font-size:.875rem;line-height:1.45}"
    ".byline b{font-weight:650}"
    ".dates{color:var(--soft)}"
    ".body{padding-top:1.6rem}"
    ".body>*+*{margin-top:1.1em}"
    ".body h2{font-size:1.36em;margin-top:1.75em;letter-spacing:-.008em}"
    ".body>h2:first-child{margin-top:.2em}"
    ".body h3{font-size:1.14em;margin-top:1.7em}"
    ".body h4,.body h5,.body h6{font-size:1em;margin-top:1.5em}"
    ".body :is(h2,h3,h4,h5,h6)+*{margin-top:.45em}"
    ".body :is(ul,ol){padding-inline-start:1.4em}"
    ".body li+li{margin-top:.35em}"
    ".body li::marker{color:var(--soft)}"
    ".body li>p+p{margin-top:.6em}"
    ".body blockquote{border-inline-start:3px solid var(--line);padding-inline-start:1.1em}"
    ".body blockquote>*+*{margin-top:.7em}"
    ".body hr{border:0;border-top:1px solid var(--line);width:8rem;margin:2.2em auto}"
    ".body :not(pre)>code{font-family:var(--mono);font-size:.86em;background:var(--wash);padding:.1em "
    ".3em;border-radius:3px}"
    ".body pre{font:.8125rem/1.55 var(--mono);background:var(--wash);padding:1rem 1.1rem;overflow-x:auto}"
    ".body .quote{margin-block:2em;padding-block:1.25em;border-block:1px solid var(--ink)}"
    ".quote blockquote{border:0;padding:0;font-size:1.28em;line-height:1.4;font-style:italic;quotes:none}"
    ".quote blockquote em{font-style:normal}"
    ":is([dir=rtl],:lang(zh),:lang(ja),:lang(ko)) .quote blockquote{font-style:normal}"
    ".quote figcaption{margin-top:.9em;color:var(--soft);font-size:.875rem;line-height:1.4}"
    ".quote b{color:var(--ink);font-weight:650}"
    ".quote cite{font-style:normal}.quote span+cite::before,.quote b+cite::before{content:'\\b7\\a0'}"
    ".body .image{margin-block:1.8em}"
    ".image figcaption{font-size:.875rem;line-height:1.45;color:var(--soft);margin-top:.55rem}"
    ".image small{opacity:.9;white-space:nowrap}"
    ".embed a{font-weight:600}.embed small{font:.875rem/1.4 var(--sans);color:var(--soft)}"
    ".embed{border-inline-start:3px solid var(--accent);padding-inline-start:1.1em}"
    ".correction{background:var(--wash);padding:1rem 1.2rem;font-size:.94em;line-height:1.5}"
    ".correction .label{font:.875rem/1.4 var(--sans);color:var(--soft);margin-bottom:.3rem}"
    ".correction strong{color:var(--ink)}"
    ".table{overflow-x:auto;font-size:.9375rem;line-height:1.45}"
    "table{border-collapse:collapse;min-width:100%;font-variant-numeric:tabular-nums lining-nums}"
    "th,td{padding:.5em .9em .5em 0;text-align:start;vertical-align:top;border-bottom:1px solid var(--line)}"
    "thead th{border-bottom:1px solid var(--ink);font-weight:650}"
    ".mid{text-align:center}.end{text-align:end}";

static const char after[] =
    ".tags{margin-top:2.6em;font-size:.875rem;line-height:1.4}"
    ".tags ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5rem}"
    ".tags a{display:inline-block;padding:.38rem .8rem;border:1px solid "
    "var(--line);border-radius:2rem;text-decoration:none}"
    ".tags a:hover{border-color:var(--accent)}"
    ".related{max-width:41rem;margin:3rem auto 0;border-top:3px solid var(--ink);padding-top:.85rem}"
    ".related h2{font-size:1.2em}"
    ".related ul,.list{list-style:none;padding:0}"
    ".related li,.list li{padding-block:.85rem;border-bottom:1px solid var(--line)}"
    ".related li:last-child,.list li:last-child{border-bottom:0}"
    ".related a{font-weight:650;line-height:1.3;text-decoration:none;display:inline-block}"
    ".related a:hover,.teaser a:hover{text-decoration:underline}"
    ".soft{font-size:.8125rem;line-height:1.4;color:var(--soft)}"
    ".related .soft{display:block;margin-top:.2rem}"
    ".foot{margin-top:4rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--soft)}"
    ".foot .wrap{padding-block:1.4rem 2.2rem;display:flex;flex-wrap:wrap;gap:.5rem "
    "1.5rem;justify-content:space-between}"
    ".foot a{display:inline-block;padding:.25rem 0}";

static const char lists[] =
    ".teaser a{text-decoration:none}"
    ".teaser h2,.teaser h3{letter-spacing:-.008em}"
    ".teaser p{margin-top:.4em}"
    ".teaser .kicker{margin:0 0 .35em;font-size:.75rem}"
    ".teaser .soft{margin-top:.5em}"
    ".sum{color:var(--soft);font-size:.97em;line-height:1.5;white-space:pre-line}"
    ".top{padding-block:clamp(1.4rem,3vw,2.2rem) 2rem;display:grid;gap:1.6rem}"
    ".lead h2{font-size:clamp(2.1rem,1.2rem + 3.9vw,4.1rem);line-height:1.03;letter-spacing:-.024em}"
    ".lead .sum{font-size:1.14em;color:var(--ink);margin-top:.8em;max-width:34em}"
    ".lead .soft{margin-top:.9em}"
    ".seconds>*{padding-block:1.05rem;border-top:1px solid var(--line)}"
    ".seconds h2{font-size:1.22em}"
    ".seconds .sum{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}"
    ".desks{display:grid;gap:2rem 2.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr))}"
    ".desk:only-child "
    ".list{display:grid;column-gap:2.5rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr))}"
    ".desk:only-child .list li{border-bottom:0;border-top:1px solid var(--line)}"
    ".desk:only-child>h2{margin-bottom:.7rem}"
    ".desk{border-top:3px solid var(--ink);padding-top:.7rem}"
    ".desk>h2{font:700 .875rem/1.3 var(--sans);letter-spacing:.07em;text-transform:uppercase;color:var(--accent)}"
    ".desk h3{font-size:1.08em;line-height:1.25}"
    ".desk .sum{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:4;overflow:hidden}"
    ".page{max-width:46rem;margin-inline:auto;padding-top:clamp(1.8rem,4vw,3rem)}"
    ".page>h1{font-size:clamp(2rem,1.5rem + 2vw,2.9rem);letter-spacing:-.018em;line-height:1.1}"
    ".page>.soft{margin-top:.4rem}"
    ".page .list{margin-top:1.6rem;border-top:3px solid var(--ink)}"
    ".page .list li{padding-block:1.3rem}"
    ".page .list h2{font-size:1.3em}"
    ".page>p+p{margin-top:1em}.page>h1+p{margin-top:1em}"
    ".pager{display:flex;flex-wrap:wrap;gap:.5rem 2rem;justify-content:space-between;margin-top:1.6rem;"
    "border-top:1px solid var(--ink);padding-top:.9rem;font-size:.9375rem;font-weight:600}"
    ".pager a{padding:.4rem 0}"
    ".pager :only-child[rel=next]{margin-inline-start:auto}"
    "@media(min-width:60em){"
    ".top{grid-template-columns:minmax(0,1.75fr) minmax(0,1fr);gap:0}"
    ".lead{padding-inline-end:2.5rem}"
    ".seconds{border-inline-start:1px solid var(--line);padding-inline-start:2.5rem}"
    ".seconds>:first-child{border-top:0;padding-top:0}"
    ".top:not(:has(.seconds)){grid-template-columns:minmax(0,1fr)}}";

static const char print[] =
    "@media print{"
    ":root{--paper:#fff;--ink:#000;--soft:#333;--line:#999;--accent:#000;--wash:#fff}"
    "body{font-size:11pt;line-height:1.45}"
    ".skip,.sections,.related,.tags,.pager,.foot{display:none}"
    ".story,.page{max-width:none}"
    "h1,h2,h3,h4{break-after:avoid}figure,blockquote,li{break-inside:avoid}p{orphans:3;widows:3}"
    ".body a[href^=http]::after{content:' (' attr(href) ')';font-size:.8em;overflow-wrap:anywhere}"
    "@page{margin:2cm}}";

void html_style(html_buf *b)
{
    static const char *const parts[] = { colours, base, masthead, story, after, lists, print };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) html_raw(b, parts[i]);
}

void html_policy(html_buf *b, bool own_sheets)
{
    char hash[HTML_SHA256_TEXT];
    html_buf style;
    html_buf_init(&style, 65536);
    html_style(&style);
    html_sha256(hash, (html_str){ style.p, style.n });
    html_raw(b, "default-src 'none'; style-src 'sha256-");
    html_raw(b, style.failed ? "" : hash);
    html_raw(b, own_sheets ? "' 'self'" : "'");
    html_raw(b, "; img-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    html_buf_free(&style);
}
