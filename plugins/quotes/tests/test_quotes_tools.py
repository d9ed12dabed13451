"""The committed word lists are what the readable ones say; the tools score only where there is something to score with, and empty no file by a slip."""
import glob
import os
import shutil
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
PLUGIN = os.path.join(HERE, '..')
EXTRACT = os.path.join(PLUGIN, 'extract')


def make(script, to):
    r = subprocess.run(['sh', script, str(to)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert r.returncode == 0, r.stdout


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def test_the_committed_tables_are_exactly_what_mklex_makes_of_the_lists(tmp_path):
    make(os.path.join(PLUGIN, 'tools', 'lexicons.sh'), tmp_path)
    made = sorted(os.listdir(tmp_path))
    assert made == sorted(os.path.basename(f) for f in glob.glob(os.path.join(EXTRACT, 'lex_*.c'))) and 'lex_en.c' in made
    stale = [f for f in made if read(os.path.join(tmp_path, f)) != read(os.path.join(EXTRACT, f))]
    assert stale == [], 'run plugins/quotes/tools/lexicons.sh: stale are %s' % stale


def test_a_word_that_is_added_to_a_list_is_in_its_table_and_no_other(tmp_path):
    for folder in ('tools', 'extract'):
        shutil.copytree(os.path.join(PLUGIN, folder), tmp_path / folder)
    with open(tmp_path / 'extract' / 'lexicon' / 'de.lex', 'a') as f:
        f.write('= word NOUN\nquittenmus\n')
    make(str(tmp_path / 'tools' / 'lexicons.sh'), tmp_path)
    changed = [f for f in sorted(os.listdir(tmp_path)) if f.endswith('.c') and read(tmp_path / f) != read(os.path.join(EXTRACT, f))]
    assert changed == ['lex_de.c']


def test_a_feature_that_does_not_exist_is_named(tmp_path):
    for folder in ('tools', 'extract'):
        shutil.copytree(os.path.join(PLUGIN, folder), tmp_path / folder)
    with open(tmp_path / 'extract' / 'lexicon' / 'cs.lex', 'a') as f:
        f.write('= word NUON\nslovo\n')
    r = subprocess.run(['sh', tmp_path / 'tools' / 'lexicons.sh', tmp_path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert r.returncode != 0 and 'no such feature: NUON' in r.stdout


def test_scoring_without_annotated_documents_is_skipped_visibly(tmp_path):
    r = subprocess.run(['sh', os.path.join(PLUGIN, 'tools', 'score.sh'), str(tmp_path / 'nothing')], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=60)
    assert r.returncode == 0 and r.stdout.startswith('SKIPPED: no annotated documents in ')


def test_an_empty_list_of_annotated_documents_is_skipped_by_name(tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'eval_quotes.py').write_text('')
    (tmp_path / 'data' / 'polnear.glyph.jsonl').write_text('')
    r = subprocess.run(['sh', os.path.join(PLUGIN, 'tools', 'score.sh'), str(tmp_path)], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=120)
    assert r.returncode == 0 and 'polnear.glyph.jsonl is not there, or empty' in r.stdout


DOCUMENT = '{"id":"a","text":"\\"We will win,\\" said John Smith."}\n'


@pytest.fixture(scope='module')
def jsonl(tmp_path_factory):
    out = str(tmp_path_factory.mktemp('tool') / 'quotes-jsonl')
    subprocess.run(['gcc', '-std=c11', '-D_GNU_SOURCE', '-O1', '-o', out, os.path.join(PLUGIN, 'tools', 'quotes-jsonl.c'),
                    *sorted(glob.glob(os.path.join(EXTRACT, '*.c'))), '-ljansson', '-lm'], check=True)
    return out


def call(*words):
    return subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


def test_seconds_before_the_documents_are_seconds_and_the_documents_stay(jsonl, tmp_path):
    documents = tmp_path / 'documents.jsonl'
    documents.write_text(DOCUMENT)
    r = call(jsonl, '--bench', '0.01', documents)
    assert r.returncode == 0 and 'MB/s' in r.stdout
    assert documents.read_text() == DOCUMENT


@pytest.mark.parametrize('words', [['nothing.jsonl', 'documents.jsonl'], ['documents.jsonl', 'documents.jsonl'],
                                   ['--bench', 'nothing.jsonl', 'documents.jsonl'], ['--bench', '1x', 'documents.jsonl']])
def test_a_slip_in_the_words_empties_no_file(jsonl, tmp_path, words):
    documents = tmp_path / 'documents.jsonl'
    documents.write_text(DOCUMENT)
    r = call(jsonl, *[w if w.startswith('--') or w == '1x' else tmp_path / w for w in words])
    assert r.returncode != 0 and r.stderr
    assert documents.read_text() == DOCUMENT


def test_what_is_found_is_written_to_the_second_file(jsonl, tmp_path):
    (tmp_path / 'in').write_text(DOCUMENT)
    (tmp_path / 'out').write_text('old')
    assert call(jsonl, tmp_path / 'in', tmp_path / 'out').returncode == 0
    assert 'John Smith' in (tmp_path / 'out').read_text()
