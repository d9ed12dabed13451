-- Transitions: what makes an entry visible to readers, and what takes it away.

-- ---- the snapshot ---------------------------------------------------------------------------------------------------

-- A document with the value at each of these places (JSON Pointers) replaced by \x01, '*' for an array or '-' for a
-- single value, the place, and \x01: a character that no JSON text has. Everything else stays byte for byte (given
-- compactly, as documents are).
create function doc_mark(p_value json, p_at text, p_places text[]) returns text language plpgsql immutable as $$
begin
    if p_at = any (p_places) then
        return E'\x01' || case json_typeof(p_value) when 'array' then '*' else '-' end || p_at || E'\x01';
    elsif not exists (select from unnest(p_places) f where starts_with(f, p_at || '/')) then
        return p_value::text;
    elsif json_typeof(p_value) = 'object' then
        return '{' || (select string_agg(to_json(m.key)::text || ':' ||
                           doc_mark(m.value, p_at || '/' || replace(replace(m.key, '~', '~0'), '/', '~1'), p_places),
                               ',' order by m.i)
                       from json_each(p_value) with ordinality m(key, value, i)) || '}';
    elsif json_typeof(p_value) = 'array' then
        return '[' || (select string_agg(doc_mark(m.value, p_at || '/' || (m.i - 1), p_places), ',' order by m.i)
                       from json_array_elements(p_value) with ordinality m(value, i)) || ']';
    end if;
    return p_value::text;
end
$$;

-- Fills in what readers get of `e` with the document `p_doc`: finished where it depends on nothing, in pieces where it
-- has references.
create function published_compose(p published, e entry, p_doc json) returns published language plpgsql stable as $$
declare
    pieces text[];
    places text[];
    head text := entry_head(e.id, e.type, e.slug, e.locale, 'published', p.version, p.version, e.created_at,
        e.updated_at, p.published_at, e.created_by, e.updated_by, e.tags);
begin
    select array_agg(distinct '/' || r.field) into places from reference r where r.source = e.id and r.view = 'd';
    if places is null then
        p.doc := entry_join(head, p_doc::text, null);
        p.etag := etag_live(p.version, p.doc);
        return p;
    end if;
    pieces := string_to_array(doc_mark(p_doc, '', places), E'\x01');
    pieces[1] := head || ',' || ltrim(pieces[1], '{');
    select array_agg(x order by i) filter (where i % 2 = 1),
        array_agg(left(x, 1) = '*' order by i) filter (where i % 2 = 0)
        into p.parts, p.gap_many from unnest(pieces) with ordinality u(x, i);
    select array_agg((u.i / 2)::int order by u.i, r.ord), array_agg(r.target order by u.i, r.ord)
        into p.ref_gap, p.ref_target
        from unnest(pieces) with ordinality u(x, i)
        join reference r on r.source = e.id and r.view = 'd' and '/' || r.field = substr(u.x, 2)
        where u.i % 2 = 0;
    return p;
end
$$;

create function etag_live(p_version int, p_text text) returns text language sql stable parallel safe as $$
    select '"p' || p_version || '-' || to_hex(hashtextextended(p_text, 0)) || '"'
$$;

-- ---- rows and what hangs on them ------------------------------------------------------------------------------------

-- Drops an entry's published rows (of `p_locale`, or all) that begin after `p_after` or ended before `p_before`, with
-- their tags and edges.
create function published_drop(p_entry uuid, p_locale text default null, p_after timestamptz default '-infinity',
        p_before timestamptz default '-infinity')
    returns void language plpgsql as $$
begin
    with gone as (
        delete from published p
        where p.entry = p_entry and (p_locale is null or p.locale = p_locale)
            and (p.publish_at > p_after or p.until < p_before)
        returning p.*),
    tags as (
        delete from entry_tag t using gone g, unnest(g.tags) o(tag)
        where t.view = 'l' and t.tag = o.tag and t.type = g.type and t.at = g.published_at and t.entry = g.entry
          and t.publish_at = g.publish_at)
    delete from reference r using gone g where r.source = g.entry and r.view = 'l' and r.publish_at = g.publish_at;
end
$$;

-- Has what is live end at `p_until`.
create function published_until(p_entry uuid, p_locale text, p_now timestamptz, p_until timestamptz)
    returns void language plpgsql as $$
begin
    with ended as (
        update published p set until = p_until
        where p.entry = p_entry and p.locale = p_locale and p.publish_at < p_until and p.until > p_now
            and p.until <> p_until
        returning p.*)
    update entry_tag t set until = p_until from ended g, unnest(g.tags) o(tag)
    where t.view = 'l' and t.tag = o.tag and t.type = g.type and t.at = g.published_at and t.entry = g.entry
      and t.publish_at = g.publish_at;
