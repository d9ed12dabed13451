-- What the queries of plugins may rely on, beside their own tables: these views, and quoin.entry(id) as the target of a
-- foreign key ("on delete cascade": what is erased for legal reasons goes from everywhere). Part of the plugin interface
-- from 1.1 on (include/quoin.h): columns may only be added, at the end. They look through to the tables below, whose
-- indexes serve them.

-- What readers see, and when: live is the row with publish_at <= now() and until > now(). `title`: as lists sort by it.
create view publication as
    select p.entry, p.type, p.locale, p.publish_at, p.until, p.version, p.published_at, p.slug, p.sort_title as title
    from published p;

-- The same by tag, in the order of a list by tag: (tag, type, published_at, entry).
create view publication_tag as
    select t.tag, t.type, t.at as published_at, t.entry, t.publish_at, t.until, t.locale
    from entry_tag t where t.view = 'l';

grant select on publication, publication_tag to quoin;
