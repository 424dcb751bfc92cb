# The call to make, as the environment has it; `required` by the programs beside it.
use strict;
use warnings;
use File::Basename qw(basename);

sub asked { $ENV{"UPLOAD_MATRIX_$_[0]"} }

sub without {
    my ($sentence) = @_;
    print STDERR "$sentence\n";
    exit 77;
}

# The container's way, called for each file with path, name and type; the sentence tells what a client takes.
sub uploads {
    my ($ways, $sentence) = @_;
    my $container = asked('CONTAINER');
    my $way = $ways->{$container || $ways->{''}} or without("$sentence, not a $container");
    my @paths = split /\n/, asked('FILES');
    my @types = split /\n/, asked('TYPES');
    my @names = (asked('FILENAME'), map { basename($_) } @paths[1 .. $#paths]);
    return map { $way->($paths[$_], $names[$_], $types[$_]) } 0 .. $#paths;
}

sub read_whole {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    return readline($file) // '';
}

1;
