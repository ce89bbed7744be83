/** Seconds between the figures that are made up. */
export const EVERY = 60;
const WEEK = 7 * 86_400;

/** A series: its name with labels, its type, and its value at a time, in seconds since the week began. */
type Made = readonly [series: string, kind: 'gauge' | 'counter', at: (time: number) => number | undefined];

/** The same numbers each time. */
function noise(seed: string, time: number): number {
  let hash = 2_166_136_261;
  for (const letter of `${seed} ${time}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return (hash >>> 0) / 2 ** 32;
}

/** Many by day, few by night. */
function busy(time: number): number {
  return 0.55 - 0.45 * Math.cos((time / 86_400) * 2 * Math.PI);
}

/** A counter that grows by so much a second. */
function growing(rate: (time: number) => number): (time: number) => number {
  const sums: number[] = [0];
  return (time) => {
    for (let index = sums.length; index <= time / EVERY; index++)
      sums.push(sums[index - 1]! + rate(index * EVERY) * EVERY);
    return sums[Math.round(time / EVERY)]!;
  };
}

/** The week: the balancer's pair changed twice, and the database's once, when its first slice was away for 25 minutes. */
export const CHANGES = { 'ams-lb': [1.6 * 86_400, 5.4 * 86_400], 'ams-db': [WEEK - 5 * 3600] };
const AWAY = { from: CHANGES['ams-db'][0]!, to: CHANGES['ams-db'][0]! + 1500 };

function pair(role: string): Made[] {
  const changes: number[] = CHANGES[role as keyof typeof CHANGES];
  const past = (time: number) => changes.filter((each) => each <= time).length;
  return [0, 1].flatMap((index): Made[] => {
    const labels = `{role="${role}",slice="${role}0${index + 1}"}`;
    const there = (time: number) => role !== 'ams-db' || index === 1 || time < AWAY.from || time > AWAY.to;
    return [
      [`heartbeat_active${labels}`, 'gauge', (time) => (there(time) ? Number(past(time) % 2 === index) : undefined)],
      [`heartbeat_term${labels}`, 'gauge', (time) => (there(time) ? 4 + past(time) : undefined)],
      [`heartbeat_engine_well${labels}`, 'gauge', (time) => (there(time) ? 1 : undefined)],
      [`heartbeat_last_takeover_seconds${labels}`, 'gauge', (time) => (past(time) > 0 ? 0.43 : 0)],
    ];
  });
}

function engines(): Made[] {
  const lb = (slice: number) => `{role="ams-lb",slice="ams-lb0${slice}"}`;
  const asked = (slice: number) =>
    growing((time) => 5 + (pairLeads('ams-lb', slice, time) ? 180 * busy(time) * (0.9 + 0.2 * noise('lb', time)) : 0));
  const failed = (slice: number) =>
    growing((time) => (pairLeads('ams-lb', slice, time) ? (time > AWAY.from && time < AWAY.from + 300 ? 9 : 0.05) : 0));
  const slow = { '0.1': 0.3, '0.25': 0.09, '0.5': 0.02, '1': 0.005, '2.5': 0.001, '5': 0, '10': 0 };
  const db = (slice: number) => `{role="ams-db",slice="ams-db0${slice}"}`;
  const memc = (slice: number) => `role="ams-memc",slice="ams-memc0${slice}"`;
  return [1, 2].flatMap((slice): Made[] => [
    [`nginx_http_requests_total${lb(slice)}`, 'counter', asked(slice)],
    [`nginx_server_errors_total${lb(slice)}`, 'counter', failed(slice)],
    [
      `nginx_connections_active${lb(slice)}`,
      'gauge',
      (time) => Math.round(pairLeads('ams-lb', slice, time) ? 40 * busy(time) + 9 * noise('c', time) : 1),
    ],
    ...Object.entries(slow).map(([over, share]): Made => [
      `nginx_web_slow_total{role="ams-lb",slice="ams-lb0${slice}",over="${over}"}`,
      'counter',
      growing((time) =>
        pairLeads('ams-lb', slice, time) ? 180 * busy(time) * Math.min(1, share * (0.4 + busy(time))) : 0,
      ),
    ]),
    [
      `mysql_replica_lag_seconds${db(slice)}`,
      'gauge',
      (time) =>
        pairLeads('ams-db', slice, time)
          ? 0
          : dbIsThere(slice, time)
            ? time > AWAY.to && time < AWAY.to + 1200
              ? 30
              : 0.2 * noise('lag', time)
            : undefined,
    ],
    [
      `mysql_primary_has_replica${db(slice)}`,
      'gauge',
      (time) => (pairLeads('ams-db', slice, time) ? Number(time < AWAY.from || time > AWAY.to + 600) : undefined),
    ],
    [
      `memcached_commands_total{${memc(slice)},command="get",status="hit"}`,
      'counter',
      growing((time) => 400 * busy(time)),
    ],
    [
      `memcached_commands_total{${memc(slice)},command="get",status="miss"}`,
      'counter',
      growing((time) => 400 * busy(time) * (0.06 + 0.02 * noise('miss', time))),
    ],
    [`memcached_current_connections{${memc(slice)}}`, 'gauge', (time) => 20 + Math.round(10 * busy(time))],
    [`memcached_current_bytes{${memc(slice)}}`, 'gauge', () => 380e6],
    [`memcached_limit_bytes{${memc(slice)}}`, 'gauge', () => 440e6],
  ]);
}

function pairLeads(role: keyof typeof CHANGES, slice: number, time: number): boolean {
  return CHANGES[role].filter((each) => each <= time).length % 2 === slice - 1;
}

function dbIsThere(slice: number, time: number): boolean {
  return slice === 2 || time < AWAY.from || time > AWAY.to;
}

const RELEASED = 3.2 * 86_400;

/** The slices, with the names that a Deployment's pods have before and after a release. */
function slices(): Made[] {
  const fixed = ['ams-admin01', 'ams-db01', 'ams-db02', 'ams-lb01', 'ams-lb02', 'ams-memc01', 'ams-memc02'];
  const of = (slice: string, mebibytes: number, level: number, there: (time: number) => boolean): Made[] => {
    const [, role = ''] = /^(ams-[a-z]+)/.exec(slice) ?? [];
    const labels = `{slice="${slice}",role="${role}"}`;
    const bytes = mebibytes * 1024 * 1024;
    const used = (time: number) => level + 0.15 * busy(time) + 0.04 * noise(slice, Math.floor(time / 900));
    return [
      [
        `slice:ram_limit:bytes${labels}`,
        'gauge',
        (time) => (there(time) || slice.startsWith('ams-db') ? bytes : undefined),
      ],
      [`slice:up${labels}`, 'gauge', (time) => (there(time) ? 1 : slice.startsWith('ams-db') ? 0 : undefined)],
      [`slice:ram_used:ratio${labels}`, 'gauge', (time) => (there(time) ? used(time) : undefined)],
      [
        `pod_cpu_usage_seconds_total${labels}`,
        'counter',
        growing((time) => (there(time) ? 0.02 + 0.3 * level * busy(time) + 0.05 * noise(`${slice}cpu`, time) : 0)),
      ],
    ];
  };
  const always = () => true;
  return [
    ...fixed.flatMap((slice) =>
      of(
        slice,
        slice.startsWith('ams-db') ? 2048 : slice.startsWith('ams-lb') ? 256 : 512,
        slice.startsWith('ams-db') ? 0.72 : 0.35,
        slice === 'ams-db01' ? (time) => dbIsThere(1, time) : always,
      ),
    ),
    ...['x2x7k', 'p9ctq'].flatMap((end) => of(`ams-web-6c9d8b7f5d-${end}`, 512, 0.5, (time) => time < RELEASED)),
    ...['fl7zz', 'm4wtn'].flatMap((end) => of(`ams-web-5f7b9c6d84-${end}`, 512, 0.55, (time) => time >= RELEASED)),
    ...of('ams-jobs-7d9f6c5b48-k8s2v', 512, 0.6, always),
  ];
}

function queue(): Made[] {
  const of = '{role="ams-jobs",function="Email"}';
  const due = (time: number) =>
    Math.round(
      Math.max(
        0,
        60 * busy(time) * noise('due', Math.floor(time / 600)) + (time > AWAY.from && time < AWAY.to ? 900 : 0),
      ),
    );
  return [
    [`theschwartz_ready${of}`, 'gauge', due],
    [`theschwartz_oldest_ready_seconds${of}`, 'gauge', (time) => due(time) * 1.3],
  ];
}

/** Figures that a database and a queue tell beside. */
function further(): Made[] {
  const db = (slice: number) => `{role="ams-db",slice="ams-db0${slice}"}`;
  const there = (slice: number, at: (time: number) => number) => (time: number) =>
    dbIsThere(slice, time) ? at(time) : undefined;
  const jobs = '{role="ams-jobs",function="Email"}';
  return [
    ...[1, 2].flatMap((slice): Made[] => [
      [
        `mysql_global_status_rpl_semi_sync_source_clients${db(slice)}`,
        'gauge',
        (time) => Number(pairLeads('ams-db', slice, time) && dbIsThere(3 - slice, time)),
      ],
      [
        `mysql_global_status_questions${db(slice)}`,
        'gauge',
        there(
          slice,
          growing((time) => (pairLeads('ams-db', slice, time) ? 700 : 90) * busy(time)),
        ),
      ],
      [
        `mysql_global_status_innodb_buffer_pool_read_requests${db(slice)}`,
        'gauge',
        growing((time) => 9000 * busy(time)),
      ],
      [
        `mysql_global_status_innodb_buffer_pool_reads${db(slice)}`,
        'gauge',
        growing((time) => 9000 * busy(time) * 0.01 * (1 + noise('pool', time))),
      ],
      [
        `mysql_global_status_threads_connected${db(slice)}`,
        'gauge',
        there(slice, (time) => Math.round(10 + 40 * busy(time))),
      ],
      [`mysql_global_variables_max_connections${db(slice)}`, 'gauge', () => 151],
      [`kubelet_volume_stats_capacity_bytes{slice="ams-db0${slice}"}`, 'gauge', () => 20e9],
      [`kubelet_volume_stats_available_bytes{slice="ams-db0${slice}"}`, 'gauge', (time) => 12e9 - time * 4000],
      [`memcached_items_evicted_total{role="ams-memc",slice="ams-memc0${slice}"}`, 'counter', growing(() => 0)],
      [`nginx_web_missed_total{role="ams-lb",slice="ams-lb0${slice}"}`, 'counter', growing(() => 0)],
    ]),
    [`theschwartz_running${jobs}`, 'gauge', (time) => Math.round(4 * busy(time))],
    [`theschwartz_failures_in_15m${jobs}`, 'gauge', (time) => Math.round(3 * noise('failed', Math.floor(time / 3600)))],
    ...['6c9d8b7f5d-x2x7k', '6c9d8b7f5d-p9ctq', '5f7b9c6d84-fl7zz', '5f7b9c6d84-m4wtn'].flatMap((end): Made[] => {
      const of = `role="ams-web",slice="ams-web-${end}"`;
      const runs = (time: number) => time < RELEASED === end.startsWith('6');
      return [
        [
          `apache_workers{${of},state="busy"}`,
          'gauge',
          (time) => (runs(time) ? Math.round(9 * busy(time)) : undefined),
        ],
        [`apache_workers_most{${of}}`, 'gauge', (time) => (runs(time) ? 12 : undefined)],
        [`apache_accesses_total{${of}}`, 'counter', growing((time) => (runs(time) ? 90 * busy(time) : 0))],
      ];
    }),
  ];
}

/** All series of a week that ends at a time, in OpenMetrics. */
export function openMetrics(end: number): string {
  const all = [...pair('ams-lb'), ...pair('ams-db'), ...engines(), ...slices(), ...queue(), ...further()];
  const families = new Map<string, Made[]>();
  for (const made of all) {
    const [name = ''] = made[0].split('{');
    families.set(name, [...(families.get(name) ?? []), made]);
  }
  const lines = [...families].flatMap(([name, series]) => [
    `# TYPE ${series[0]![1] === 'counter' ? name.replace(/_total$/, '') : name} ${series[0]![1]}`,
    ...series.flatMap(([text, , at]) =>
      Array.from({ length: WEEK / EVERY + 1 }, (_, index) => {
        const value = at(index * EVERY);
        return value === undefined ? [] : [`${text} ${value} ${end - WEEK + index * EVERY}`];
      }).flat(),
    ),
  ]);
  return `${lines.join('\n')}\n# EOF\n`;
}
