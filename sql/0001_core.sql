-- The storage: tables, constraints and grants. The functions that change it stand in the next files.
--
-- Every file runs as the owning role with search_path = quoin. The runtime role `quoin` only reads these tables; it
-- writes through functions that run with the owner's rights, so no client and no second node can break the rules of
-- the life cycle. The one table that it may append to by itself is the outbox.
--
-- Text that is compared or indexed is in collation "C": the same order on every machine, and no index that an update
-- of ICU or glibc breaks. Times are kept with microseconds; they are shown with milliseconds cut.

grant usage on schema quoin to quoin;

create table type (
    name text collate "C" primary key check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    collection text collate "C" not null unique check (collection ~ '^[a-z][a-z0-9_-]{0,39}$'),
    version int not null default 1 check (version > 0),
    fields jsonb not null check (jsonb_typeof(fields) = 'array'),
    system bool not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- What moves an entry from state to state. `later_status`: where it ends with a time in the future, until that time.
-- `effect`: what else is done ('none': only the state moves). An operator or a plugin may add rows.
create table transition (
    action text collate "C" not null check (action ~ '^[a-z][a-z_]{0,39}$'),
    from_status text[] collate "C" not null,
    to_status text collate "C" not null,
    later_status text collate "C",
    effect text collate "C" not null default 'none' check (effect in ('none', 'publish', 'unpublish')),
    privilege text collate "C" not null,
    ord int not null,
    primary key (action, to_status)
);

insert into transition (action, from_status, to_status, later_status, effect, privilege, ord) values
    ('publish', '{draft,scheduled,published,unpublished}', 'published', 'scheduled', 'publish', 'publish', 10),
    ('unpublish', '{scheduled,published}', 'unpublished', null, 'unpublish', 'unpublish', 20);

-- An entry's head. What it holds stands in the revision of its present version, which is the draft.
--
-- No foreign key to `type`: its check would lock the one row of a type in every create, and a busy newsroom has few
-- types. Functions look it up under a shared advisory lock instead (see type_guard).
create table entry (
    id uuid primary key,
    type text collate "C" not null,
    locale text collate "C" not null check (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    slug text collate "C" not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 200),
    status text collate "C" not null,
    version int not null check (version > 0),
    type_version int not null,                 -- of the type when the draft was last checked
    published_version int,                     -- what readers see, null: nothing
    published_at timestamptz,                  -- as shown: the first publication, or the time that was asked for
    seen_published_at timestamptz,             -- as far as readers saw it: what a cancelled schedule goes back to
    scheduled_version int,                     -- with status scheduled: what readers will see
    scheduled_at timestamptz,                  -- and from when on
    sort_title text collate "C" not null,      -- the first 200 characters: an index row has a bound
    tags text[] collate "C" not null,
    scalars jsonb not null,                    -- the top-level scalar fields, for equality
    created_at timestamptz not null,
    updated_at timestamptz not null,
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,                    -- in the trash since
    deleted_by uuid,
    check ((status = 'scheduled') = (scheduled_at is not null)),
    check ((scheduled_at is null) = (scheduled_version is null)),
    check (deleted_at is null or (published_version is null and scheduled_at is null))
) with (fillfactor = 85);

create index entry_created on entry (type, created_at, id) where deleted_at is null;
create index entry_published on entry (type, published_at, id) where deleted_at is null;
create index entry_title on entry (type, sort_title, id) where deleted_at is null;
create index entry_own on entry (created_by, type, created_at, id) where deleted_at is null;
-- Without a list of pending rows: who reads would have to look through it.
create index entry_scalars on entry using gin (scalars jsonb_path_ops) with (fastupdate = off);
-- When the clock will next change an answer; few rows.
create index entry_scheduled on entry (scheduled_at) where status = 'scheduled';

-- The history, and the draft in its newest row: full snapshots, never deltas. `doc`: the object of the type's fields,
-- byte for byte as it was given (json, not jsonb: order of keys and writing of numbers are kept).
create table revision (
    entry uuid not null references entry on delete cascade,
    version int not null,
    action text collate "C" not null,
    doc json not null,
    slug text collate "C" not null,
    locale text collate "C" not null,
    tags text[] collate "C" not null,
    status text collate "C" not null,
    type_version int not null,
    published_version int,
    published_at timestamptz,
    created_at timestamptz not null,
    created_by uuid,
    note text,
    primary key (entry, version)
);

-- What readers see, and when: the row with publish_at <= now() < until is live. A schedule is a row here, not a job.
-- The intervals of an entry never overlap: the functions see to it, and `published_last` that only one is open. Rows
-- that ended are swept by a later publication.
--
-- `doc` is the finished JSON text of the answer. Where it depends on other rows it is null, and `parts` are its
-- pieces: between part g and part g + 1 stand the references of gap g, those whose target is live at the moment of
-- reading.
--
-- Up to 8 KB a row stays in its page uncompressed: a read by key is then one index and one page.
create table published (
    entry uuid not null references entry on delete cascade,
    locale text collate "C" not null,
    publish_at timestamptz not null,
    until timestamptz not null default 'infinity',
    type text collate "C" not null,
    slug text collate "C" not null,
    version int not null,
    published_at timestamptz not null,
    created_at timestamptz not null,
    created_by uuid,
    updated_by uuid,
    sort_title text collate "C" not null,
    tags text[] collate "C" not null,
    scalars jsonb not null,
    etag text collate "C",
    doc text,
    parts text[],
    gap_many bool[],                           -- of each gap: a list, or a single one
    ref_gap int[],                             -- of each reference in order: its gap,
    ref_target uuid[],                         -- and its target
    primary key (entry, locale, publish_at),
    check (publish_at < until),
    check ((doc is null) = (parts is not null) and (doc is null) = (etag is null)),
    check (parts is null or cardinality(parts) = cardinality(gap_many) + 1),
    check (parts is null or cardinality(ref_gap) = cardinality(ref_target))
) with (toast_tuple_target = 8160);

create unique index published_last on published (entry, locale) where until = 'infinity';
create index published_published on published (type, published_at, entry);
create index published_created on published (type, created_at, entry);
create index published_title on published (type, sort_title, entry);
create index published_scalars on published using gin (scalars jsonb_path_ops) with (fastupdate = off);
create index published_until on published (until) where until < 'infinity';

-- Which entry a slug leads to, the draft's and those under which readers ever saw it. A slug belongs to one entry,
-- also when it is a former one: a link that was printed never leads to another text. It is free again when the entry
-- goes to the trash.
create table slug (
    type text collate "C" not null,
    slug text collate "C" not null,
    locale text collate "C" not null,
    entry uuid not null,
    since timestamptz,                         -- when readers first see it; null: only the draft has it
    primary key (type, slug, locale)
);
-- Without `since` the slug is the entry's own, which its head names.
create index slug_entry on slug (entry) where since is not null;

create table tag (
    slug text collate "C" primary key check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 200),
    name text not null check (length(name) between 1 and 200),
    kind text collate "C" not null default 'topic' check (kind ~ '^[a-z][a-z_]{0,39}$'),
    created_at timestamptz not null default now()
);

