# An image edit with LWP: HTTP::Request::Common makes the form.
use strict;
use warnings;
use HTTP::Request::Common qw(POST);
use LWP::UserAgent;
require './_call.pl';

without('LWP has no retries') if asked('TRIES') ne '1';

# A file is an array: a path (or nothing), a name, headers, and the content where there is no path.
my %ways = (
    ''     => 'path',
    path   => sub { my ($path) = @_; [$path] },
    buffer => sub { my ($path, $name) = @_; [undef, $name, Content => read_whole($path)] },
    told   => sub { my ($path, $name, $type) = @_; [$path, $name, Content_Type => $type] },
);
my @files = uploads(\%ways, 'HTTP::Request::Common takes a path or a string');
my $request = POST(
    asked('URL'),
    Authorization => 'Bearer ' . asked('API_KEY'),
    Content_Type  => 'form-data',
    Content       => [model => asked('MODEL'), prompt => asked('PROMPT'), map { asked('FIELD') => $_ } @files],
);
my $answer = LWP::UserAgent->new->request($request);
die $answer->status_line . "\n" unless $answer->is_success;
