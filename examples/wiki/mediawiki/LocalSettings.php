<?php
$wgSitename = 'Wiki';
$wgMetaNamespace = 'Project';
$wgServer = getenv( 'WIKI_URL' );
$wgScriptPath = '';
$wgResourceBasePath = '';
$wgSecretKey = getenv( 'WIKI_SECRET_KEY' );

$wgDBtype = 'mysql';
$wgDBserver = getenv( 'DB_HOST' ) . ':' . getenv( 'DB_PORT' );
$wgDBname = getenv( 'DB_NAME' );
$wgDBuser = getenv( 'DB_USER' );
$wgDBpassword = getenv( 'DB_PASSWORD' );

// A server that died answers nothing: no page waits longer for it, and no worker of Apache. Only a change of tables may take longer.
$wgDBservers = [ [
	'type' => $wgDBtype,
	'host' => $wgDBserver,
	'dbname' => $wgDBname,
	'user' => $wgDBuser,
	'password' => $wgDBpassword,
	'flags' => DBO_DEFAULT,
	'load' => 1,
	'connectTimeout' => 1,
	'receiveTimeout' => PHP_SAPI === 'cli' ? 0 : 4,
] ];

// What the database answered stands in the logs of the slice, and no reader is told more than a number.
$wgDBerrorLog = 'php://stderr';
$wgDebugLogGroups['exception'] = 'php://stderr';

// Sessions, objects and pages are in the cache, so that any slice answers any request.
$wgMainCacheType = $wgSessionCacheType = $wgParserCacheType = $wgMessageCacheType = CACHE_MEMCACHED;
$wgMemCachedServers = explode( ',', getenv( 'MEMC_SERVERS' ) );
// A server that died answers nothing, and is tried twice a page: an answer within the cluster takes a millisecond.
$wgObjectCaches[CACHE_MEMCACHED]['connect_timeout'] = 0.1;

// The job runners run the jobs; no reader waits for one.
$wgJobRunRate = 0;

// The balancers, which have addresses of the cluster, say whose request they pass on.
$wgCdnServersNoPurge = [ '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16' ];
$wgUsePrivateIPs = true;

wfLoadSkin( 'Vector' );
$wgDefaultSkin = 'vector';
