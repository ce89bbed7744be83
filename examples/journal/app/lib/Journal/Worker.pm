package Journal::Worker;
# A worker class keeps an account of its runs, so that one can see that a job whose worker was killed ran again.
use strict;
use warnings;
use parent 'TheSchwartz::Worker';
use Journal;

sub grab_for { 30 }
sub max_retries { 20 }
sub retry_delay { 5 }

sub work {
    my ($class, $job) = @_;
    my $run = Journal::db(sub {
        my ($dbh) = @_;
        $dbh->do('INSERT INTO job_run (worker, job) VALUES (?, ?)', undef, $class, $job->jobid);
        return $dbh->{mysql_insertid};
    });
    $class->run($job->arg, $job);
    Journal::db(sub { $_[0]->do('UPDATE job_run SET finished = TRUE WHERE id = ?', undef, $run) });
    $job->completed;
    return;
}

1;
