import { Duration } from 'cdk8s';
import { api } from './input-samples';
import { refuses } from './wrong-values';

refuses('Admin', [
  [
    'a time as Prometheus writes it',
    () => ({ retention: '30d' }),
    "'retention' is '30d': write a time, such as Duration.seconds(30)",
  ],
  [
    'part of an hour',
    () => ({ retention: Duration.minutes(30) }),
    "'retention' is 1800 s: write whole hours, as Duration.hours(1)",
  ],
  [
    'an image without a tag',
    () => ({ image: 'prom/prometheus' }),
    "'image' is 'prom/prometheus': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'two slices',
    () => ({ slices: 2 }),
    "'slices' is 2: there is no property of this name; leave it out, or write one of: …",
  ],
]);

const SECRET = { secret: 'alerts', key: 'address' };
const repository = 'https://git.example.org/dfw';
const flux = (props: object) => ({ gitOps: api.GitOps.flux({ repository, ...props }) });

refuses('Admin', [
  [
    'figures for a million years',
    () => ({ retention: Duration.days(20_000) }),
    "'retention' is 1728000000 s: write whole hours, as Duration.hours(87600)",
  ],
  [
    'a time whose number is not set',
    () => ({ retention: Duration.days(undefined as never) }),
    "'retention' is an amount of undefined: write a number in it, such as Duration.seconds(30)",
  ],
  [
    'pages at a template',
    () => ({ runbooks: 'https://example.org/{{x}}' }),
    "'runbooks' is 'https://example.org/{{x}}': write a whole address, such as 'https://github.com/cdk8s-slices/cdk8s-slices/blob/main/docs/alerts.md'",
  ],
  [
    'a token in the address',
    () => flux({ repository: 'https://token@git.example.org/dfw' }),
    "'gitOps.repository' is 'git.example.org': it has a password or a token in it; put that into a Secret, and leave it out here",
  ],
  [
    'an address of no repository',
    () => flux({ repository: 'https://git.example.org' }),
    "'gitOps.repository' is 'https://git.example.org': name the repository, too, such as 'https://git.example.org/ams'",
  ],
  [
    'a branch that Git would not take',
    () => flux({ branch: 'a..b' }),
    "'gitOps.branch' is 'a..b': write the name of a branch, such as 'main'",
  ],
  [
    'a comparison in a year',
    () => flux({ interval: Duration.days(365) }),
    "'gitOps.interval' is 31536000 s: write Duration.seconds(10) or more, up to Duration.days(1)",
  ],
  [
    'a namespace with a dot',
    () => ({ gitOps: api.GitOps.argoCD({ repository, namespace: 'a.b' }) }),
    "'gitOps.namespace' is 'a.b': write lower-case letters, digits and hyphens, starting with a letter",
  ],
  [
    'a channel of two lines',
    () => ({ notify: [api.Notify.slack({ secret: SECRET, channel: '#a\nb' })] }),
    "'notify.0.channel' is '#a\\nb': write a channel or a person, such as '#ops' or '@ops'",
  ],
  [
    'a channel that is a template',
    () => ({ notify: [api.Notify.slack({ secret: SECRET, channel: '{{x}}' })] }),
    "'notify.0.channel' is '{{x}}': write a channel or a person, such as '#ops' or '@ops'",
  ],
  [
    'a port beside an address',
    () => ({ notify: [api.Notify.webhook({ url: 'https://example.org/', port: 443 })] }),
    "'notify.0.port' is 443: the port of 'url' is in it; leave this out",
  ],
  [
    'an account without a name',
    () => ({
      notify: [api.Notify.email({ to: ['ops@example.org'], server: '10.1.2.3', user: '', password: SECRET })],
    }),
    "'notify.0.user' is '': write a name without a space at an end",
  ],
]);
