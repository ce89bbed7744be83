<?php
// Laravel's queue without the rest of Laravel: each job is a row of the table `jobs`.
foreach (['Queue', 'Database', 'Events'] as $part) {
    require_once "Illuminate/$part/autoload.php";
}

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager as Database;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\Capsule\Manager as Queue;

$container = Container::setInstance(new Container());
$database = new Database($container);
$database->addConnection([
    'driver' => 'mysql',
    'host' => getenv('QUEUE_DB_HOST'),
    'port' => getenv('QUEUE_DB_PORT'),
    'database' => getenv('QUEUE_DB_NAME'),
    'username' => getenv('QUEUE_DB_USER'),
    'password' => getenv('QUEUE_DB_PASSWORD'),
    'timezone' => '+00:00',
]);
$container->instance('db', $database->getDatabaseManager());
$events = new Dispatcher($container);
$container->instance('events', $events);
$container->instance(Illuminate\Contracts\Events\Dispatcher::class, $events);
$queue = new Queue($container);
$queue->addConnection(['driver' => 'database', 'table' => 'jobs', 'queue' => 'default', 'retry_after' => 90]);
