-- Answers of plugins in the response cache. Part of the plugin interface from 1.1 on (include/quoin.h).

-- Says in the same transaction that what answers depend on has changed: `p_what` is the plugin's name, or that and more
-- behind a colon ("quotes", "quotes:tables"). All nodes and the caches in front hear of it from the outbox.
create function touch(p_what text) returns void language plpgsql as $$
begin
    if p_what !~ '^[a-z][a-z0-9_]{0,31}(:[A-Za-z0-9:_-]{1,80})?$' then
        raise exception 'a plugin''s name is wanted, and what it likes of A-Z a-z 0-9 : _ - behind a colon: %', p_what
            using errcode = 'invalid_parameter_value';
    end if;
    insert into quoin.event (kind, tags) values ('plugin.touched', array[p_what]);
end
$$;

-- Milliseconds for which the clock alone leaves what readers see of everything as it is; null: for ever.
create function valid_ms() returns bigint language plpgsql stable set search_path = quoin, pg_temp as $$
begin
    return quoin.ms_until(quoin.next_change());
end
$$;