end
$$;

create function published_add(p published) returns void language plpgsql as $$
begin
    insert into published select p.*;
    insert into entry_tag (view, tag, type, at, entry, publish_at, until, locale)
        select 'l', t, p.type, p.published_at, p.entry, p.publish_at, p.until, p.locale from unnest(p.tags) t;
    insert into reference (source, view, publish_at, field, ord, target)
        select r.source, 'l', p.publish_at, r.field, r.ord, r.target from reference r where r.source = p.entry
            and r.view = 'd';
end
$$;

-- Forgets the slugs of a schedule that did not come to pass.
create function slugs_unsee(e entry, t timestamptz) returns void language plpgsql as $$
begin
    delete from slug s where s.entry = e.id and s.since > t and s.slug <> e.slug;
    update slug s set since = null where s.entry = e.id and s.since > t;
end
$$;

-- ---- publish and unpublish ------------------------------------------------------------------------------------------

-- Publishes the draft (whose version is already that of the transition): now, or from `p_at` on. A time that has
-- passed only says what published_at readers are shown. Without a time, that is the time of the first publication.
create function entry_publish(e entry, p_doc json, p_at timestamptz, t timestamptz) returns entry language plpgsql as $$
declare
    p published;
begin
    perform published_drop(e.id, e.locale, t, t - interval '1 minute');
    perform slugs_unsee(e, t);
    p.entry := e.id;
    p.locale := e.locale;
    p.publish_at := case when p_at > t then p_at else t end;
    p.until := 'infinity';
    p.type := e.type;
    p.slug := e.slug;
    p.version := e.version;
    p.published_at := coalesce(p_at, e.seen_published_at, t);
    p.created_at := e.created_at;
    p.created_by := e.created_by;
    p.updated_by := e.updated_by;
    p.sort_title := e.sort_title;
    p.tags := e.tags;
    p.scalars := e.scalars;
    p := published_compose(p, e, p_doc);
    -- A row just ended stays until the next publication: a reader whose clock reading is older than ours finds it.
    perform published_until(e.id, e.locale, t, p.publish_at);
    perform published_add(p);
    update slug s set since = p.publish_at
        where s.type = e.type and s.slug = e.slug and s.locale = e.locale
            and (s.since is null or s.since > p.publish_at);
    e.published_at := p.published_at;
    if p.publish_at > t then
        e.scheduled_at := p.publish_at;
        e.scheduled_version := e.version;
    else
        e.scheduled_at := null;
        e.scheduled_version := null;
        e.published_version := e.version;
        e.seen_published_at := p.published_at;
    end if;
    return e;
end
$$;

create function entry_unpublish(e entry, t timestamptz) returns entry language plpgsql as $$
begin
    e.published_at := e.seen_published_at;
    perform published_drop(e.id, e.locale, t);
    perform slugs_unsee(e, t);
    perform published_until(e.id, e.locale, t, t);
    e.published_version := null;
    e.scheduled_at := null;
    e.scheduled_version := null;
    return e;
end
$$;

-- Moves an entry from state to state. `p_at`: null is now.
create function entry_transition(p_type text, p_ref_id uuid, p_ref_slug text, p_locale text, p_action text, p_at
        timestamptz, p_note text, p_expect int, p_user uuid, p_live bool, p_drafts int, p_privs_all text[],
        p_privs_own text[])
    returns entry_answer language plpgsql security definer set search_path = quoin, pg_temp
    set plan_cache_mode = force_generic_plan as $$
declare
    a entry_answer;
    e entry;
    step transition;
    doc json;
    t timestamptz;
    own bool;
