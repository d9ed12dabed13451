-- A change is refused for the references that it brings to where there is nothing, not for those that the draft had before: their target is in the
-- trash or gone for good, or has not been imported yet. Until now whoever changed the title of an article by a deleted author was told that the
-- author is missing, and what had been read could not be put back.

-- Of `p_missing`, places (from 1) of references, those that the entry's draft does not have in that field already; null for none.
create function refs_new(p_source uuid, p_field text[], p_target uuid[], p_missing int[]) returns int[] language plpgsql stable as $$
begin
    if p_missing is null then return null; end if;
    return (select array_agg(m.i order by m.i) from unnest(p_missing) m(i)
            where not exists (select from reference r where r.source = p_source and r.view = 'd' and r.field = p_field[m.i]
                              and r.target = p_target[m.i]));
end
$$;

-- Writes a changed draft over the version that it was made from.
create or replace function entry_change(p_id uuid, p_expect int, p_type text, p_type_version int, p_slug text, p_suffix bool,
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
        a.missing := refs_new(p_id, p_ref_field, p_ref_target, refs_missing(p_ref_target, p_ref_to));
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
