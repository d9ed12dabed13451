-- Many entries at once: import and export.

-- What readers get of the entry behind `p_head`, with the document `p_doc`: finished where it depends on nothing, in
-- pieces where it has references, which are those kept under (p_view, p_at).
create function published_compose(p published, p_head text, p_doc json, p_view "char",
    p_at timestamptz) returns published
    language plpgsql stable as $$
declare
    pieces text[];
    places text[];
begin
    select array_agg(distinct '/' || r.field) into places from reference r where r.source = p.entry
        and r.view = p_view and r.publish_at = p_at;
    if places is null then
        p.doc := entry_join(p_head, p_doc::text, null);
        p.etag := etag_live(p.version, p.doc);
        return p;
    end if;
    pieces := string_to_array(doc_mark(p_doc, '', places), E'\x01');
    pieces[1] := p_head || ',' || ltrim(pieces[1], '{');
    select array_agg(x order by i) filter (where i % 2 = 1), array_agg(left(x, 1) = '*'
        order by i) filter (where i % 2 = 0)
        into p.parts, p.gap_many from unnest(pieces) with ordinality u(x, i);
    select array_agg((u.i / 2)::int order by u.i, r.ord), array_agg(r.target order by u.i, r.ord)
        into p.ref_gap, p.ref_target
        from unnest(pieces) with ordinality u(x, i)
        join reference r on r.source = p.entry and r.view = p_view and r.publish_at = p_at and '/'
            || r.field = substr(u.x, 2)
        where u.i % 2 = 0;
    return p;
end
$$;

create or replace function published_compose(p published, e entry, p_doc json) returns published
    language plpgsql stable as $$
begin
    return published_compose(p, entry_head(e.id, e.type, e.slug, e.locale, 'published', p.version, p.version,
        e.created_at, e.updated_at, p.published_at, e.created_by, e.updated_by, e.tags), p_doc, 'd', '-infinity');
end
$$;

-- Documents are compressed past 2 KB. Measured: an import spent a quarter of its time in the default method.
do $$
begin
    alter table revision alter column doc set compression lz4;
    alter table published alter column doc set compression lz4;
exception when feature_not_supported then null; -- a server that was built without it
end
$$;

-- ---- import --------------------------------------------------------------------------------------------------------

-- What became of a line: ok; id, slug: taken by `taken_by`; refs: the references `places` lead to entries of another
-- type; denied, status: not this caller's to set, or not one that there is. With ok, `places` are references to what
-- is not there (yet). Line 0, type: a type has another version than the drafts were checked against; nothing was
-- done.
create type import_answer as (line int, code text, taken_by uuid, places int[]);

-- Creates many entries. A line (l_…) is an entry, whose snapshots (s_…) are its revisions, l_first to l_last, in
-- order, the last one the draft. s_kind: 'live', readers see it from now on and are shown s_at as its time; 'later',
-- they see it from s_at on; 'head', only the draft. The snapshots' references (r_…) name their snapshot. l_published:
-- the time that an entry which is neither live nor scheduled once had.
--
-- A line that cannot be taken harms no other. References may lead to what is not there: lines may come in any order,
-- and readers are shown a reference when its target is live. One event a type and call, and one for each entry that
-- others referred to before it was there. With `p_dry` everything is done and taken back.
create function entries_import(p_dry bool, p_user uuid, p_note text, p_privs_all text[], p_types text[],
    p_type_versions int[],
        l_id uuid[], l_status text[], l_created timestamptz[], l_published timestamptz[], l_first int[],
        l_last int[],
        s_line int[], s_kind text[], s_at timestamptz[], s_updated timestamptz[], s_type text[], s_type_version int[],
            s_locale text[], s_slug text[],
        s_title text[], s_doc text[], s_scalars text[], s_tags text[],
        r_step int[], r_field text[], r_ord int[], r_target uuid[], r_to text[])
    returns setof import_answer language plpgsql security definer set search_path = quoin, pg_temp
    set plan_cache_mode = force_generic_plan as $$
