<?php
// Laravel's own worker: on SIGTERM it finishes its job and exits.
require __DIR__ . '/queue.php';

use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Queue\Events\JobFailed;
use Illuminate\Queue\Worker;
use Illuminate\Queue\WorkerOptions;

class Letter
{
    /** Takes as long as it is told, or fails. */
    public function fire(object $job, array $data): void
    {
        // A signal ends a sleep.
        for ($end = time() + (int) ($data['seconds'] ?? 0); time() < $end;) {
            sleep(1);
        }
        if ($data['to'] === 'nobody') {
            throw new RuntimeException('nobody takes it');
        }
        db()->table('sent')->insert(['name' => $data['to']]);
        $job->delete();
    }
}

class Log implements ExceptionHandler
{
    public function report(Throwable $error): void
    {
        fwrite(STDERR, "{$error->getMessage()}\n");
    }

    public function shouldReport(Throwable $error): bool
    {
        return true;
    }

    public function render($request, Throwable $error): void
    {
    }

    public function renderForConsole($output, Throwable $error): void
    {
    }
}

function db(): object
{
    return Illuminate\Container\Container::getInstance()['db'];
}

$events->listen(JobFailed::class, fn (JobFailed $failed) => db()->table('failed_jobs')->insert([
    'queue' => $failed->job->getQueue(),
    'payload' => $failed->job->getRawBody(),
    'exception' => (string) $failed->exception,
]));
$worker = new Worker($queue->getQueueManager(), $events, new Log(), fn () => false);
exit($worker->daemon('default', $argv[1] ?? 'default', new WorkerOptions(sleep: 1, maxTries: 1)));
