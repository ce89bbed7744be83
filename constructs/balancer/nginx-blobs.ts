/**
 * The web tier answers with `X-Accel-Redirect: /reproxy/10.0.0.5:7500/dev1/…`, and the balancer fetches that. The path is taken from the
 * answer as it stands: nginx' own copy is decoded and has lost the signed form.
 */
export function blobLocation(from: string, settings: string): string {
  return `    location ^~ /reproxy/ {
      internal;
${settings}      set $pointer $upstream_http_x_accel_redirect;
      # Nowhere else, whatever the web tier says.
      if ($pointer !~ ^/reproxy/(?<blobs>${from})(?<blob>/[!-~]*)$) { return 502; }
      proxy_pass http://$blobs$blob;
      proxy_http_version 1.1;
      proxy_connect_timeout 1s;
      # A URL is signed for this method and host. What the client says to the site, as in cookies, is none of the store's business.
      proxy_method GET;
      proxy_pass_request_body off;
      proxy_pass_request_headers off;
      proxy_set_header Content-Length "";
      proxy_set_header Connection "";
      proxy_set_header Host $blobs;
      proxy_set_header Range $http_range;
      proxy_set_header If-Range $http_if_range;
      proxy_set_header If-None-Match $http_if_none_match;
      proxy_set_header If-Modified-Since $http_if_modified_since;
      # What kind of file it is the web tier has said.
      proxy_hide_header Content-Type;
    }`;
}
