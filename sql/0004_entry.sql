-- Writing entries: the rules of the life cycle.
--
-- Each function is one statement for its caller and does everything that belongs to the write: guards, rights, slug,
-- tags, edges, revision, event, answer. It changes nothing when its answer's code is not 'ok'. Locks are taken in one
-- order everywhere (type, entry, slug, tags), so that writers wait for each other but do not deadlock. They run with
-- the owner's rights: the runtime role cannot write these tables itself.
--
-- What is one expression is `language sql`, which the planner puts in place; what has a query in it is plpgsql, which
-- keeps its plans: an SQL function with a query would be parsed and planned at each call (measured: a fifth of a
-- create). Generic plans are forced where arrays are unnested: the planner thinks a plan for each length worth its
-- time, and is wrong.

-- ---- what all of them share -----------------------------------------------------------------------------------------

-- The locale that is meant where a slug stands in several and none is named.
create function default_locale() returns text language sql immutable parallel safe as $$ select 'en' $$;

-- The answer to a call about one entry.
--   ok        done, or here it is
--   notfound  not there, or not for this caller to know of
--   denied    the caller may know of it, not do that
--   stale     the version is not the one that was expected; `version` is the present one
--   type      the type has another version than the draft was checked against
--   exists    `taken` ('slug', 'id') is taken by `taken_by`
--   refs      the references of these places in the given arrays (from 1) lead nowhere
--   state     not open in the present status; `allowed` are the actions that are
--   action    there is no such transition; `allowed` are all of them
--   at        this transition takes no time
create type entry_answer as (
    code text,
    doc text,               -- the entry, JSON
    id uuid,
    slug text,
    version int,
    etag text,
    modified_s bigint,
    valid_ms bigint,        -- how long the clock alone leaves the answer true; null: for ever
    moved_to text,
    taken text,
    taken_by uuid,
    allowed text,           -- JSON array
    missing int[],
    touched text[],         -- tags of before and after
    base text,              -- the entry as it was in the version that the caller has seen
    reads uuid[]            -- entries that the answer depends on beside its own
);

create function time_json(t timestamptz) returns text language sql stable parallel safe as $$
    select coalesce('"' || to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '"', 'null')
$$;

-- Slugs, locales, types and statuses have no character that JSON escapes.
create function text_json(t text) returns text language sql immutable parallel safe as $$
    select coalesce('"' || t || '"', 'null')
$$;

create function slugs_json(t text[]) returns text language sql stable parallel safe as $$
    select coalesce('["' || nullif(array_to_string(t, '","'), '') || '"]', '[]')
$$;

-- The system members, an object that is left open.
create function entry_head(id uuid, type text, slug text, locale text, status text, version int,
        published_version int, created_at timestamptz, updated_at timestamptz, published_at timestamptz,
        created_by uuid, updated_by uuid, tags text[])
    returns text language sql stable parallel safe as $$
    select '{"id":"' || id || '","type":"' || type || '","slug":"' || slug || '","locale":"' || locale
        || '","status":"' || status
        || '","version":' || version || ',"published_version":' || coalesce(published_version::text, 'null')
        || ',"created_at":' || time_json(created_at) || ',"updated_at":' || time_json(updated_at)
        || ',"published_at":' || time_json(published_at) || ',"created_by":' || text_json(created_by::text)
        || ',"updated_by":' || text_json(updated_by::text) || ',"tags":' || slugs_json(tags)
$$;

-- Head, fields and actions as one object. Each argument is used once, so that a call is inlined and a document read
-- once.
create function entry_join(head text, doc text, actions text) returns text language sql immutable parallel safe as $$
    select head || coalesce(',' || nullif(left(ltrim(doc, '{'), -1), ''), '')
        || coalesce(',"_actions":' || actions, '') || '}'
$$;

-- A schedule that the clock has reached counts as published, whether a write has noticed or not.
create function status_at(status text, scheduled_at timestamptz, t timestamptz)
    returns text language sql immutable parallel safe as $$
    select case when scheduled_at <= t then 'published' else status end
$$;

create function published_version_at(published_version int, scheduled_version int, scheduled_at timestamptz, t
        timestamptz)
    returns int language sql immutable parallel safe as $$
    select case when scheduled_at <= t then scheduled_version else published_version end