declare
    t timestamptz;
    statuses text[];
    allowed text[];
    may_publish bool;
    code text[];
    taken uuid[];
    ok bool[];
    live int[];       -- of each line: the snapshot that is live, or null
    later int[];
    type_of jsonb;
    bad int[];
    seen uuid[] := '{}';
    twice bool;
    n int;
    refers bool[] := '{}'; -- of each snapshot: it has references
    owner uuid;
begin
    for i in 1 .. cardinality(p_types) loop
        if not type_guard(p_types[i], p_type_versions[i]) then
            return next (0, 'type', null, null)::import_answer;
            return;
        end if;
    end loop;
    t := clock_timestamp();

    -- A schedule that the clock has reached is live, and what it followed is history.
    select array_agg(x.live order by x.line), array_agg(x.later order by x.line) into live, later
        from (select s.line, (max(s.i) filter (where s.kind = 'live' or (s.kind = 'later' and s.at <= t)))::int as live,
                     (max(s.i) filter (where s.kind = 'later' and s.at > t))::int as later
              from unnest(s_line, s_kind, s_at) with ordinality s(line, kind, at, i) group by s.line) x;
    select array_agg(case when u.status = 'scheduled' and later[u.i] is null then 'published' else u.status end
        order by u.i) into l_status
        from unnest(l_status) with ordinality u(status, i);

    -- What is wrong with a line by itself.
    select array_agg(distinct x) || text 'draft',
        (array_agg(distinct x) filter (where p.privilege = any (p_privs_all))) || text 'draft',
            coalesce(bool_or(p.effect = 'publish' and p.privilege = any (p_privs_all)), false)
        into statuses, allowed, may_publish
        from transition p, unnest(array[p.to_status, p.later_status]) x where x is not null;
    select array_agg(case when e.id is not null then 'id'
                          when l.status <> all (statuses) then 'status'
                          when l.status <> all (allowed) or (coalesce(live[l.n], later[l.n]) is not null
                              and not may_publish) then 'denied'
                     end order by l.n),
           array_agg(e.id order by l.n)
        into code, taken
        from unnest(l_id, l_status) with ordinality l(id, status, n) left join entry e on e.id = l.id;
    if exists (select from unnest(r_to) x where x is not null) then
        type_of := (select jsonb_object_agg(l.id, s_type[l.last]) from unnest(l_id, l_last) l(id, last));
        select array_agg(r.i::int) into bad
            from unnest(r_target, r_to) with ordinality r(target, wanted, i)
            where r.wanted is not null
              and (type_of ->> r.target::text <> r.wanted
                   or exists (select from entry e where e.id = r.target and e.deleted_at is null
                       and e.type <> r.wanted));
        for i in 1 .. coalesce(cardinality(bad), 0) loop
            code[s_line[r_step[bad[i]]]] := coalesce(code[s_line[r_step[bad[i]]]], 'refs');
        end loop;
    end if;
    twice := (select count(distinct x) from unnest(l_id) x) < cardinality(l_id);

    begin -- what a dry run takes back
        -- Ids and slugs go to who comes first. Slugs are taken in their order, so that two imports of the same lines wait
        -- for each other instead of locking each other out; a line whose id stands before it in the batch comes last.
        for n in select u.n::int from unnest(l_last) with ordinality u(last, n)
                 order by twice and l_id[u.n] = any (l_id[1:u.n - 1]), s_type[u.last], s_slug[u.last] collate "C",
                     s_locale[u.last], u.n loop
            continue when code[n] is not null;
            if twice and l_id[n] = any (seen) then
                code[n] := 'id';
                taken[n] := l_id[n];
                continue;
            end if;
            for i in l_first[n] .. l_last[n] loop
                insert into slug (type, slug, locale, entry, since)
                    values (s_type[i], s_slug[i], s_locale[i], l_id[n], case i when live[n] then t
                        when later[n] then s_at[i] end)
                    on conflict do nothing;
                continue when found;
                select s.entry into owner from slug s where s.type = s_type[i] and s.slug = s_slug[i]
                    and s.locale = s_locale[i];
                continue when owner = l_id[n];
                delete from slug s where s.entry = l_id[n] and s.type = s_type[i] and s.locale = s_locale[i]
                    and s.slug = any (s_slug[l_first[n]:i]);
                code[n] := 'slug';
                taken[n] := owner;
                exit;
            end loop;
            if code[n] is null then
                code[n] := 'ok';
                if twice then seen := seen || l_id[n]; end if;
            end if;
        end loop;
        select array_agg(u.c = 'ok' order by u.n) into ok from unnest(code) with ordinality u(c, n);

        insert into entry (id, type, locale, slug, status, version, type_version, published_version, published_at,
            seen_published_at,
                           scheduled_version, scheduled_at, sort_title, tags, scalars, created_at, updated_at,
                               created_by, updated_by)
            select l_id[s.line], s.type, s.locale, s.slug, l_status[s.line], l_last[s.line] - l_first[s.line] + 1,
                s.type_version,
                   live[s.line] - l_first[s.line] + 1,
                   coalesce(s_at[later[s.line]], s_at[live[s.line]], case when live[s.line] is not null then t end,
                       l_published[s.line]),
                   coalesce(s_at[live[s.line]], case when live[s.line] is not null then t end, l_published[s.line]),
                   later[s.line] - l_first[s.line] + 1, s_at[later[s.line]], left(s.title, 200),
                       string_to_array(s.tags, ','),
                   s.scalars::jsonb, coalesce(l_created[s.line], s_updated[s.i], t), coalesce(s_updated[s.i], t),
                       p_user, p_user
            from unnest(s_line, s_type, s_type_version, s_locale, s_slug, s_title, s_scalars, s_tags) with ordinality
                 s(line, type, type_version, locale, slug, title, scalars, tags, i)
            where ok[s.line] and s.i = l_last[s.line];
        insert into revision (entry, version, action, doc, slug, locale, tags, status, type_version,
            published_version, published_at,
                              created_at, created_by, note)
            select l_id[s.line], s.i - l_first[s.line] + 1, 'import', s.doc::json, s.slug, s.locale,
                string_to_array(s.tags, ','),
                   case when s.i = l_last[s.line] then l_status[s.line] when s.i = later[s.line] then 'scheduled'
                       else 'published' end,
                   s.type_version, case when live[s.line] <= s.i then live[s.line] - l_first[s.line] + 1 end,
                   coalesce(s.at, case when s.i = live[s.line] then t end, l_published[s.line]),
                       coalesce(s_updated[s.i], t), p_user, p_note
            from unnest(s_line, s_at, s_type_version, s_locale, s_slug, s_doc, s_tags) with ordinality
                 s(line, at, type_version, locale, slug, doc, tags, i)
            where ok[s.line];
        insert into tag (slug, name)
            select distinct x, replace(x, '-', ' ') from unnest(s_line, s_tags) s(line, tags),
                unnest(string_to_array(s.tags, ',')) x
            where ok[s.line] and not exists (select from tag g where g.slug = x) order by x
            on conflict do nothing;
        insert into entry_tag (view, tag, type, at, entry, locale)
            select 'd', x, s.type, coalesce(l_created[s.line], s_updated[s.i], t), l_id[s.line], s.locale
            from unnest(s_line, s_type, s_locale, s_tags) with ordinality s(line, type, locale, tags, i),
                unnest(string_to_array(s.tags, ',')) x
            where ok[s.line] and s.i = l_last[s.line];
        if cardinality(r_step) > 0 then
            insert into reference (source, view, field, ord, target)
                select l_id[s_line[r.step]], 'd', r.field, r.ord, r.target from unnest(r_step, r_field, r_ord,
                    r_target) r(step, field, ord, target)
                where ok[s_line[r.step]] and r.step = l_last[s_line[r.step]];
            insert into reference (source, view, publish_at, field, ord, target)
                select l_id[s_line[r.step]], 'l', case when r.step = live[s_line[r.step]] then t
                    else s_at[r.step] end, r.field, r.ord, r.target
                from unnest(r_step, r_field, r_ord, r_target) r(step, field, ord, target)
                where ok[s_line[r.step]] and r.step in (live[s_line[r.step]], later[s_line[r.step]]);
        end if;

        for i in 1 .. cardinality(r_step) loop
            refers[r_step[i]] := true;
        end loop;
        insert into published (entry, locale, publish_at, until, type, slug, version, published_at, created_at,
            created_by, updated_by,
                               sort_title, tags, scalars, etag, doc, parts, gap_many, ref_gap, ref_target)
            select p.entry, p.locale, p.publish_at, p.until, p.type, p.slug, p.version, p.published_at, p.created_at,
                p_user, p_user,
                   p.sort_title, p.tags, p.scalars, coalesce(c.etag, etag_live(p.version, d.doc)), coalesce(c.doc,
                       d.doc), c.parts,
                   c.gap_many, c.ref_gap, c.ref_target
            from unnest(s_line, s_at, s_type, s_locale, s_slug, s_title, s_doc, s_scalars, s_tags) with ordinality
                 s(line, at, type, locale, slug, title, doc, scalars, tags, i)
            cross join lateral (
                select l_id[s.line] as entry, s.locale, case when s.i = live[s.line] then t else s.at end as publish_at,
                       case when s.i = live[s.line] and later[s.line] is not null then s_at[later[s.line]]
                           else 'infinity' end as until,
                       s.type, s.slug, (s.i - l_first[s.line] + 1)::int as version, coalesce(s.at, t) as published_at,
                       coalesce(l_created[s.line], s_updated[l_last[s.line]], t) as created_at,
                           coalesce(s_updated[s.i], t) as updated_at,
                       left(s.title, 200) as sort_title, string_to_array(s.tags, ',') as tags,
                           s.scalars::jsonb as scalars
                offset 0) p
            cross join lateral (
                select entry_head(p.entry, p.type, p.slug, p.locale, 'published', p.version, p.version, p.created_at,
                    p.updated_at,
                                  p.published_at, p_user, p_user, p.tags) as head offset 0) h
            left join lateral (
                select f.* from published_compose(
                    row(p.entry, p.locale, p.publish_at, p.until, p.type, p.slug, p.version, p.published_at,
                        p.created_at, p_user,
                        p_user, p.sort_title, p.tags, p.scalars, null, null, null, null, null, null)::published,
                    h.head, s.doc::json, 'l', p.publish_at) f
                where refers[s.i]) c on true
            left join lateral (select h.head || ',' || substr(s.doc, 2) as doc
                where refers[s.i] is not true offset 0) d on true
            where ok[s.line] and s.i in (live[s.line], later[s.line]);
        insert into entry_tag (view, tag, type, at, entry, publish_at, until, locale)
            select 'l', x, s.type, coalesce(s.at, t), l_id[s.line], case when s.i = live[s.line] then t else s.at end,
                   case when s.i = live[s.line] and later[s.line] is not null then s_at[later[s.line]]
                       else 'infinity' end, s.locale
            from unnest(s_line, s_at, s_type, s_locale, s_tags) with ordinality s(line, at, type, locale, tags, i),
                 unnest(string_to_array(s.tags, ',')) x
            where ok[s.line] and s.i in (live[s.line], later[s.line]);

        insert into event (kind, type, tags, actor, data)
            select 'entries.imported', x.type, coalesce((select array_agg(distinct g order by g) from unnest(s_line,
                s_type, s_tags) s(line, type, tags),
                                                          unnest(string_to_array(s.tags, ',')) g where ok[s.line]
                                                              and s.type = x.type), '{}'),
                   p_user, jsonb_build_object('count', x.n)
            from (select s.type, count(distinct s.line) as n from unnest(s_line, s_type) s(line, type)
                where ok[s.line] group by s.type) x;
        -- Answers that were kept without them depend on these.
        insert into event (kind, entry, type, actor)
            select 'entry.imported', l.id, s_type[l.last], p_user from unnest(l_id, l_last) with ordinality l(id,
                last, n)
            where ok[l.n] and exists (select from reference r where r.target = l.id and r.source <> all (l_id));
        return query
            select u.n::int, u.code, u.taken, case when u.code = 'refs' then m.bad else m.missing end
            from unnest(code, taken) with ordinality u(code, taken, n)
            left join (select s_line[r.step] as line, array_agg(r.i::int) filter (where r.i::int = any (bad)) as bad,
                              array_agg(r.i::int) filter (where not exists (select from entry e where e.id = r.target
                                  and e.deleted_at is null))
                                  as missing
                       from unnest(r_step, r_target) with ordinality r(step, target, i)
                       group by 1) m on m.line = u.n
            order by u.n;
        if p_dry then raise exception 'dry' using errcode = 'QN001'; end if;
    exception when sqlstate 'QN001' then null;
    end;
