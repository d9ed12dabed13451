-- The types that come with the system. They are data like any other type: what the core knows of an article stands here.

INSERT INTO type(name, collection, version, fields, system) VALUES
('article', 'articles', 1, '[
  {"name": "title", "kind": "string", "required": true, "min": 1, "max": 300},
  {"name": "summary", "kind": "text", "max": 5000},
  {"name": "body", "kind": "blocks"},
  {"name": "authors", "kind": "references", "to": "author", "max": 100},
  {"name": "section", "kind": "string", "max": 100},
  {"name": "hero", "kind": "asset"},
  {"name": "seo", "kind": "group", "of": [
    {"name": "title", "kind": "string", "max": 300},
    {"name": "description", "kind": "text", "max": 1000},
    {"name": "canonical", "kind": "url"}
  ]},
  {"name": "related", "kind": "references", "to": "article", "max": 100},
  {"name": "show_in_related", "kind": "boolean", "default": true}
]'::jsonb, true);

INSERT INTO type(name, collection, version, fields, system) VALUES
('author', 'authors', 1, '[
  {"name": "name", "kind": "string", "required": true, "min": 1, "max": 300},
  {"name": "bio", "kind": "markdown", "max": 20000},
  {"name": "email", "kind": "email"},
  {"name": "url", "kind": "url"},
  {"name": "role", "kind": "string", "max": 200}
]'::jsonb, true);

INSERT INTO type(name, collection, version, fields, system) VALUES
('page', 'pages', 1, '[
  {"name": "title", "kind": "string", "required": true, "min": 1, "max": 300},
  {"name": "body", "kind": "blocks"},
  {"name": "seo", "kind": "group", "of": [
    {"name": "title", "kind": "string", "max": 300},
    {"name": "description", "kind": "text", "max": 1000},
    {"name": "canonical", "kind": "url"}
  ]}
]'::jsonb, true);
