vcl 4.1;

# Varnish before `commentkit serve`. Change the address of the server.
# Every server needs COMMENTKIT_PUBLIC_URL=https://comments.example.org and COMMENTKIT_TRUSTED_HOPS=1.

backend commentkit {
    .host = "127.0.0.1";
    .port = "8000";
    .first_byte_timeout = 30s;
}

sub vcl_recv {
    # Varnish has written X-Forwarded-For already.
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.url ~ "^/commentkit/(embed\.js(\?|$)|static/|[a-z0-9-]+/(thread|counts)(\?|$)|[a-z0-9-]+/(replies|pictures)/)") {
        return (hash);      # whatever cookies came along: these answers do not depend on them
    }
    return (pass);
}

sub vcl_hash {
    hash_data(req.url);     # path and query, and not the Host: no answer depends on it
    return (lookup);
}

sub vcl_backend_response {
    # Varnish reads s-maxage, and stale-while-revalidate as grace.
    if (beresp.http.Cache-Control ~ "(?i)private|no-store") {
        set beresp.uncacheable = true;
        set beresp.ttl = 10s;
        return (deliver);
    }
    set beresp.keep = 60s;  # to ask again by ETag
}