begin
    a.id := entry_locate(p_type, p_ref_id, p_ref_slug, p_locale, p_user, p_drafts, p_live);
    select * into e from entry x where x.id = a.id and x.deleted_at is null for no key update;
    if not found then
        a.code := 'notfound';
        return a;
    end if;
    t := greatest(clock_timestamp(), e.updated_at + interval '1 microsecond');
    e := entry_settled(e, t);
    own := coalesce(e.created_by = p_user, false);
    a.slug := e.slug;
    a.version := e.version;
    select * into step from transition x where x.action = p_action order by (e.status = any (x.from_status)) desc,
        x.to_status limit 1;
    if not found then
        a.code := 'action';
        a.allowed := (select '["' || string_agg(x.action, '","' order by x.ord) || '"]'
            from (select distinct action, ord from transition) x);
    elsif not (coalesce(step.privilege = any (p_privs_all), false)
        or (own and coalesce(step.privilege = any (p_privs_own), false))) then
        a.code := 'denied';
    elsif p_expect <> 0 and p_expect <> e.version then
        a.code := 'stale';
    elsif not e.status = any (step.from_status) then
        a.code := 'state';
        a.allowed := coalesce(actions_json(e.status, own, p_user, p_privs_all, p_privs_own), '[]');
    elsif p_at is not null and step.effect <> 'publish' then
        a.code := 'at';
    end if;
    if a.code is not null then return a; end if;

    select r.doc into doc from revision r where r.entry = e.id and r.version = e.version;
    e.version := e.version + 1;
    e.updated_at := t;
    e.updated_by := p_user;
    e.status := case when p_at > t then coalesce(step.later_status, step.to_status) else step.to_status end;
    if step.effect = 'publish' then
        e := entry_publish(e, doc, p_at, t);
    elsif step.effect = 'unpublish' then
        e := entry_unpublish(e, t);
    end if;
    perform entry_put(e);
    perform revision_add(e, p_action, doc, p_note);
    a.touched := tags_union(e.tags,
        (select coalesce(array_agg(distinct x), '{}') from published p, unnest(p.tags) x where p.entry = e.id));
    perform event_add('entry.' || case when e.scheduled_at is not null and step.effect = 'publish' then 'scheduled'
                                       else step.to_status end, e, a.touched,
        jsonb_strip_nulls(jsonb_build_object('version', e.version, 'action', p_action, 'publish_at', e.scheduled_at)));
    return entry_answered(a, e, doc::text, p_user, p_privs_all, p_privs_own);
end
$$;

-- ---- reading --------------------------------------------------------------------------------------------------------

-- The answer of a row that is kept in pieces, as it is now: only references whose target is live, in their order. With
-- it, when one of them last changed and when one will next. (A function that keeps its plan, not a table function that
-- the planner puts in place: then each read of an entry without references would set that plan up too. Measured: 79 µs
-- against 28.)
create function published_read(parts text[], gap_many bool[], ref_gap int[], ref_target uuid[], out doc text, out
        changed timestamptz, out changes timestamptz)
    language plpgsql stable strict
    set plan_cache_mode = force_generic_plan as $$
declare
    live bool[];
    ids text;
    r int := 1;
begin
    select array_agg(x.live order by t.i), max(x.changed), nullif(min(x.changes), 'infinity') into live, changed,
        changes
    from unnest(ref_target) with ordinality t(id, i),
    lateral (select coalesce(bool_or(q.publish_at <= now() and q.until > now()), false) as live,
                    max(case when q.until <= now() then q.until when q.publish_at <= now() then q.publish_at end)
                        as changed,
                    min(case when q.publish_at > now() then q.publish_at when q.until > now() then q.until end)
                        as changes
             from published q where q.entry = t.id) x;
    doc := parts[1];
    for g in 1..cardinality(gap_many) loop
        ids := null;
        while ref_gap[r] = g loop
            if live[r] then ids := coalesce(ids || ',"', '"') || ref_target[r] || '"'; end if;
            r := r + 1;
        end loop;
        doc := doc || case when gap_many[g] then '[' || coalesce(ids, '') || ']' else coalesce(ids, 'null') end
            || parts[g + 1];
    end loop;
end
$$;

-- Milliseconds until `t`, rounded down; null: for ever.
create function ms_until(t timestamptz) returns bigint language sql stable parallel safe as $$
    select case when t < 'infinity' then greatest(0, floor(extract(epoch from t - now()) * 1000))::bigint end
$$;

-- What readers get at a path, for a caller who also sees which actions are open. C asks for the public one with a
-- statement of its own.
create function entry_read_live(p_type text, p_ref_id uuid, p_ref_slug text, p_locale text, p_user uuid, p_privs_all
        text[], p_privs_own text[])
    returns entry_answer language plpgsql stable as $$
declare
    a entry_answer;
    p published;
    e entry;
    r record;
    next_at timestamptz;
