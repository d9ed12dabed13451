-- The clock may go back: a node whose time was wrong, a machine that starts again, another server that takes the place of one that died.
-- What was taken back must not come back with it, and what is published now is there now.

-- Takes away from readers, whatever the clock shows, what they see of an entry at `t` and what they would see later. Of what was live an
-- interval is left in which nobody reads: for how long others have not referred to it (published_read).
create function published_end(p_entry uuid, p_locale text, t timestamptz) returns void language plpgsql as $$
declare
    p published;
begin
    select * into p from published x where x.entry = p_entry and x.locale = p_locale and x.publish_at < t and x.until > t;
    perform published_drop(p_entry, p_locale);
    if p.entry is null then return; end if;
    p.publish_at := t - interval '1 microsecond';
    p.until := t;
    insert into published select p.*;
end
$$;

-- The time of a transition is later than that of the entry's last change, which lies in the future where the clock went back in between;
-- readers have the clock alone, and would wait for that time, or see until then what was taken back.
create or replace function entry_unpublish(e entry, t timestamptz) returns entry language plpgsql as $$
declare
    at timestamptz := least(t, clock_timestamp());
begin
    e.published_at := e.seen_published_at;
    perform slugs_unsee(e, at);
    perform published_end(e.id, e.locale, at);
    e.published_version := null;
    e.scheduled_at := null;
    e.scheduled_version := null;
    return e;
end
$$;

create or replace function entry_publish(e entry, p_doc json, p_at timestamptz, t timestamptz) returns entry language plpgsql as $$
declare
    at timestamptz := least(t, clock_timestamp());
    p published;
begin
    perform published_drop(e.id, e.locale, at - interval '1 microsecond', at - interval '1 minute');
    perform slugs_unsee(e, at);
    p.entry := e.id;
    p.locale := e.locale;
    p.publish_at := case when p_at > t then p_at else at end;
    p.until := 'infinity';
    p.type := e.type;
    p.slug := e.slug;
    p.version := e.version;
    p.published_at := coalesce(p_at, e.seen_published_at, at);
    p.created_at := e.created_at;
    p.created_by := e.created_by;
    p.updated_by := e.updated_by;
    p.sort_title := e.sort_title;
    p.tags := e.tags;
    p.scalars := e.scalars;
    p := published_compose(p, e, p_doc);
    -- A row just ended stays until the next publication: a reader whose clock reading is older than ours finds it.
    perform published_until(e.id, e.locale, at, p.publish_at);
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
