-- Reads without a function's own query, and writes without one that is planned at each call.

-- What stands in a gap where all of its references are live.
create function gap_text(many bool, ids uuid[]) returns text language sql immutable parallel safe as $$
    select case when many then '["' || array_to_string(ids, '","') || '"]' else '"' || array_to_string(ids, '') || '"' end
$$;

-- A row's pieces where all of its references are live, for any number of gaps. A gap is never without a reference.
create function published_joined(parts text[], gap_many bool[], ref_gap int[], ref_target uuid[]) returns text
    language plpgsql immutable parallel safe as $$
declare
    doc text := parts[1];
    first int := 1;
    after int;
begin
    for g in 1 .. cardinality(gap_many) loop
        after := coalesce(array_position(ref_gap, g + 1), cardinality(ref_gap) + 1);
        doc := doc || gap_text(gap_many[g], ref_target[first : after - 1]) || parts[g + 1];
        first := after;
    end loop;
    return doc;
end
$$;

-- The same for who reads: what has one gap or two, as most have, is an expression that the planner puts in place.
create function published_whole(parts text[], gap_many bool[], ref_gap int[], ref_target uuid[]) returns text
    language sql immutable parallel safe as $$
    select case cardinality(gap_many)
        when 1 then parts[1] || gap_text(gap_many[1], ref_target) || parts[2]
        else published_joined(parts, gap_many, ref_gap, ref_target) end
$$;

-- The text of published_read alone: where a reference is not live. A function that keeps its plan; not called for others.
create function published_cut(parts text[], gap_many bool[], ref_gap int[], ref_target uuid[]) returns text
    language plpgsql stable as $$
begin
    return (select x.doc from published_read(parts, gap_many, ref_gap, ref_target) x);
end
$$;

-- As it was, without the numeric arithmetic of extract(): part of every read.
create or replace function ms_until(t timestamptz) returns bigint language sql stable parallel safe as $$
    select case when t < 'infinity' then greatest(0, floor(date_part('epoch', t - now()) * 1000))::bigint end
$$;

-- Keeps computed values `[{"field","by","value"}]` of a revision, in place of older ones. It keeps its plan: as an SQL function it was
-- parsed and planned at each write (measured: 290 µs, of 600 that a create took).
create or replace function derived_put(p_entry uuid, p_version int, p_rows json) returns int
    language plpgsql security definer set search_path = quoin, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    n int;
begin
    insert into derived (entry, version, field, by, value)
        select p_entry, p_version, x ->> 'field', x ->> 'by', x -> 'value' from json_array_elements(p_rows) x
        where exists (select from revision r where r.entry = p_entry and r.version = p_version)
        on conflict (entry, version, field) do update set by = excluded.by, value = excluded.value;
    get diagnostics n = row_count;
    return n;
end
$$;
