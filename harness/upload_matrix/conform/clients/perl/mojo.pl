# An image edit with Mojo::UserAgent: its form generator.
use Mojo::Base -strict;
use Mojo::Asset::File;
use Mojo::UserAgent;
use Mojo::Util qw(decode);
require './_call.pl';

without('Mojo::UserAgent has no retries') if asked('TRIES') ne '1';

# Mojolicious takes characters, where the environment has bytes.
sub text { decode 'UTF-8', $_[0] }

my %ways = (
    ''     => 'path',
    path   => sub { my ($path) = @_; {file => $path} },
    handle => sub {
        my ($path) = @_;
        open my $handle, '<:raw', $path or die "$path: $!\n";
        {file => Mojo::Asset::File->new(handle => $handle)};
    },
    buffer => sub { my ($path) = @_; {content => read_whole($path)} },
    told   => sub { my ($path, $name, $type) = @_; {file => $path, filename => text($name), 'Content-Type' => $type} },
);
my @files = uploads(\%ways, 'Mojo::UserAgent takes a path, an asset or a string');
my $form = {model => text(asked('MODEL')), prompt => text(asked('PROMPT')), asked('FIELD') => \@files};
my $headers = {Authorization => 'Bearer ' . asked('API_KEY')};
my $answer = Mojo::UserAgent->new->post(asked('URL') => $headers => form => $form)->result;
die $answer->message . "\n" unless $answer->is_success;
