-- The outbox is kept for a while, so that a reader that was away resumes where it stood, and not for ever.

-- Removes events older than `keep_days` from the front of the outbox, looking at no more than `most` of them: short transactions, however
-- much has gathered. Returns how many. The runtime role may only append; this is the one way out.
create function event_trim(keep_days int, most int) returns bigint
language plpgsql security definer set search_path = quoin, pg_temp as $$
declare
    n bigint;
begin
    if keep_days < 1 or most < 1 then
        raise exception 'keep at least a day, look at at least one event' using errcode = 'invalid_parameter_value';
    end if;
    delete from event where (xid, seq) in (
        select f.xid, f.seq from (select xid, seq, at from event order by xid, seq limit most) f
         where f.at < now() - make_interval(days => keep_days));
    get diagnostics n = row_count;
    return n;
end $$;

revoke execute on function event_trim(int, int) from public;
grant execute on function event_trim(int, int) to quoin;
