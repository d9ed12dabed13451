-- What plugins keep beside the core's tables. Their own tables lie in schemas of their own, plugin_<name>.

-- Which steps of a plugin's own tables were applied.
create table plugin_migration (
    plugin text collate "C" not null,
    name text collate "C" not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (plugin, name)
);

-- Computed fields, beside the revision that they were computed from. `by`: plugin and version; a value of another version is as good as none.
create table derived (
    entry uuid not null,
    version int not null,
    field text collate "C" not null,
    by text collate "C" not null,
    value json not null,
    primary key (entry, version, field),
    foreign key (entry, version) references revision on delete cascade
);
grant select on plugin_migration, derived to quoin;

-- A draft as it was in one revision: what is computed from. Null when there is none.
create function draft_doc(p_entry uuid, p_version int) returns text language sql stable as $$
    select entry_join('{"id":"' || r.entry || '","slug":"' || r.slug || '","locale":"' || r.locale || '","tags":' || slugs_json(r.tags),
                      r.doc::text, null)
    from revision r where r.entry = p_entry and r.version = p_version
$$;

-- Keeps computed values `[{"field","by","value"}]` of a revision, in place of older ones.
create function derived_put(p_entry uuid, p_version int, p_rows json) returns int
    language sql security definer set search_path = quoin, pg_temp as $$
    with put as (
        insert into derived (entry, version, field, by, value)
        select p_entry, p_version, x ->> 'field', x ->> 'by', x -> 'value' from json_array_elements(p_rows) x
        where exists (select from revision r where r.entry = p_entry and r.version = p_version)
        on conflict (entry, version, field) do update set by = excluded.by, value = excluded.value
        returning 1)
    select count(*)::int from put
$$;

-- A transition makes a new revision of the same text: what was computed from it is still right.
create function derived_follow() returns trigger language plpgsql security definer set search_path = quoin, pg_temp as $$
begin
    insert into derived (entry, version, field, by, value)
        select new.entry, new.version, d.field, d.by, d.value from derived d
        where d.entry = new.entry and d.version = new.version - 1 and exists (select from transition t where t.action = new.action)
    on conflict do nothing;
    return null;
end
$$;
create trigger revision_derived after insert on revision for each row when (new.version > 1) execute function derived_follow();

-- Where a hook after something stands in the outbox, and the changes whose calls failed: with their next try, and behind them, in order, the
-- further ones of the same entry.
create table plugin_position (
    plugin text collate "C" not null,
    hook text collate "C" not null,
    xid xid8 not null,
    seq bigint not null,
    primary key (plugin, hook)
);
create table plugin_parked (
    plugin text collate "C" not null,
    hook text collate "C" not null,
    xid xid8 not null,
    seq bigint not null,
    kind int not null,
    entry uuid not null,
    type text collate "C" not null,
    locale text collate "C",
    version int not null,
    at timestamptz not null,
    actor uuid,
    attempts int not null,
    due_at timestamptz not null,
    primary key (plugin, hook, xid, seq)
);
create index plugin_parked_entry on plugin_parked (plugin, hook, entry, xid, seq);
create index plugin_parked_due on plugin_parked (plugin, hook, due_at);
grant select, insert, update, delete on plugin_position, plugin_parked to quoin;
