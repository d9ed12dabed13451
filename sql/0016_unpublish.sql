-- What is taken back is gone from now on. The time of a transition is later than that of the entry's last change, which lies in the
-- future where the clock went back in between; readers have the clock alone, and would see it until that time has come.
create or replace function entry_unpublish(e entry, t timestamptz) returns entry language plpgsql as $$
declare
    at timestamptz := least(t, clock_timestamp());
begin
    e.published_at := e.seen_published_at;
    perform published_drop(e.id, e.locale, at);
    perform slugs_unsee(e, at);
    perform published_until(e.id, e.locale, at, at);
    e.published_version := null;
    e.scheduled_at := null;
    e.scheduled_version := null;
    return e;
end
$$;