end
$$;

revoke execute on function entries_import(bool, uuid, text, text[], text[], int[], uuid[], text[],
    timestamptz[], timestamptz[], int[], int[], int[], text[], timestamptz[], timestamptz[], text[], int[],
    text[], text[], text[], text[], text[], text[], int[], text[], int[], uuid[], text[]) from public;
grant execute on function entries_import(bool, uuid, text, text[], text[], int[], uuid[], text[], timestamptz[],
    timestamptz[], int[], int[], int[], text[], timestamptz[], timestamptz[], text[], int[], text[], text[],
    text[], text[], text[], text[], int[], text[], int[], uuid[], text[]) to quoin;

-- ---- export --------------------------------------------------------------------------------------------------------

-- What a line of an export has beside the draft (null: nothing): the versions that readers see and will see.
create function export_extras(e entry, p_status text, p_live int, p_later int) returns text language sql stable as $$
    select string_agg(case when x.version = p_live then ',"_published":' else ',"_scheduled":' end || '{"published_at":'
        || time_json(case when x.version = p_live and p_status = 'scheduled' then e.seen_published_at
            else e.published_at end)
        || ',"updated_at":' || time_json(x.created_at) || ',"slug":"' || x.slug || '","tags":' || slugs_json(x.tags)
            || ','
        || substr(x.doc::text, 2), '' order by x.version)
    from revision x where x.entry = e.id and x.version in (p_live, p_later)
