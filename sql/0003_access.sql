-- Who may do what: people, roles with their policies, tokens.

create table role (
    name text primary key check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    summary text not null
);

-- One right: on which type ('*': every type), what, and how far it reaches ('own': entries that the person created).
create table policy (
    role text not null references role on delete cascade,
    type text not null default '*',
    action text not null check (action in ('read', 'draft', 'create', 'change', 'delete', 'purge', 'import', 'publish', 'unpublish')),
    reach text not null default 'all' check (reach in ('own', 'all')),
    primary key (role, type, action)
);

create table person (
    id uuid primary key,
    name text not null unique check (length(name) between 1 and 200),
    created_at timestamptz not null default now()
);

-- A bearer token: 256 random bits, of which only the SHA-256 is kept. It acts as a person, in a role.
create table token (
    id uuid primary key,
    person uuid not null references person,
    role text not null references role,
    hash bytea not null unique check (length(hash) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

insert into role (name, summary) values
    ('admin', 'everything, erasing included'),
    ('editor', 'every entry of every type, its publication and its import'),
    ('author', 'what is live; makes, changes and deletes what is theirs, without publishing'),
    ('reader', 'what is live, with a credential of its own'),
    ('public', 'what is live; the role of a request without a credential');

insert into policy (role, action, reach) values
    ('public', 'read', 'all'),
    ('reader', 'read', 'all'),
    ('author', 'read', 'all'), ('author', 'draft', 'own'), ('author', 'create', 'all'), ('author', 'change', 'own'),
    ('author', 'delete', 'own'),
    ('editor', 'read', 'all'), ('editor', 'draft', 'all'), ('editor', 'create', 'all'), ('editor', 'change', 'all'),
    ('editor', 'delete', 'all'), ('editor', 'import', 'all'), ('editor', 'publish', 'all'), ('editor', 'unpublish', 'all'),
    ('admin', 'read', 'all'), ('admin', 'draft', 'all'), ('admin', 'create', 'all'), ('admin', 'change', 'all'),
    ('admin', 'delete', 'all'), ('admin', 'purge', 'all'), ('admin', 'import', 'all'), ('admin', 'publish', 'all'),
    ('admin', 'unpublish', 'all');

-- The workers keep callers for a moment; an event tells them to ask again. Token changes come from the command line (the owner), so the
-- runtime role only reads here.
create function access_changed() returns trigger language plpgsql as $$
begin
    insert into event (kind) values ('access.changed');
    return null;
end
$$;
create trigger token_changed after insert or update or delete on token for each statement execute function access_changed();
create trigger policy_changed after insert or update or delete on policy for each statement execute function access_changed();
create trigger role_changed after insert or update or delete on role for each statement execute function access_changed();

grant select on role, policy, person, token to quoin;