-- Entries by tag, per view ('d' draft, 'l' live): a draft's tags never answer a reader. The key is the page order of a
-- list by tag (`at`: a draft's created_at, a live entry's published_at), so a page is one range of it.
create table entry_tag (
    view "char" not null check (view in ('d', 'l')),
    tag text collate "C" not null,
    type text collate "C" not null,
    at timestamptz not null,
    entry uuid not null,
    publish_at timestamptz not null default '-infinity',
    until timestamptz not null default 'infinity',
    locale text collate "C" not null,
    primary key (view, tag, type, at, entry, publish_at) include (until, locale)
);

-- Edges between entries, per view; `publish_at` is that of the published row they belong to.
create table reference (
    source uuid not null,
    view "char" not null check (view in ('d', 'l')),
    publish_at timestamptz not null default '-infinity',
    field text collate "C" not null,           -- JSON Pointer without its first slash
    ord int not null,
    target uuid not null,
    primary key (source, view, publish_at, field, ord)
);
create index reference_target on reference (target);

-- The outbox. Readers page by (xid, seq) and only below pg_snapshot_xmin(pg_current_snapshot()): what is below it is
-- committed and complete.
create table event (
    xid xid8 not null default pg_current_xact_id(),
    seq bigint not null generated always as identity,
    at timestamptz not null default clock_timestamp(),
    kind text collate "C" not null,
    entry uuid,
    type text collate "C",
    locale text collate "C",
    tags text[] collate "C" not null default '{}', -- of before and after
    actor uuid,
    data jsonb not null default '{}',
    primary key (xid, seq)
);

grant select on type, transition, entry, revision, published, slug, tag, entry_tag, reference to quoin;
grant select, insert on event to quoin;
