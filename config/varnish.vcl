# Varnish in front of Quoin: varnishd -f /etc/varnish/varnish.vcl -a :80
# Quoin has to believe it: [server] trusted_proxies = 127.0.0.1 (the address that Varnish comes from).
#
# What an answer depends on stands in its Surrogate-Key, and Quoin purges by it when it knows of this Varnish:
# [cache] purge_urls = http://127.0.0.1/ (the address of Varnish; let Quoin into the acl below). Without that an answer is kept
# for up to a minute. To make all answers go that name one of some keys by hand:
#     curl -X PURGE -H 'Surrogate-Key: entry:0197… type:article' http://127.0.0.1/
# and without the header the one at the given address:
#     curl -X PURGE http://127.0.0.1/v1/articles/kyiv-rebuilds
vcl 4.1;

backend quoin {
    .host = "127.0.0.1";
    .port = "8080";
    # or: .path = "/run/quoin/quoin.sock";
    .connect_timeout = 2s;
    # Longer than [server] request_timeout_ms, so that Quoin's own 503 arrives.
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 60s;
}

acl purgers {
    "127.0.0.0"/8;
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(403, "Not from here"));
        }
        if (req.http.Surrogate-Key) {
            # Keys become a regular expression: nothing but what they are made of may come into it.
            if (req.http.Surrogate-Key !~ "^[A-Za-z0-9:_-]+( [A-Za-z0-9:_-]+)*$") {
                return (synth(400, "Surrogate-Key: names with a blank between them"));
            }
            ban("obj.http.Surrogate-Key ~ (^|\s)(" + regsuball(req.http.Surrogate-Key, " ", "|") + ")(\s|$)");
        } else {
            return (purge);
        }
        return (synth(200, "Purged"));
    }

    # Who asks: Varnish has added the client to X-Forwarded-For before this.
    unset req.http.Forwarded;
    set req.http.X-Forwarded-Proto = "http";
    set req.http.X-Forwarded-Host = req.http.Host;

    # No answer depends on a cookie.
    unset req.http.Cookie;

    # Streams go through. What has credentials is not kept: Varnish's own rules say so after this.
    if (req.url ~ "^/v1/(import|export|events)") {
        return (pipe);
    }
}

sub vcl_pipe {
    # One request a connection, so that the next one is looked at again.
    set bereq.http.Connection = "close";
}

sub vcl_backend_response {
    # How long an answer may be kept is in its Cache-Control, to the next moment at which it changes by itself. Never past it …
    set beresp.grace = 0s;
    # … but what is old may ask whether it is still right: 304 instead of the body.
    set beresp.keep = 10m;
    # Not kept: Quoin's errors, what is not there yet, and what changed while it was being made or is about to. Varnish by itself would
    # then send every request for it through for two minutes.
    if (beresp.status >= 500 || (beresp.status >= 400 && beresp.http.Cache-Control ~ "no-store") ||
        (beresp.ttl <= 0s && beresp.http.Surrogate-Key)) {
        set beresp.ttl = 1s;
        set beresp.uncacheable = true;
        return (deliver);
    }
}

sub vcl_deliver {
    unset resp.http.Surrogate-Key;
    set resp.http.X-Cache = "miss";
    if (obj.hits > 0) {
        set resp.http.X-Cache = "hit";
    }
}
