-- Published articles in bulk, as the functions of sql/ would have made them one by one: articles :first to :last, five of 500 tags and one
-- of 50 authors each, about 3 KB as an answer. As the owning role: psql -v first=1 -v last=10000 -f seed.sql
\set ON_ERROR_STOP on
set search_path = quoin;
set synchronous_commit = off;

create or replace function pg_temp.id_of(kind int, i int) returns uuid language sql immutable as $$
    select ('0190' || lpad(to_hex(kind), 4, '0') || '00007000' || '8000' || lpad(to_hex(i), 12, '0'))::uuid
$$;

-- Authors, once.
select count(*) from (select
    entry_create(pg_temp.id_of(1, i), 'author', (select version from type where name = 'author'), 'en', 'author-' || i, false,
        'Author ' || i, json_build_object('name', 'Author ' || i), jsonb_build_object('name', 'Author ' || i), '{}', '{}', '{}', '{}', '{}', null, 'import',
        null, '{publish}', '{}')
    from generate_series(1, 50) i where not exists (select from entry where id = pg_temp.id_of(1, i))) made;
select count(*) from (select
    entry_transition('author', e.id, null, null, 'publish', null, null, 0, null, true, 2, '{publish}', '{}')
    from entry e where e.type = 'author' and e.status = 'draft') published;
insert into tag (slug, name) select 'bench-' || i, 'bench ' || i from generate_series(1, 500) i on conflict do nothing;

create temp table seed as
select pg_temp.id_of(2, i) as id, i, 'bench-article-' || i as slug, pg_temp.id_of(1, i % 50 + 1) as author,
       timestamptz '2020-01-01' + i * interval '1 minute' as at,
       array['bench-' || i % 5 + 1, 'bench-' || 10 + i % 20, 'bench-' || 30 + i % 70, 'bench-' || 100 + i % 150, 'bench-' || 250 + i % 250] as tags
from generate_series(:first, :last) i;

create temp table seed_doc as
select id, ('{"title":"Bench article ' || i || '","summary":"What happened, told in two sentences. It is number ' || i || '.","body":['
    || (select string_agg('{"id":"b' || b || '","type":"' || case when b % 5 = 1 then 'heading","level":2,"text":"Part ' || b || ' of ' || i
            else 'text","text":"' || repeat('The committee of ' || md5((i * 100 + b)::text) || ' met on the bridge and said nothing new. ', 3) end || '"}', ',' order by b)
        from generate_series(1, 10) b)
    || '],"authors":["' || author || '"],"section":"bench","hero":null,"seo":null,"related":[],"show_in_related":true}')::json as doc
from seed;

insert into entry (id, type, locale, slug, status, version, type_version, published_version, published_at, seen_published_at, sort_title, tags,
                   scalars, created_at, updated_at)
select s.id, 'article', 'en', s.slug, 'published', 2, t.version, 2, s.at, s.at, 'Bench article ' || s.i, s.tags,
       jsonb_build_object('title', 'Bench article ' || s.i, 'section', 'bench', 'show_in_related', true), s.at, s.at
from seed s, type t where t.name = 'article';

insert into revision (entry, version, action, doc, slug, locale, tags, status, type_version, published_version, published_at, created_at)
select s.id, v, case v when 1 then 'create' else 'publish' end, d.doc, s.slug, 'en', s.tags, case v when 1 then 'draft' else 'published' end,
       t.version, case v when 2 then 2 end, case v when 2 then s.at end, s.at
from seed s join seed_doc d using (id), type t, generate_series(1, 2) v where t.name = 'article';

insert into slug (type, slug, locale, entry, since) select 'article', slug, 'en', id, at from seed;
insert into reference (source, view, publish_at, field, ord, target)
select s.id, v.view::"char", v.at, 'authors', 0, s.author from seed s, lateral (values ('d', timestamptz '-infinity'), ('l', s.at)) v(view, at);
insert into entry_tag (view, tag, type, at, entry, publish_at, locale)
select v.view::"char", t, 'article', s.at, s.id, v.at, 'en' from seed s, unnest(s.tags) t, lateral (values ('d', timestamptz '-infinity'), ('l', s.at)) v(view, at);

insert into published (entry, locale, publish_at, until, type, slug, version, published_at, created_at, sort_title, tags, scalars, parts, gap_many,
                       ref_gap, ref_target)
select e.id, e.locale, e.published_at, 'infinity', e.type, e.slug, e.version, e.published_at, e.created_at, e.sort_title, e.tags, e.scalars,
       array[h.head || ',' || ltrim(split_part(d.doc::text, '["' || s.author || '"]', 1), '{'), split_part(d.doc::text, '["' || s.author || '"]', 2)],
       '{t}', '{1}', array[s.author]
from seed s join seed_doc d using (id) join entry e using (id),
     lateral (select entry_head(e.id, e.type, e.slug, e.locale, 'published', e.version, e.version, e.created_at, e.updated_at, e.published_at,
                                e.created_by, e.updated_by, e.tags) as head) h;
analyze entry, revision, published, slug, tag, entry_tag, reference;
