use strict;
use warnings;
use Journal::Web;

\&Journal::Web::answer;
