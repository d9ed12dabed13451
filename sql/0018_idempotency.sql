-- Idempotency-Key: what a request with one was answered, kept for a day, so that the same request sent again is not
-- done again.
--
-- The row is written in the transaction that does the request's work, so that one is there exactly when the other
-- is. While that transaction is open it holds an advisory lock: another request with the key is told so at once, and
-- a worker or a connection that dies takes the lock with it. Nothing here is a rule of the life cycle, so these
-- functions run with the caller's rights.

create table idempotency (
    caller text not null,               -- the person's id, or 'public'
    key text not null check (length(key) between 1 and 255),
    request text not null check (length(request) = 64), -- hash of method, target and body, in hex
    state text not null check (state in (
        'kept',                         -- here is the answer
        'made',                         -- there is none to be given again: `made` names what came of it
        'stream')),                     -- what came of it is not known yet: begun by the session `pid`, `pid_since`
    at timestamptz not null default now(),
    asked text,                         -- id of the request
    status int,
    type text,                          -- Content-Type; null: no body
    head text,                          -- the other headers, a line each
    body bytea,
    made text,                          -- members of a JSON object
    pid int,
    pid_since timestamptz,
    primary key (caller, key)
);
create index idempotency_at on idempotency (at); -- for idempotency_trim

grant select, insert, update, delete on idempotency to quoin;

create function idempotency_lock(p_caller text, p_key text) returns bigint language sql immutable as $$
    select hashtextextended(p_caller || ' ' || p_key, 18)
$$;

-- What is known of a key: no row, or the row with its state; 'busy' where a request with it is under way. What an
-- import's session left behind when it died counts as nothing: what is in is told line by line when it is sent
-- again.
create type idempotency_known as (
    state text, request text, asked text, status int, type text, head text, body bytea, made text
);

create function idempotency_kept(p_caller text, p_key text) returns setof idempotency_known
    language plpgsql stable set search_path = quoin, pg_catalog, pg_temp as $$
begin
    return query
        select case i.state when 'stream' then 'busy' else i.state end, i.request, i.asked, i.status, i.type, i.head,
            i.body, i.made
        from idempotency i
        where i.caller = p_caller and i.key = p_key and i.at > now() - interval '24 hours'
            and (i.state <> 'stream' or exists (
                select from pg_stat_activity a where a.pid = i.pid and a.backend_start = i.pid_since));
end
$$;

-- The same without waiting for anybody, for a look before the work begins.
create function idempotency_look(p_caller text, p_key text) returns setof idempotency_known
    language plpgsql stable set search_path = quoin, pg_catalog, pg_temp as $$
declare
    lock bigint := idempotency_lock(p_caller, p_key);
begin
    return query select * from idempotency_kept(p_caller, p_key);
    if not found and exists (
        select from pg_locks l where l.locktype = 'advisory' and l.objsubid = 1
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and l.classid::bigint = (lock >> 32) & 4294967295 and l.objid::bigint = lock & 4294967295) then
        return next row('busy', null, null, null, null, null, null, null)::idempotency_known;
    end if;
end
$$;

-- Takes the key for the transaction. No row: it is the caller's. Volatile, so that what is read is younger than the
-- lock.
create function idempotency_take(p_caller text, p_key text) returns setof idempotency_known
    language plpgsql volatile set search_path = quoin, pg_catalog, pg_temp as $$
begin
    if not pg_try_advisory_xact_lock(idempotency_lock(p_caller, p_key)) then
        return next row('busy', null, null, null, null, null, null, null)::idempotency_known;
        return;
    end if;
    return query select * from idempotency_kept(p_caller, p_key);
end
$$;

-- The answer of the transaction that has taken the key. What was there is older than a day.
create function idempotency_keep(p_caller text, p_key text, p_request text, p_state text, p_asked text, p_status int,
        p_type text, p_head text, p_body bytea, p_made text) returns void
    language plpgsql volatile set search_path = quoin, pg_catalog, pg_temp as $$
begin
    insert into idempotency (caller, key, request, state, asked, status, type, head, body, made)
        values (p_caller, p_key, p_request, p_state, p_asked, p_status, p_type, p_head, p_body, p_made)
        on conflict (caller, key) do update
            set request = excluded.request, state = excluded.state, at = excluded.at, asked = excluded.asked,
                status = excluded.status, type = excluded.type, head = excluded.head, body = excluded.body,
                made = excluded.made, pid = null, pid_since = null;
end
$$;

-- Takes the key for work that is more than a transaction, as idempotency_take: no row: it is the caller's, until
-- that says what came of it or its session ends.
create function idempotency_begin(p_caller text, p_key text, p_request text, p_asked text)
    returns setof idempotency_known
    language plpgsql volatile set search_path = quoin, pg_catalog, pg_temp as $$
begin
    return query select * from idempotency_take(p_caller, p_key);
    if found then return; end if;
    perform idempotency_keep(p_caller, p_key, p_request, 'stream', p_asked, null, null, null, null, null);
    update idempotency i set pid = a.pid, pid_since = a.backend_start from pg_stat_activity a
        where i.caller = p_caller and i.key = p_key and a.pid = pg_backend_pid();
end
$$;

-- What came of it; null: nothing that has to be remembered.
create function idempotency_end(p_caller text, p_key text, p_asked text, p_made text) returns void
    language plpgsql volatile set search_path = quoin, pg_catalog, pg_temp as $$
begin
    if p_made is null then
        delete from idempotency i
            where i.caller = p_caller and i.key = p_key and i.asked = p_asked and i.state = 'stream';
    else
        update idempotency i set state = 'made', made = p_made
            where i.caller = p_caller and i.key = p_key and i.asked = p_asked and i.state = 'stream';
    end if;
end
$$;

-- Removes at most `most` of those that are over. Returns how many.
create function idempotency_trim(most int) returns bigint
    language plpgsql set search_path = quoin, pg_catalog, pg_temp as $$
declare
    n bigint;
begin
    delete from idempotency where (caller, key) in (
        select i.caller, i.key from idempotency i where i.at <= now() - interval '24 hours' order by i.at limit most
        for update skip locked);
    get diagnostics n = row_count;
    return n;
end
$$;

-- Who erases an entry for good erases it from answers too. That the request was done is still known, so that it is
-- not done again. Each kept answer is looked through: they are a day's, and this is rare. Refusals name no more than
-- an id.
create function idempotency_erase() returns trigger
    language plpgsql security definer set search_path = quoin, pg_temp as $$
begin
    update idempotency i
        set state = 'made', made = '"status":' || i.status || ',"erased":true', type = null, head = null, body = null
        where i.body is not null and i.status < 400 and position(convert_to(old.id::text, 'UTF8') in i.body) > 0;
    return null;
end
$$;
create trigger entry_erased after delete on entry for each row execute function idempotency_erase();
