-- Types that are made while the server runs.

alter table policy drop constraint policy_action_check;
alter table policy add constraint policy_action_check
    check (action in ('read', 'draft', 'create', 'change', 'delete', 'purge', 'import', 'publish', 'unpublish',
        'types'));
insert into policy (role, action, reach) values ('admin', 'types', 'all');

-- A new type. `code`: ok; taken: `by_name` is there already, or `by_collection` is the type whose collection it is;
-- full: there are `p_most`.
-- What its definition may say was checked before; the lock is that of type_guard.
create function type_create(p_name text, p_collection text, p_fields jsonb, p_most int, p_user uuid,
        out code text, out by_name text, out by_collection text)
    language plpgsql security definer set search_path = quoin, pg_temp as $$
begin
    perform pg_advisory_xact_lock(1954115685, hashtext(p_name));
    if (select count(*) from type) >= p_most then
        code := 'full';
        return;
    end if;
    insert into type (name, collection, fields) values (p_name, p_collection, p_fields) on conflict do nothing;
    if found then
        insert into event (kind, type, actor) values ('type.created', p_name, p_user);
        code := 'ok';
        return;
    end if;
    code := 'taken';
    select t.name into by_name from type t where t.name = p_name;
    select t.name into by_collection from type t where t.collection = p_collection;
end
$$;

revoke execute on function type_create(text, text, jsonb, int, uuid) from public;
grant execute on function type_create(text, text, jsonb, int, uuid) to quoin;
