-- TheSchwartz's tables, in MySQL's dialect; running it again changes nothing. Two differences from what the module ships:
-- `error.message` holds a whole stack trace (a strict server would refuse to record a failure longer than 255
-- characters), and `error` has a primary key, which replication by rows wants of every table.
CREATE TABLE IF NOT EXISTS funcmap (
  funcid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  funcname VARCHAR(255) NOT NULL,
  UNIQUE KEY (funcname)
) ENGINE=InnoDB CHARACTER SET latin1;

CREATE TABLE IF NOT EXISTS job (
  jobid BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  funcid INT UNSIGNED NOT NULL,
  arg MEDIUMBLOB,
  uniqkey VARCHAR(255) NULL,
  insert_time INT UNSIGNED,
  run_after INT UNSIGNED NOT NULL,
  grabbed_until INT UNSIGNED NOT NULL,
  priority SMALLINT UNSIGNED,
  coalesce VARCHAR(255),
  KEY (funcid, run_after),
  UNIQUE KEY (funcid, uniqkey),
  KEY (funcid, coalesce)
) ENGINE=InnoDB CHARACTER SET latin1;

CREATE TABLE IF NOT EXISTS note (
  jobid BIGINT UNSIGNED NOT NULL,
  notekey VARCHAR(255) NOT NULL,
  value MEDIUMBLOB,
  PRIMARY KEY (jobid, notekey)
) ENGINE=InnoDB CHARACTER SET latin1;

CREATE TABLE IF NOT EXISTS error (
  errorid BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  error_time INT UNSIGNED NOT NULL,
  jobid BIGINT UNSIGNED NOT NULL,
  message TEXT NOT NULL,
  funcid INT UNSIGNED NOT NULL DEFAULT 0,
  KEY (funcid, error_time),
  KEY (error_time),
  KEY (jobid)
) ENGINE=InnoDB CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS exitstatus (
  jobid BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  funcid INT UNSIGNED NOT NULL DEFAULT 0,
  status SMALLINT UNSIGNED,
  completion_time INT UNSIGNED,
  delete_after INT UNSIGNED,
  KEY (funcid),
  KEY (delete_after)
) ENGINE=InnoDB CHARACTER SET latin1;