$$;

-- The next lines behind the id p_after (null: the first ones): at most p_rows, fewer where their documents have
-- p_bytes together, and at least one where there is any. A line is an entry as import takes it back.
create function export_page(p_types text[], p_after uuid, p_rows int, p_bytes bigint) returns table (id uuid, line text)
    language sql stable rows 100 as $$
    select x.id,
           '{"id":"' || x.id || '","type":"' || x.type || '","slug":"' || x.slug || '","locale":"' || x.locale
               || '","status":"' || x.status
           || '","created_at":' || time_json(x.created_at) || ',"updated_at":' || time_json(x.updated_at)
           || ',"published_at":' || time_json(x.published_at) || ',"tags":' || slugs_json(x.tags) || ','
           || case when x.extras is null then substr(x.doc, 2) else substr(left(x.doc, -1), 2) || x.extras || '}' end
    from (select e.*, d.doc, m.extras,
                 sum(octet_length(d.doc)) over (order by e.id rows between unbounded preceding
                     and 1 preceding) as before
          from (select y.id, y.type, y.slug, y.locale, y.version, y.created_at, y.updated_at, y.published_at, y.tags,
                       status_at(y.status, y.scheduled_at, now()) as status,
                       published_version_at(y.published_version, y.scheduled_version, y.scheduled_at, now()) as live,
                       case when y.scheduled_at > now() then y.scheduled_version end as later
                from entry y
                where (p_after is null or y.id > p_after) and y.type = any (p_types) and y.deleted_at is null
                order by y.id limit p_rows) e
          join revision r on r.entry = e.id and r.version = e.version
          cross join lateral (select r.doc::text as doc offset 0) d
          left join lateral (select export_extras(w, e.status, nullif(e.live, e.version), nullif(e.later,
              e.version)) as extras
                             from entry w where w.id = e.id and (e.live <> e.version
                                 or e.later <> e.version)) m on true) x
    where coalesce(x.before, 0) < p_bytes
    order by x.id
$$;
