"""The committed word lists are what the readable ones say, and the score is asked for only where there is something to score with."""
import glob
import os
import shutil
import subprocess

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