begin
    select q.* into p
    from (select p_ref_id as id, null::text as locale where p_ref_id is not null
          union all
          select s.entry, s.locale from slug s
          where p_ref_id is null and s.type = p_type and s.slug = p_ref_slug and s.since <= now()
            and (p_locale is null or s.locale = p_locale)) c
    join published q on q.entry = c.id and (c.locale is null or q.locale = c.locale)
    where q.type = p_type and q.publish_at <= now() and q.until > now() and (p_locale is null or q.locale = p_locale)
    order by q.locale <> default_locale(), q.locale, q.publish_at desc
    limit 1;
    if not found then
        a.code := 'notfound';
        select ms_until(min(q.publish_at)) into a.valid_ms from published q
            where q.type = p_type and q.publish_at > now()
              and q.entry in (select p_ref_id union all
                              select s.entry from slug s where p_ref_id is null and s.type = p_type
                                  and s.slug = p_ref_slug);
        return a;
    end if;
    a.code := 'ok';
    a.id := p.entry;
    a.slug := p.slug;
    a.version := p.version;
    a.valid_ms := ms_until(p.until);
    if p_ref_id is null and p.slug <> p_ref_slug then
        a.moved_to := p.slug;
        return a;
    end if;
    a.doc := p.doc;
    a.modified_s := floor(extract(epoch from p.publish_at));
    if p.doc is null then
        select x.doc, x.changed, x.changes into r from published_read(p.parts, p.gap_many, p.ref_gap, p.ref_target) x;
        a.doc := r.doc;
        a.modified_s := floor(extract(epoch from greatest(p.publish_at, r.changed)));
        a.valid_ms := ms_until(least(p.until, r.changes));
        a.reads := p.ref_target;
    end if;
    select * into e from entry where id = p.entry;
    a.doc := left(a.doc, -1) || ',"_actions":'
        || coalesce(actions_json(status_at(e.status, e.scheduled_at, now()), e.created_by = p_user, p_user,
            p_privs_all, p_privs_own), '[]')
        || '}';
    a.etag := etag_live(p.version, a.doc);
    return a;
end
$$;

create function entry_read_draft(p_type text, p_ref_id uuid, p_ref_slug text, p_locale text, p_user uuid, p_drafts
        int, p_privs_all text[], p_privs_own text[])
    returns entry_answer language plpgsql stable as $$
declare
    a entry_answer;
    e entry;
    doc json;
begin
    a.id := entry_locate(p_type, p_ref_id, p_ref_slug, p_locale, p_user, p_drafts, false);
    if a.id is null then
        a.code := 'notfound';
        return a;
    end if;
    select * into e from entry x where x.id = a.id;
    select r.doc into doc from revision r where r.entry = e.id and r.version = e.version;
    a := entry_answered(a, e, doc::text, p_user, p_privs_all, p_privs_own);
    a.doc := entry_join(draft_head(e, now()), doc::text,
        actions_json(status_at(e.status, e.scheduled_at, now()), e.created_by = p_user, p_user, p_privs_all,
            p_privs_own));
    a.valid_ms := ms_until(case when e.scheduled_at > now() then e.scheduled_at end);
    return a;
end
$$;

-- One revision, for those who may read the working copy.
create function entry_revision(p_type text, p_ref_id uuid, p_ref_slug text, p_locale text, p_n int, p_user uuid,
        p_live bool, p_drafts int)
    returns entry_answer language plpgsql stable as $$
declare
    a entry_answer;
begin
    a.id := entry_locate(p_type, p_ref_id, p_ref_slug, p_locale, p_user, p_drafts, p_live);
    if a.id is null then
        a.code := 'notfound';
        return a;
    end if;
    a.code := 'denied';
    select 'ok', revision_head(r) || ',"entry":' || revision_doc(a.id, p_n) || '}', r.slug, r.version,
            '"d' || r.version || '"', floor(extract(epoch from r.created_at))
        into a.code, a.doc, a.slug, a.version, a.etag, a.modified_s
        from revision r join entry e on e.id = r.entry
        where r.entry = a.id and r.version = p_n and reaches(p_drafts, p_user, e.created_by);
    if not found then
        a.code := case when exists (select from entry e where e.id = a.id and reaches(p_drafts, p_user, e.created_by))
                       then 'notfound' else 'denied' end;
    end if;
    return a;
end
$$;

-- A revision without its content, an object that is left open. A note is people's text.
create function revision_head(r revision) returns text language sql stable parallel safe as $$
    select '{"version":' || r.version || ',"action":"' || r.action || '","created_at":' || time_json(r.created_at)
        || ',"created_by":' || text_json(r.created_by::text) || ',"note":' || coalesce(to_json(r.note)::text, 'null')
$$;

-- The next moment at which the clock alone changes what readers see of anything; null: never.
create function next_change() returns timestamptz language plpgsql stable as $$
begin
    return (
    select least((select min(e.scheduled_at) from entry e where e.status = 'scheduled' and e.scheduled_at > now()),
                 (select min(p.until) from published p where p.until > now() and p.until < 'infinity')));
end
$$;
