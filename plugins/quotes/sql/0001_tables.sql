-- What the plugin keeps beside the computed field: quotations of what is or will be live, who the speakers are, and
-- what editors said about a quotation.
--
-- Rows of what readers see carry the moment from which they see it (publish_at); whoever reads joins
-- quoin.publication, which alone says what is live now. So a schedule, an expiry, a kill is obeyed at its moment,
-- whatever has been written here by then.
--
-- Locks are taken in one order: the speakers' (shared by who writes quotations, alone by who renames or merges), the
-- entry's, and that of a new speaker. ASCII only: this text becomes a C array.

-- ---- speakers -------------------------------------------------------------------------------------------------------

create table speaker (
    id bigint generated always as identity primary key,
    slug text collate "C" not null unique,
    name text not null,
    role text,                                 -- as an editor gave it; null: the last one that an article gives
    rev int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- Every slug that leads to a speaker, former ones included: a link that was printed stays good.
create table speaker_slug (
    slug text collate "C" primary key,
    speaker bigint not null references speaker on delete cascade
);
create index speaker_slug_speaker on speaker_slug (speaker);

-- Every name under which a speaker was found. `key`: how names are compared.
create table alias (
    key text collate "C" primary key,
    name text not null,
    speaker bigint not null references speaker on delete cascade,
    words tsvector not null
);
create index alias_speaker on alias (speaker);
create index alias_words on alias using gin (words) with (fastupdate = off);

-- ---- quotations -----------------------------------------------------------------------------------------------------

-- A snapshot that readers see or will see, as the extractor read it. `by`: the plugin's version. `slugs`: of names.
create table article (
    entry uuid not null references quoin.entry on delete cascade,
    publish_at timestamptz not null,
    version int not null,
    by text collate "C" not null,
    locale text collate "C" not null,
    at timestamptz not null,                   -- published_at: what lists are sorted by
    quotes json not null,
    slugs json not null,
    primary key (entry, publish_at)
);

-- The same one by one, with what editors said. `back`: minus the place in the article, so that the newest article and
-- in it the first quotation come first in one direction of an index.
create table quote (
    entry uuid not null,
    publish_at timestamptz not null,
    back int not null,
    at timestamptz not null,
    locale text collate "C" not null,
    id text collate "C" not null,
    kind text collate "C" not null,
    status text collate "C" not null,
    speaker bigint references speaker,
    role text,
    config text collate "C" not null,          -- of the text search: by locale
    words tsvector not null,
    doc json not null,                         -- as it is shown, but for the speaker's present name
    primary key (entry, publish_at, back),
    foreign key (entry, publish_at) references article on delete cascade
);
create index quote_time on quote (at, entry, back);
create index quote_speaker on quote (speaker, at, entry, back) include (status, publish_at, locale);
create index quote_status on quote (status, at, entry, back) where status <> 'auto';
create index quote_words on quote using gin (words);

-- The text searches in use.
create table language (
    config text collate "C" primary key
);

-- ---- what editors said ----------------------------------------------------------------------------------------------

-- By entry and quotation, whose id is made of the block and the words. It stays when the words are gone, for they may
-- come back. `words`: how words are compared where they stand in another block or between other marks.
create table decision (
    entry uuid not null references quoin.entry on delete cascade,
    id text collate "C" not null,
    block text collate "C" not null,
    words text not null,
    status text collate "C" not null check (status in ('auto', 'confirmed', 'rejected')),
    patch jsonb,                               -- corrections: kind, cue, speaker {name, role, slug} or null
    rev int not null,
    version int not null,                      -- of the entry that the editor saw
    by uuid,
    by_name text not null,
    at timestamptz not null default now(),
    primary key (entry, id)
);

-- Who did what, and when; append-only at run time. Of a speaker without an entry.
create table audit (
    n bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor uuid,
    actor_name text not null,
    action text not null,                      -- decide, rename, merge
    entry uuid references quoin.entry on delete cascade,
    subject text collate "C" not null,         -- id of the quotation, slug of the speaker
    before jsonb,
    after jsonb
);
create index audit_entry on audit (entry, subject, n);
revoke update, delete on audit from quoin;

-- ---- comparing ------------------------------------------------------------------------------------------------------

create function name_key(t text) returns text language sql immutable parallel safe as $$
    select left(lower(regexp_replace(btrim(t, E' \t\r\n'), '\s+', ' ', 'g')), 400)
$$;

-- Words without case, marks and blanks; all of it where nothing else is left.
create function words_key(t text) returns text language sql immutable parallel safe as $$
    select md5(coalesce(nullif(btrim(regexp_replace(lower(t),
        '[[:space:][:punct:]\u00ab\u00bb\u2018-\u201f\u2026\u2013\u2014\u2039\u203a\u300c-\u300f]+', ' ', 'g')), ''),
        t))
$$;

-- The text search for a locale: by its language where PostgreSQL knows one.
create function config_of(locale text) returns text language sql immutable parallel safe as $$
    select coalesce((select c from (values
        ('ar', 'arabic'), ('hy', 'armenian'), ('eu', 'basque'), ('ca', 'catalan'), ('da', 'danish'), ('nl', 'dutch'),
        ('en', 'english'), ('fi', 'finnish'), ('fr', 'french'), ('de', 'german'), ('el', 'greek'), ('hi', 'hindi'),
        ('hu', 'hungarian'), ('id', 'indonesian'), ('ga', 'irish'), ('it', 'italian'), ('lt', 'lithuanian'),
        ('ne', 'nepali'), ('no', 'norwegian'), ('nb', 'norwegian'), ('nn', 'norwegian'), ('pt', 'portuguese'),
        ('ro', 'romanian'), ('ru', 'russian'), ('sr', 'serbian'), ('es', 'spanish'), ('sv', 'swedish'),
        ('ta', 'tamil'), ('tr', 'turkish'), ('yi', 'yiddish')) x(l, c) where l = split_part(locale, '-', 1)), 'simple')
$$;

create function shown_at(t timestamptz) returns text language sql stable parallel safe as $$
    select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- What is searched for as a query: any number of words, "phrases" and -not, and nothing in it is an error.
create function asked(config text, search text) returns tsquery language sql stable parallel safe as $$
    select websearch_to_tsquery(config::regconfig, search)
$$;

-- The beginning of a name, or of several of its words.
create function name_asked(search text) returns tsquery language sql stable parallel safe as $$
    select (nullif(plainto_tsquery('simple', search)::text, '') || ':*')::tsquery
$$;

-- ---- quotations with what editors said ------------------------------------------------------------------------------

-- Each quotation of an extraction with the decision that holds for it. First where block and words are the same, so
-- that the id is. What finds no such quotation holds for the same words in the same block between other marks, then
-- for the same words in another block, in their order. Nothing is decided twice.
create function decided(p_entry uuid, p_quotes json)
    returns table (ord int, id text, quote json, source text, status text, patch jsonb, rev int, d decision)
    language plpgsql stable as $$
#variable_conflict use_column
begin
    if not exists (select from plugin_quotes.decision x where x.entry = p_entry) then
        return query select q.n::int, q.v ->> 'id', q.v, null::text, 'auto'::text, null::jsonb, 0,
                            null::plugin_quotes.decision
            from json_array_elements(p_quotes) with ordinality q(v, n);
        return;
    end if;
    return query
    with q as materialized (
        select n::int as ord, v ->> 'id' as id, v ->> 'block' as block, plugin_quotes.words_key(v ->> 'text') as words,
               v as quote
        from json_array_elements(p_quotes) with ordinality q(v, n)),
    exact as (
        select q.ord, x.id from q join plugin_quotes.decision x on x.entry = p_entry and x.id = q.id),
    lost as (
        select x.id, x.block, x.words, row_number() over (partition by x.block, x.words order by x.at, x.id) as n
        from plugin_quotes.decision x
        where x.entry = p_entry and x.status <> 'auto' and not exists (select from q where q.id = x.id)),
    free as (
        select q.ord, q.block, q.words, row_number() over (partition by q.block, q.words order by q.ord) as n
        from q where not exists (select from exact e where e.ord = q.ord)),
    near as (
        select f.ord, l.id from free f join lost l on l.block = f.block and l.words = f.words and l.n = f.n),
    far as (
        select f.ord, l.id
        from (select f.ord, f.words, row_number() over (partition by f.words order by f.ord) as n from free f
              where not exists (select from near e where e.ord = f.ord)) f
        join (select l.id, l.words, row_number() over (partition by l.words order by l.id) as n from lost l
              where not exists (select from near e where e.id = l.id)) l on l.words = f.words and l.n = f.n),
    hold as (select * from exact union all select * from near union all select * from far)
    select q.ord, q.id, q.quote, x.id, coalesce(x.status, 'auto'), x.patch, coalesce(x.rev, 0), x
    from q left join hold h on h.ord = q.ord
    left join plugin_quotes.decision x on x.entry = p_entry and x.id = h.id
    order by q.ord;
end
$$;

-- A quotation with what an editor corrected, and the name `p_name` in place of the speaker's where it is not null.
create function corrected(p_quote json, p_status text, p_patch jsonb, p_name text) returns json
    language sql immutable parallel safe as $$
    select json_build_object('id', p_quote -> 'id', 'text', p_quote -> 'text',
        'kind', coalesce(p_patch ->> 'kind', p_quote ->> 'kind'),
        'speaker', case
            when p_patch ? 'speaker' and jsonb_typeof(p_patch -> 'speaker') = 'object' then
                json_build_object('name', coalesce(p_name, p_patch #>> '{speaker,name}'),
                    'as_written', p_quote #> '{speaker,as_written}', 'role', p_patch #> '{speaker,role}')
            when p_patch ? 'speaker' or json_typeof(p_quote -> 'speaker') <> 'object' then null
            else json_build_object('name', coalesce(p_name, p_quote #>> '{speaker,name}'),
                    'as_written', p_quote #> '{speaker,as_written}', 'role', p_quote #> '{speaker,role}') end,
        'cue', case when p_patch ? 'cue' then p_patch -> 'cue' else (p_quote -> 'cue')::jsonb end,
        'block', p_quote -> 'block', 'start', p_quote -> 'start', 'end', p_quote -> 'end',
        'content_start', p_quote -> 'content_start', 'content_end', p_quote -> 'content_end',
        'confidence', case when p_status = 'confirmed' then '1'::json else p_quote -> 'confidence' end,
        'status', p_status)
$$;

-- The name of the speaker: as corrected, else as extracted; null: none.
create function said_by(p_quote json, p_patch jsonb) returns text language sql immutable parallel safe as $$
    select case when p_patch ? 'speaker' then p_patch #>> '{speaker,name}' else p_quote #>> '{speaker,name}' end
$$;

create function present_name(p_name text) returns text language sql stable as $$
    select s.name from plugin_quotes.alias a join plugin_quotes.speaker s on s.id = a.speaker
    where a.key = plugin_quotes.name_key(p_name)
$$;

-- What an article's quotations are shown as: of one status, or (null) all but the rejected, or 'all'. `p_id`: one of
-- them.
create function shown(p_entry uuid, p_quotes json, p_status text, p_id text)
    returns table (quote json, id text, source text, rev int, decision json, name text, role text, ord int)
    language sql stable as $$
    select plugin_quotes.corrected(x.quote, x.status, x.patch,
               plugin_quotes.present_name(plugin_quotes.said_by(x.quote, x.patch))),
        x.id, x.source, x.rev,
        case when x.source is not null then
            json_build_object('status', x.status, 'corrections', x.patch #- '{speaker,slug}',
                'by', json_build_object('id', (x.d).by, 'name', (x.d).by_name), 'at', plugin_quotes.shown_at((x.d).at),
                'version', (x.d).version) end,
        plugin_quotes.said_by(x.quote, x.patch),
        case when x.patch ? 'speaker' then x.patch #>> '{speaker,role}' else x.quote #>> '{speaker,role}' end,
        x.ord
    from plugin_quotes.decided(p_entry, p_quotes) x
    where (p_id is null or x.id = p_id)
        and case coalesce(p_status, '') when '' then x.status <> 'rejected' when 'all' then true
            else x.status = p_status end
    order by x.ord
$$;

-- ---- writing --------------------------------------------------------------------------------------------------------

-- Who writes quotations shares it, who renames or merges speakers has it alone.
create function hold_speakers(alone bool) returns void language plpgsql as $$
begin
    if alone then
        perform pg_advisory_xact_lock(1903522667, 1);
    else
        perform pg_advisory_xact_lock_shared(1903522667, 1);
    end if;
end
$$;

create function hold_entry(p_entry uuid) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(1903522668, hashtext(p_entry::text));
end
$$;

-- A slug that no speaker has or had: this one, or with a number behind it.
create function free_slug(p_slug text) returns text language plpgsql as $$
declare
    base text := coalesce(nullif(left(p_slug, 80), ''), 'speaker');
    want text := base;
    n int := 1;
begin
    while exists (select from plugin_quotes.speaker_slug s where s.slug = want) loop
        n := n + 1;
        want := base || '-' || n;
    end loop;
    return want;
end
$$;

-- The speaker of a name, made where there is none. Null: no name, or one too long to be one.
create function speaker_of(p_name text, p_slug text) returns bigint language plpgsql as $$
declare
    k text := plugin_quotes.name_key(p_name);
    s bigint;
    want text;
begin
    if k is null or k = '' or length(p_name) > 200 then return null; end if;
    select a.speaker into s from plugin_quotes.alias a where a.key = k;
    if found then return s; end if;
    perform pg_advisory_xact_lock(1903522667, 2);
    select a.speaker into s from plugin_quotes.alias a where a.key = k;
    if found then return s; end if;
    want := plugin_quotes.free_slug(p_slug);
    insert into plugin_quotes.speaker (slug, name) values (want, p_name) returning id into s;
    insert into plugin_quotes.speaker_slug (slug, speaker) values (want, s);
    insert into plugin_quotes.alias (key, name, speaker, words) values (k, p_name, s, to_tsvector('simple', p_name));
    return s;
end
$$;

-- Writes the rows of one snapshot anew.
create function refresh(p_entry uuid, p_publish_at timestamptz) returns void language plpgsql as $$
declare
    a plugin_quotes.article;
    search text;
begin
    delete from plugin_quotes.quote q where q.entry = p_entry and q.publish_at = p_publish_at;
    select * into a from plugin_quotes.article x where x.entry = p_entry and x.publish_at = p_publish_at;
    if not found or json_array_length(a.quotes) = 0 then return; end if;
    search := plugin_quotes.config_of(a.locale);
    insert into plugin_quotes.language (config) values (search) on conflict do nothing;
    insert into plugin_quotes.quote (entry, publish_at, back, at, locale, id, kind, status, speaker, role, config,
            words, doc)
        select a.entry, a.publish_at, -x.ord, a.at, a.locale, x.id, y.doc ->> 'kind', x.status,
            plugin_quotes.speaker_of(y.name, coalesce(x.patch #>> '{speaker,slug}', a.slugs ->> y.name)),
            y.doc #>> '{speaker,role}', search, to_tsvector(search::regconfig, left(x.quote ->> 'text', 100000)), y.doc
        from plugin_quotes.decided(p_entry, a.quotes) x,
            lateral (select plugin_quotes.corrected(x.quote, x.status, x.patch, null) as doc,
                            plugin_quotes.said_by(x.quote, x.patch) as name offset 0) y
        order by x.ord;
end
$$;

-- Keeps what the extractor found in one snapshot, if it is one still. The same again changes nothing. `p_told`: caches
-- hear of it.
create function put(p_entry uuid, p_publish_at timestamptz, p_version int, p_by text, p_quotes json, p_slugs json,
        p_told bool)
    returns int language plpgsql as $$
declare
    p record;
begin
    perform plugin_quotes.hold_speakers(false);
    perform plugin_quotes.hold_entry(p_entry);
    select x.locale, x.published_at into p from quoin.publication x
        where x.entry = p_entry and x.type = 'article' and x.publish_at = p_publish_at and x.version = p_version;
    if not found then return 0; end if;
    insert into plugin_quotes.article (entry, publish_at, version, by, locale, at, quotes, slugs)
        values (p_entry, p_publish_at, p_version, p_by, p.locale, p.published_at, p_quotes, p_slugs)
        on conflict (entry, publish_at) do update set version = excluded.version, by = excluded.by,
            locale = excluded.locale, at = excluded.at, quotes = excluded.quotes, slugs = excluded.slugs;
    perform plugin_quotes.refresh(p_entry, p_publish_at);
    if p_told then perform quoin.touch('quotes:tables'); end if;
    return 1;
end
$$;

-- Speakers whom nothing quotes any more, and of whom no editor has said anything: their name goes with the last
-- article. Whoever calls it has the speakers alone.
create function forget_unquoted() returns void language plpgsql as $$
begin
    delete from plugin_quotes.speaker s where s.rev = 1
        and not exists (select from plugin_quotes.quote q where q.speaker = s.id);
end
$$;

-- Drops what readers no longer see of an entry, and says which of its snapshots are still to be put. `p_gone`: the
-- entry is in the trash, or erased.
create function sweep(p_entry uuid, p_by text, p_gone bool)
    returns table (publish_at text, version int) language plpgsql as $$
#variable_conflict use_column
begin
    perform plugin_quotes.hold_speakers(p_gone);
    perform plugin_quotes.hold_entry(p_entry);
    delete from plugin_quotes.article a where a.entry = p_entry and not exists (
        select from quoin.publication p where p.entry = a.entry and p.publish_at = a.publish_at and p.type = 'article'
            and p.until > now());
    if p_gone then perform plugin_quotes.forget_unquoted(); end if;
    return query select p.publish_at::text, p.version from quoin.publication p
        left join plugin_quotes.article a on a.entry = p.entry and a.publish_at = p.publish_at
        where p.entry = p_entry and p.type = 'article' and p.until > now()
            and (a.entry is null or a.version <> p.version or a.by <> p_by)
        order by p.publish_at;
end
$$;

-- Entries behind `p_after` of which a snapshot is still to be put, in the order of their ids.
create function wanting(p_after uuid, p_by text, p_limit int) returns table (entry uuid) language plpgsql stable as $$
#variable_conflict use_column
begin
    return query select p.entry from quoin.publication p
        left join plugin_quotes.article a on a.entry = p.entry and a.publish_at = p.publish_at
        where p.type = 'article' and p.until > now() and (p_after is null or p.entry > p_after)
            and (a.entry is null or a.version <> p.version or a.by <> p_by)
        group by p.entry order by p.entry limit p_limit;
end
$$;

-- An editor's word on a quotation: `p_from` is the decision that held until now, perhaps that of another block.
-- `p_status` null: as it was, or confirmed with the first correction; 'auto' forgets the corrections. `p_expect`: the
-- revision of it that the editor saw, null: any.
create function decide(p_entry uuid, p_from text, p_id text, p_block text, p_text text, p_version int, p_status text,
        p_patch jsonb, p_actor uuid, p_actor_name text, p_expect int)
    returns table (code text, rev int) language plpgsql as $$
#variable_conflict use_column
declare
    was plugin_quotes.decision;
    it plugin_quotes.decision;
    a record;
begin
    perform plugin_quotes.hold_speakers(false);
    perform plugin_quotes.hold_entry(p_entry);
    select * into was from plugin_quotes.decision x where x.entry = p_entry and x.id = p_id;
    if not found and p_from is not null then
        select * into was from plugin_quotes.decision x where x.entry = p_entry and x.id = p_from;
    end if;
    if p_expect is not null and p_expect <> coalesce(was.rev, 0) then
        return query select 'stale', coalesce(was.rev, 0);
        return;
    end if;
    it.status := coalesce(p_status, case when p_patch is not null and coalesce(was.status, 'auto') = 'auto'
        then 'confirmed' else coalesce(was.status, 'auto') end);
    it.patch := case when it.status <> 'auto'
        then nullif(coalesce(was.patch, '{}') || coalesce(p_patch, '{}'), '{}') end;
    if it.status = coalesce(was.status, 'auto') and it.patch is not distinct from was.patch then
        return query select 'same', coalesce(was.rev, 0);
        return;
    end if;
    it.rev := coalesce(was.rev, 0) + 1;
    if was.id is not null and was.id <> p_id then -- it goes along with the words
        delete from plugin_quotes.decision x where x.entry = p_entry and x.id = was.id;
    end if;
    insert into plugin_quotes.decision (entry, id, block, words, status, patch, rev, version, by, by_name)
        values (p_entry, p_id, p_block, plugin_quotes.words_key(p_text), it.status, it.patch, it.rev, p_version,
            p_actor, p_actor_name)
        on conflict (entry, id) do update set status = excluded.status, patch = excluded.patch, rev = excluded.rev,
            version = excluded.version, by = excluded.by, by_name = excluded.by_name, at = now();
    insert into plugin_quotes.audit (actor, actor_name, action, entry, subject, before, after)
        values (p_actor, p_actor_name, 'decide', p_entry, p_id,
            case when was.id is not null then
                jsonb_build_object('status', was.status, 'corrections', was.patch #- '{speaker,slug}') end,
            jsonb_build_object('status', it.status, 'corrections', it.patch #- '{speaker,slug}'));
    for a in select x.publish_at from plugin_quotes.article x where x.entry = p_entry order by x.publish_at loop
        perform plugin_quotes.refresh(p_entry, a.publish_at);
    end loop;
    perform quoin.touch('quotes');
    return query select 'ok', it.rev;
end
$$;

-- ---- speakers: renamed and merged -----------------------------------------------------------------------------------

-- The speaker behind a slug, a former one too, with the present one.
create function speaker_at(p_slug text) returns plugin_quotes.speaker language sql stable as $$
    select s from plugin_quotes.speaker_slug x join plugin_quotes.speaker s on s.id = x.speaker where x.slug = p_slug
$$;

create function speaker_doc(s speaker) returns jsonb language sql stable as $$
    select jsonb_build_object('slug', s.slug, 'name', s.name, 'role', s.role)
$$;

-- Another name, slug or role, each where it is given; `p_made`: a slug made from the name, which gives way where it is
-- taken. Codes: ok, same, notfound, stale, name or slug (taken by `other`).
create function rename(p_slug text, p_name text, p_want text, p_made text, p_has_role bool, p_role text, p_actor uuid,
        p_actor_name text, p_expect int)
    returns table (code text, slug text, rev int, other text) language plpgsql as $$
#variable_conflict use_column
declare
    s plugin_quotes.speaker;
    was plugin_quotes.speaker;
    holder text;
begin
    perform plugin_quotes.hold_speakers(true);
    s := plugin_quotes.speaker_at(p_slug);
    if s.id is null then
        return query select 'notfound', null::text, 0, null::text;
        return;
    end if;
    was := s;
    if p_expect is not null and p_expect <> s.rev then
        return query select 'stale', s.slug, s.rev, null::text;
        return;
    end if;
    select o.slug into holder from plugin_quotes.alias a join plugin_quotes.speaker o on o.id = a.speaker
        where a.key = plugin_quotes.name_key(p_name) and a.speaker <> s.id;
    if found then
        return query select 'name', s.slug, s.rev, holder;
        return;
    end if;
    select o.slug into holder from plugin_quotes.speaker_slug x join plugin_quotes.speaker o on o.id = x.speaker
        where x.slug = p_want and x.speaker <> s.id;
    if found then
        return query select 'slug', s.slug, s.rev, holder;
        return;
    end if;
    s.name := coalesce(p_name, s.name);
    if p_has_role then s.role := p_role; end if;
    if p_want is not null then
        s.slug := p_want;
    elsif p_name is not null and p_name <> was.name then
        s.slug := case when exists (select from plugin_quotes.speaker_slug x where x.slug = p_made and x.speaker = s.id)
            then p_made else plugin_quotes.free_slug(p_made) end;
    end if;
    if s is not distinct from was then
        return query select 'same', s.slug, s.rev, null::text;
        return;
    end if;
    s.rev := s.rev + 1;
    insert into plugin_quotes.speaker_slug (slug, speaker) values (s.slug, s.id) on conflict do nothing;
    insert into plugin_quotes.alias (key, name, speaker, words)
        values (plugin_quotes.name_key(s.name), s.name, s.id, to_tsvector('simple', s.name)) on conflict do nothing;
    update plugin_quotes.speaker x set slug = s.slug, name = s.name, role = s.role, rev = s.rev, updated_at = now()
        where x.id = s.id;
    insert into plugin_quotes.audit (actor, actor_name, action, subject, before, after)
        values (p_actor, p_actor_name, 'rename', s.slug, plugin_quotes.speaker_doc(was), plugin_quotes.speaker_doc(s));
    perform quoin.touch('quotes');
    return query select 'ok', s.slug, s.rev, null::text;
end
$$;

-- All that is `p_slug`'s becomes `p_into`'s: quotations, names, slugs. Codes: ok, notfound, into (leads nowhere), self.
-- A slug that was merged into the other already is 'ok' again, one that always was its own is 'self'.
create function merge(p_slug text, p_into text, p_actor uuid, p_actor_name text)
    returns table (code text, slug text, rev int) language plpgsql as $$
#variable_conflict use_column
declare
    s plugin_quotes.speaker;
    o plugin_quotes.speaker;
begin
    perform plugin_quotes.hold_speakers(true);
    s := plugin_quotes.speaker_at(p_slug);
    o := plugin_quotes.speaker_at(p_into);
    if s.id is null or o.id is null then
        return query select case when s.id is null then 'notfound' else 'into' end, null::text, 0;
        return;
    end if;
    if s.id = o.id then
        return query select case when p_slug <> p_into and s.slug <> p_slug then 'ok' else 'self' end, s.slug, s.rev;
        return;
    end if;
    update plugin_quotes.quote q set speaker = o.id where q.speaker = s.id;
    update plugin_quotes.alias a set speaker = o.id where a.speaker = s.id;
    update plugin_quotes.speaker_slug x set speaker = o.id where x.speaker = s.id;
    update plugin_quotes.speaker x set rev = x.rev + 1, updated_at = now() where x.id = o.id returning x.rev into o.rev;
    delete from plugin_quotes.speaker x where x.id = s.id;
    insert into plugin_quotes.audit (actor, actor_name, action, subject, before, after)
        values (p_actor, p_actor_name, 'merge', s.slug, plugin_quotes.speaker_doc(s), plugin_quotes.speaker_doc(o));
    perform quoin.touch('quotes');
    return query select 'ok', o.slug, o.rev;
end
$$;