$$;

-- The head of a draft at the time `t`.
create function draft_head(e entry, t timestamptz) returns text language sql stable parallel safe as $$
    select entry_head(e.id, e.type, e.slug, e.locale, status_at(e.status, e.scheduled_at, t), e.version,
        published_version_at(e.published_version, e.scheduled_version, e.scheduled_at, t),
        e.created_at, e.updated_at, e.published_at, e.created_by, e.updated_by, e.tags)
$$;

-- Reach of a right: 0 none, 1 own entries, 2 all.
create function reaches(reach int, usr uuid, created_by uuid) returns bool language sql immutable parallel safe as $$
    select reach = 2 or (reach = 1 and coalesce(created_by = usr, false))
$$;

-- JSON array of the transitions open to somebody who holds these privileges; null for the public.
create function actions_json(status text, own bool, usr uuid, privs_all text[], privs_own text[])
    returns text language plpgsql stable parallel safe as $$
begin
    if usr is null then return null; end if;
    return (select coalesce('["' || string_agg(a.action, '","' order by a.ord) || '"]', '[]') from transition a
            where status = any (a.from_status)
                and (a.privilege = any (privs_all) or (own and a.privilege = any (privs_own))));
end
$$;

-- The id that a reference of a path leads to (an id, or a slug: the default locale's first), where the caller may know
-- of it: a reader knows what is live, and only the slugs that it has or had. No row otherwise.
create function entry_locate(p_type text, p_id uuid, p_slug text, p_locale text, p_user uuid, p_drafts int, p_live
        bool)
    returns uuid language plpgsql stable as $$
begin
    return (
    select e.id
    from (select p_id as id, null::timestamptz as since, null::text as locale where p_id is not null
          union all
          select s.entry, s.since, s.locale from slug s
          where p_id is null and s.type = p_type and s.slug = p_slug and (p_locale is null or s.locale = p_locale)) c
    join entry e on e.id = c.id
    where e.type = p_type and e.deleted_at is null and (p_locale is null or e.locale = p_locale)
      and (reaches(p_drafts, p_user, e.created_by)
           or (p_live and (p_id is not null or c.since <= now())
               and exists (select from published p where p.entry = e.id and p.publish_at <= now() and p.until > now())))
    order by e.locale <> default_locale(), e.locale
    limit 1);
end
$$;

-- Holds a type still until the end of the transaction (whoever changes one takes the same lock exclusively) and says
-- whether it has the version that the caller knows. An advisory lock, since a row lock would be a write to one row
-- from every writer.
create function type_guard(p_type text, p_version int) returns bool language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(1954115685, hashtext(p_type));
    return exists (select from type t where t.name = p_type and t.version = p_version);
end
$$;

-- Places (from 1) of the references that lead to no entry, or to one of another type.
create function refs_missing(p_target uuid[], p_to text[]) returns int[] language plpgsql stable as $$
begin
    return (select array_agg(r.i::int order by r.i)
            from unnest(p_target, p_to) with ordinality r(target, wanted, i)
            left join lateral (select true as there from entry e where e.id = r.target and e.deleted_at is null
                               and (r.wanted is null or e.type = r.wanted) limit 1) e on true
            where e.there is null);
end
$$;

-- The first of base-2, base-3 … that nobody has; found by doubling and halving, since some titles come every day.
create function slug_free(p_type text, p_locale text, p_base text) returns text language plpgsql stable as $$
declare
    lo int := 1; -- taken
    hi int := 2; -- free, once the first loop ends
    mid int;
begin
    while exists (select from slug s where s.type = p_type and s.slug = p_base || '-' || hi
        and s.locale = p_locale) loop
        lo := hi;
        hi := hi * 2;
    end loop;
    while hi - lo > 1 loop
        mid := lo + (hi - lo) / 2;
        if exists (select from slug s where s.type = p_type and s.slug = p_base || '-' || mid
            and s.locale = p_locale) then
            lo := mid;
        else
            hi := mid;
        end if;
    end loop;
    return p_base || '-' || hi;
end
$$;

-- Makes a slug an entry's own. Returns null and leaves everything as it was when another has it, unless `p_suffix`:
-- then the slug that it got instead.
create function slug_take(p_entry uuid, p_type text, p_locale text, p_slug text, p_suffix bool)
    returns text language plpgsql as $$
declare
    want text := p_slug;
    owner uuid;
begin
    for i in 1..100 loop
        insert into slug (type, slug, locale, entry) values (p_type, want, p_locale, p_entry) on conflict do nothing;
        if found then return want; end if;
        select s.entry into owner from slug s where s.type = p_type and s.slug = want and s.locale = p_locale;
        if owner = p_entry then return want; end if;
        if found then -- else its owner has just let it go: once more
            if not p_suffix then return null; end if;
            want := slug_free(p_type, p_locale, p_slug);
        end if;
    end loop;
    raise exception 'no free slug for %', p_slug using errcode = '40001';
end
$$;

-- New tags are made with the entry. Sorted, so that two writers of the same new tags wait in the same order.
create function tags_make(p_tags text[]) returns void language plpgsql as $$
begin
    insert into tag (slug, name) select t, replace(t, '-', ' ') from unnest(p_tags) t order by t on conflict do nothing;
end
$$;

create function revision_add(e entry, p_action text, p_doc json, p_note text) returns void language plpgsql as $$
begin
    insert into revision (entry, version, action, doc, slug, locale, tags, status, type_version, published_version,
                          published_at, created_at, created_by, note)
    values (e.id, e.version, p_action, p_doc, e.slug, e.locale, e.tags, e.status, e.type_version, e.published_version,
            e.published_at, e.updated_at, e.updated_by, p_note);
end
$$;

create function event_add(p_kind text, e entry, p_tags text[], p_data jsonb) returns void language plpgsql as $$
begin
    insert into event (kind, entry, type, locale, tags, actor, data)
    values (p_kind, e.id, e.type, e.locale, p_tags, e.updated_by, p_data);
end
$$;

create function tags_union(a text[], b text[]) returns text[] language plpgsql immutable as $$
begin
    return (
    select case when a = b then a else array(select unnest(a) union select unnest(b) order by 1) end);
end
$$;

-- ---- create ---------------------------------------------------------------------------------------------------------

-- A new draft. `p_suffix`: the slug was made, not given; where it is taken another is made from it.
create function entry_create(p_id uuid, p_type text, p_type_version int, p_locale text, p_slug text, p_suffix bool,
        p_title text, p_doc json, p_scalars jsonb, p_tags text[], p_ref_field text[], p_ref_ord int[],
        p_ref_target uuid[], p_ref_to text[], p_user uuid, p_action text, p_note text, p_privs_all text[],
        p_privs_own text[])
    returns entry_answer language plpgsql security definer set search_path = quoin, pg_temp
    set plan_cache_mode = force_generic_plan as $$
declare
    a entry_answer;
    e entry;
begin
    if not type_guard(p_type, p_type_version) then
        a.code := 'type';
        return a;
    end if;
    if cardinality(p_ref_target) > 0 then
        a.missing := refs_missing(p_ref_target, p_ref_to);
        if a.missing is not null then
            a.code := 'refs';
            return a;
        end if;
    end if;
    select t.id into a.taken_by from entry t where t.id = p_id;
    if found then
        a.code := 'exists';
        a.taken := 'id';
        return a;
    end if;
    e.slug := slug_take(p_id, p_type, p_locale, p_slug, p_suffix);
    if e.slug is null then
        a.code := 'exists';
        a.taken := 'slug';
        select s.entry into a.taken_by from slug s where s.type = p_type and s.slug = p_slug and s.locale = p_locale;
        return a;
    end if;

    e.id := p_id;
    e.type := p_type;
    e.locale := p_locale;
    e.status := 'draft';
    e.version := 1;
    e.type_version := p_type_version;
    e.sort_title := left(p_title, 200);
    e.tags := p_tags;
    e.scalars := p_scalars;
    e.created_at := clock_timestamp();
    e.updated_at := e.created_at;
    e.created_by := p_user;
    e.updated_by := p_user;
    insert into entry select e.*;
    insert into revision (entry, version, action, doc, slug, locale, tags, status, type_version, created_at,
        created_by, note)
        values (p_id, 1, p_action, p_doc, e.slug, p_locale, p_tags, e.status, p_type_version, e.created_at, p_user,
            p_note);
    if cardinality(p_ref_target) > 0 then
        insert into reference (source, view, field, ord, target)
            select p_id, 'd', r.field, r.ord, r.target
                from unnest(p_ref_field, p_ref_ord, p_ref_target) r(field, ord, target);
    end if;
    if cardinality(p_tags) > 0 then
        insert into tag (slug, name) select t, replace(t, '-', ' ') from unnest(p_tags) t
            order by t on conflict do nothing;
        insert into entry_tag (view, tag, type, at, entry, locale)
            select 'd', t, p_type, e.created_at, p_id, p_locale from unnest(p_tags) t;
    end if;
    insert into event (kind, entry, type, locale, tags, actor, data)
        values ('entry.created', p_id, p_type, p_locale, p_tags, p_user, '{"version":1}');

    a.code := 'ok';
    a.id := p_id;
    a.slug := e.slug;
    a.version := 1;
    a.etag := '"d1"';
    a.modified_s := floor(extract(epoch from e.updated_at));
    a.touched := p_tags;
    a.doc := entry_join(draft_head(e, e.created_at), p_doc::text,
        case when p_user is not null then actions_json(e.status, true, p_user, p_privs_all, p_privs_own) end);
    return a;
end
$$;

-- ---- change ---------------------------------------------------------------------------------------------------------

-- An entry as it was in one revision, JSON; null when there is none.
create function revision_doc(p_entry uuid, p_version int) returns text language plpgsql stable as $$
begin
    return (
    select entry_join(entry_head(e.id, e.type, r.slug, r.locale, r.status, r.version, r.published_version,
        e.created_at, r.created_at, r.published_at, e.created_by, r.created_by, r.tags), r.doc::text, null)
    from revision r join entry e on e.id = r.entry
    where r.entry = p_entry and r.version = p_version);
end
$$;

-- What a change starts from: the draft as its reader sees it, and, where it moved on since the version that the caller
-- has seen, the draft of then (code 'stale').
create function entry_edit(p_type text, p_ref_id uuid, p_ref_slug text, p_locale text, p_expect int, p_user uuid,
        p_live bool, p_drafts int, p_reach int, p_privs_all text[], p_privs_own text[])
    returns entry_answer language plpgsql stable as $$
declare
    a entry_answer;
    e entry;
begin
    a.id := entry_locate(p_type, p_ref_id, p_ref_slug, p_locale, p_user, p_drafts, p_live);
    if a.id is null then
        a.code := 'notfound';
        return a;
    end if;
    select * into e from entry where id = a.id;
    if not reaches(p_reach, p_user, e.created_by) then
        a.code := 'denied';
        return a;
    end if;
    a.slug := e.slug;
    a.version := e.version;
    select entry_join(draft_head(e, now()), r.doc::text,
            actions_json(status_at(e.status, e.scheduled_at, now()), e.created_by = p_user, p_user, p_privs_all,
                p_privs_own))
        into a.doc from revision r where r.entry = e.id and r.version = e.version;
    a.code := 'ok';
    if p_expect <> 0 and p_expect <> e.version then
        a.code := 'stale';
        a.base := revision_doc(e.id, p_expect);
    end if;
    return a;
end
$$;

-- Writes a changed draft over the version that it was made from.
create function entry_change(p_id uuid, p_expect int, p_type text, p_type_version int, p_slug text, p_suffix bool,
        p_title text, p_doc json, p_scalars jsonb, p_tags text[], p_ref_field text[], p_ref_ord int[],
        p_ref_target uuid[], p_ref_to text[], p_user uuid, p_reach int, p_note text, p_privs_all text[],
        p_privs_own text[])
    returns entry_answer language plpgsql security definer set search_path = quoin, pg_temp
    set plan_cache_mode = force_generic_plan as $$
declare
    a entry_answer;
    e entry;
    was entry;
    got text;
begin
    if not type_guard(p_type, p_type_version) then
        a.code := 'type';
        return a;
    end if;
    select * into e from entry t where t.id = p_id and t.type = p_type and t.deleted_at is null for no key update;
    if not found then
        a.code := 'notfound';
        return a;
    end if;
    a.id := e.id;
    a.version := e.version;
    if not reaches(p_reach, p_user, e.created_by) then
        a.code := 'denied';
        return a;
    end if;
    if e.version <> p_expect then
        a.code := 'stale';
        return a;
    end if;
    if cardinality(p_ref_target) > 0 then
        a.missing := refs_missing(p_ref_target, p_ref_to);
        if a.missing is not null then
            a.code := 'refs';
            return a;
        end if;
    end if;
    was := e;
    if p_suffix and e.slug ~ ('^' || p_slug || '-[0-9]+$')
        and exists (select from slug s where s.type = p_type and s.slug = p_slug and s.locale = e.locale
            and s.entry <> e.id) then
        null; -- made once more from the same title: the suffix that it got stays
    elsif p_slug <> e.slug then
        got := slug_take(e.id, p_type, e.locale, p_slug, p_suffix);
        if got is null then
            a.code := 'exists';
            a.taken := 'slug';
            select s.entry into a.taken_by from slug s where s.type = p_type and s.slug = p_slug
                and s.locale = e.locale;
            return a;
        end if;
        delete from slug s where s.type = p_type and s.slug = e.slug and s.locale = e.locale and s.since is null
            and e.slug <> got;
        e.slug := got;
    end if;

    e := entry_settled(e, clock_timestamp());
    e.version := e.version + 1;
    e.type_version := p_type_version;
    e.sort_title := left(p_title, 200);
    e.tags := p_tags;
    e.scalars := p_scalars;
    e.updated_at := greatest(clock_timestamp(), e.updated_at);
    e.updated_by := p_user;
    perform entry_put(e);
    perform revision_add(e, 'change', p_doc, p_note);
    perform edges_put(e.id, p_ref_field, p_ref_ord, p_ref_target);
    if e.tags <> was.tags then
        perform tags_make(e.tags);
        delete from entry_tag t using unnest(was.tags) o(tag)
            where t.view = 'd' and t.tag = o.tag and t.type = e.type and t.at = e.created_at and t.entry = e.id
              and o.tag <> all (e.tags);
        insert into entry_tag (view, tag, type, at, entry, locale)
            select 'd', t, e.type, e.created_at, e.id, e.locale from unnest(e.tags) t where t <> all (was.tags);
    end if;
    a.touched := tags_union(was.tags, e.tags);
    perform event_add('entry.changed', e, a.touched, jsonb_build_object('version', e.version));
    return entry_answered(a, e, p_doc::text, p_user, p_privs_all, p_privs_own);
end
$$;

-- A schedule that the clock has reached becomes what it says, in the head too.
create function entry_settled(e entry, t timestamptz) returns entry language plpgsql immutable as $$
begin
    if e.scheduled_at <= t then
        e.status := 'published';
        e.published_version := e.scheduled_version;
        e.seen_published_at := e.published_at;
        e.scheduled_version := null;
        e.scheduled_at := null;
    end if;
    return e;
end
$$;

create function entry_put(e entry) returns void language plpgsql as $$
begin
    update entry t set slug = e.slug, status = e.status, version = e.version, type_version = e.type_version,
        published_version = e.published_version, published_at = e.published_at,
        seen_published_at = e.seen_published_at, scheduled_version = e.scheduled_version,
        scheduled_at = e.scheduled_at, sort_title = e.sort_title, tags = e.tags, scalars = e.scalars,
        updated_at = e.updated_at, updated_by = e.updated_by, deleted_at = e.deleted_at, deleted_by = e.deleted_by
    where t.id = e.id;
end
$$;

-- The draft's edges, written anew only where they differ.
create function edges_put(p_source uuid, p_field text[], p_ord int[], p_target uuid[])
    returns void language plpgsql as $$
begin
    delete from reference r where r.source = p_source and r.view = 'd'
        and not exists (select from unnest(p_field, p_ord, p_target) n(field, ord, target)
                        where n.field = r.field and n.ord = r.ord and n.target = r.target);
    insert into reference (source, view, field, ord, target)
        select p_source, 'd', n.field, n.ord, n.target from unnest(p_field, p_ord, p_target) n(field, ord, target)
        on conflict do nothing;
end
$$;

-- The answer of an accepted write: the draft as it is now.
create function entry_answered(a entry_answer, e entry, p_doc text, p_user uuid, p_privs_all text[], p_privs_own
        text[])
    returns entry_answer language plpgsql stable as $$
begin
    a.code := 'ok';
    a.id := e.id;
    a.slug := e.slug;
    a.version := e.version;
    a.etag := '"d' || e.version || '"';
    a.modified_s := floor(extract(epoch from e.updated_at));
    a.doc := entry_join(draft_head(e, e.updated_at), p_doc,
        actions_json(status_at(e.status, e.scheduled_at, e.updated_at), e.created_by = p_user, p_user, p_privs_all,
            p_privs_own));
    return a;
end
$$;

-- ---- the trash ------------------------------------------------------------------------------------------------------

-- To the trash, or, with `p_purge`, away with all its revisions (then also from the trash). Not while readers see it
-- or will.
create function entry_delete(p_type text, p_ref_id uuid, p_ref_slug text, p_locale text, p_expect int, p_purge bool,
        p_may_purge bool, p_user uuid, p_live bool, p_drafts int, p_reach int, p_privs_all text[], p_privs_own text[])
    returns entry_answer language plpgsql security definer set search_path = quoin, pg_temp
    set plan_cache_mode = force_generic_plan as $$
declare
    a entry_answer;
    e entry;
    t timestamptz;
begin
    a.id := entry_locate(p_type, p_ref_id, p_ref_slug, p_locale, p_user, p_drafts, p_live);
    if a.id is null and p_purge and p_may_purge then
        select x.id into a.id from entry x where x.id = p_ref_id and x.type = p_type and x.deleted_at is not null
            and reaches(p_drafts, p_user, x.created_by);
    end if;
    select * into e from entry x where x.id = a.id and (x.deleted_at is null or p_purge) for update;
    if not found then
        a.code := 'notfound';
        return a;
    end if;
    t := clock_timestamp();
    e := entry_settled(e, t);
    a.slug := e.slug;
    a.version := e.version;
    if (p_purge and not p_may_purge) or (not p_purge and not reaches(p_reach, p_user, e.created_by)) then
        a.code := 'denied';
        return a;
    end if;
    if p_expect <> 0 and p_expect <> e.version then
        a.code := 'stale';
        return a;
    end if;
    if e.published_version is not null or e.scheduled_at is not null then
        a.code := 'state';
        a.allowed := coalesce(actions_json(e.status, e.created_by = p_user, p_user, p_privs_all, p_privs_own), '[]');
        return a;
    end if;
    a.touched := e.tags;
    delete from slug s where s.type = e.type and s.slug = e.slug and s.locale = e.locale and s.entry = e.id;
    delete from slug s where s.entry = e.id and s.since is not null;
    delete from entry_tag x using unnest(e.tags) o(tag)
        where x.view = 'd' and x.tag = o.tag and x.type = e.type and x.at = e.created_at and x.entry = e.id;
    perform published_drop(e.id);
    if p_purge then
        delete from reference r where r.source = e.id;
        delete from entry x where x.id = e.id;
        e.updated_by := p_user;
        perform event_add('entry.purged', e, a.touched, '{}');
    else
        e.version := e.version + 1;
        e.updated_at := t;
        e.updated_by := p_user;
        e.deleted_at := t;
        e.deleted_by := p_user;
        perform entry_put(e);
        insert into revision (entry, version, action, doc, slug, locale, tags, status, type_version,
                              published_version, published_at, created_at, created_by)
            select e.id, e.version, 'delete', r.doc, e.slug, e.locale, e.tags, e.status, e.type_version, null,
                e.published_at, t, p_user
            from revision r where r.entry = e.id and r.version = e.version - 1;
        perform event_add('entry.deleted', e, a.touched, jsonb_build_object('version', e.version));
    end if;
    a.code := 'ok';
    a.version := e.version;
    return a;
end
$$;
