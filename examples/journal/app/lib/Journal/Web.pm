package Journal::Web;
use strict;
use warnings;
use Journal;
use Journal::Files;
use Plack::Request;

my @ROUTES = (
    # Nothing shared is asked: a database that is away must not take every web slice with it.
    [ GET => qr{^/healthy$} => sub { text(200, "ok\n") } ],
    [ GET => qr{^/$} => \&front ],
    [ GET => qr{^/entry/(\d+)$} => \&entry ],
    [ POST => qr{^/entry$} => \&post ],
    [ POST => qr{^/entry/(\d+)/comment$} => \&comment ],
    [ POST => qr{^/subscription$} => \&subscribe ],
    [ POST => qr{^/import$} => \&import_entries ],
    [ POST => qr{^/userpic/(\w+)$} => \&store_userpic ],
    [ GET => qr{^/userpic/(\w+)$} => \&userpic ],
    [ GET => qr{^/address$} => sub { text(200, ($_[0]->header('X-Forwarded-For') // $_[0]->address) . "\n") } ],
    [ GET => qr{^/heavy/(\d+)$} => \&heavy ],
);

sub answer {
    my $request = Plack::Request->new($_[0]);
    # Perlbal asks OPTIONS of a connection before it trusts it with a request.
    return text(200, '') if $request->method eq 'OPTIONS';
    my $method = $request->method eq 'HEAD' ? 'GET' : $request->method;
    for my $route (@ROUTES) {
        my ($verb, $path, $page) = @$route;
        next unless $verb eq $method && $request->path_info =~ $path;
        my $argument = $1;
        my $response = eval { $page->($request, $argument) };
        return $response if $response;
        warn $request->path_info . ": $@";
        return text(500, "the page could not be made\n");
    }
    return text(404, "no such page\n");
}

sub text {
    my ($status, $body, @headers) = @_;
    return [ $status, [ 'Content-Type' => 'text/plain; charset=utf-8', 'Content-Length' => length $body, @headers ], [$body] ];
}

sub html {
    my ($title, $body, @headers) = @_;
    my $page = "<!doctype html><title>$title</title><link rel=stylesheet href=/stc/journal.css>\n$body\n";
    utf8::encode($page);
    my $length = length $page;
    return [ 200, [ 'Content-Type' => 'text/html; charset=utf-8', 'Content-Length' => $length, @headers ], [$page] ];
}

sub escape {
    my ($text) = @_;
    my %entity = ('<' => '&lt;', '>' => '&gt;', '&' => '&amp;');
    $text =~ s/([<>&])/$entity{$1}/g;
    return $text;
}

# What a form gave for a field, or a page's end.
sub field {
    my ($request, $name) = @_;
    my $value = $request->body_parameters->get($name) // die "the field '$name' is missing\n";
    utf8::decode($value);
    return $value;
}

sub front {
    my ($entries, $hit) = Journal::cached('front', sub {
        Journal::db(sub { $_[0]->selectall_arrayref('SELECT id, user, subject FROM entry ORDER BY id DESC LIMIT 20') });
    });
    my $list = join "\n", map { "<li><a href=/entry/$_->[0]>" . escape($_->[2]) . "</a> by $_->[1]" } @$entries;
    return html('Journal', "<ul>\n$list\n</ul>", 'X-Cache' => $hit ? 'hit' : 'miss', release());
}

sub release { return ('X-Release' => $ENV{RELEASE} // '1') }

sub entry {
    my ($request, $id) = @_;
    my ($entry, $hit) = Journal::cached("entry:$id", sub {
        Journal::db(sub {
            my ($dbh) = @_;
            my $found = $dbh->selectrow_hashref('SELECT * FROM entry WHERE id = ?', undef, $id) or return undef;
            my $comments = 'SELECT author, body FROM comment WHERE entry_id = ? ORDER BY id';
            return { %$found, comments => $dbh->selectall_arrayref($comments, undef, $id) };
        });
    });
    return text(404, "no such entry\n") unless $entry;
    my $comments = join "\n", map { "<p><b>$_->[0]</b> " . escape($_->[1]) } @{ $entry->{comments} };
    my $body = '<h1>' . escape($entry->{subject}) . "</h1>\n<p>" . escape($entry->{body}) . "\n$comments";
    return html(escape($entry->{subject}), $body, 'X-Cache' => $hit ? 'hit' : 'miss', release());
}

sub post {
    my ($request) = @_;
    my @row = map { field($request, $_) } qw(user subject body);
    my $id = Journal::db(sub {
        my ($dbh) = @_;
        $dbh->do("INSERT INTO entry (user, subject, body, source) VALUES (?, ?, ?, 'web')", undef, @row);
        return $dbh->{mysql_insertid};
    });
    Journal::forget('front');
    return text(201, "$id\n", Location => "/entry/$id");
}

sub comment {
    my ($request, $entry) = @_;
    my @row = ($entry, map { field($request, $_) } qw(author body));
    my $id = Journal::db(sub {
        my ($dbh) = @_;
        $dbh->do('INSERT INTO comment (entry_id, author, body) VALUES (?, ?, ?)', undef, @row);
        return $dbh->{mysql_insertid};
    });
    Journal::queue(Events => { comment => $id });
    Journal::forget("entry:$entry");
    return text(201, "$id\n", Location => "/entry/$entry");
}

sub subscribe {
    my ($request) = @_;
    my @row = map { field($request, $_) } qw(user email);
    Journal::db(sub { $_[0]->do('REPLACE INTO subscription (user, email) VALUES (?, ?)', undef, @row) });
    return text(201, "subscribed\n");
}

sub import_entries {
    my ($request) = @_;
    Journal::queue(Import => { user => field($request, 'user'), name => field($request, 'name'), lines => field($request, 'lines') });
    return text(202, "queued\n");
}

sub store_userpic {
    my ($request, $user) = @_;
    my $content = $request->content;
    Journal::Files::store("userpic:$user", $content);
    Journal::forget("userpic:$user");
    return text(201, "stored\n");
}

# The balancer fetches the picture from a storage slice itself: web only says where it is.
sub userpic {
    my ($request, $user) = @_;
    my @urls = Journal::Files::urls("userpic:$user");
    return text(404, "no such userpic\n") unless @urls;
    my $nginx = $urls[0] =~ s{^http://}{/reproxy/}r;
    my @headers = ('X-Reproxy-URL' => "@urls", 'X-Accel-Redirect' => $nginx);
    return [ 200, [ 'Content-Type' => 'image/png', 'Content-Length' => 0, @headers ], [] ];
}

# Uses the CPU for so many milliseconds: what a heavy page costs.
sub heavy {
    my ($request, $milliseconds) = @_;
    my $end = (times)[0] + $milliseconds / 1000;
    my $sum = 0;
    while ((times)[0] < $end) { $sum += $_ * $_ for 1 .. 1000 }
    return text(200, "done\n");
}

1;
