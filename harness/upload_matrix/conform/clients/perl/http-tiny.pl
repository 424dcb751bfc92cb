# An image edit with HTTP::Tiny, which Perl brings, and HTTP::Tiny::Multipart.
use strict;
use warnings;
use HTTP::Tiny;
use HTTP::Tiny::Multipart;
require './_call.pl';

without('HTTP::Tiny never sends a POST again for an answer with status 500') if asked('TRIES') ne '1';

# A file is a hash of its name and its content; without a name it would be text.
my %ways = (
    ''     => 'buffer',
    buffer => sub { my ($path, $name) = @_; {filename => $name, content => read_whole($path)} },
    told   => sub {
        my ($path, $name, $type) = @_;
        {filename => $name, content => read_whole($path), content_type => $type};
    },
);
my @files = uploads(\%ways, 'HTTP::Tiny::Multipart takes a string');
my $http = HTTP::Tiny->new(default_headers => {Authorization => 'Bearer ' . asked('API_KEY')});
my $answer = $http->post_multipart(asked('URL'), {
    model          => asked('MODEL'),
    prompt         => asked('PROMPT'),
    asked('FIELD') => @files > 1 ? \@files : $files[0],
});
die "$answer->{status} $answer->{reason}\n" unless $answer->{success};
