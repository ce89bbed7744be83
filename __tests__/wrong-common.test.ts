import { Size } from 'cdk8s';
import { api } from './input-samples';
import { image, refuses } from './wrong-values';

refuses('WebTier', [
  ['a command of nothing', () => ({ migrate: [''] }), "'migrate' is ['']: write the program that it runs"],
  [
    'one toleration without a list',
    () => ({ scheduling: { tolerations: { key: 'a' } } }),
    "'scheduling.tolerations' is { key }: write a list, as [{ … }]",
  ],
  [
    'a misspelt effect',
    () => ({ scheduling: { tolerations: [{ key: 'a', effect: 'noschedule' }] } }),
    "'scheduling.tolerations' is 'noschedule': write NoSchedule, PreferNoSchedule or NoExecute, or leave the effect out",
  ],
  [
    'a misspelt affinity',
    () => ({ scheduling: { affinity: { nodeAffinty: {} } } }),
    "'scheduling.affinity.nodeAffinty' is {  }: there is no property of this name; did you mean 'nodeAffinity'? Otherwise leave it out",
  ],
  [
    'CPU as Kubernetes writes it',
    () => ({ resources: { cpuLimit: '500m' } }),
    "'resources.cpuLimit' is '500m': write Cpu.millis(…) or Cpu.cores(…) or Cpu.millisPerGibibyte(…)",
  ],
  [
    'more CPU than its limit',
    () => ({ resources: { cpuRequest: api.Cpu.cores(2), cpuLimit: api.Cpu.cores(1) } }),
    "'resources.cpuLimit' is 1000 m: a slice asks for 2000 m; write Cpu.millis(2000) or more",
  ],
  [
    'Kubernetes’ limits',
    () => ({ resources: { limits: { cpu: '1' } } }),
    "'resources.limits' is { cpu }: there is no property of this name; leave it out, or write one of: …",
  ],
  [
    'a label that the library writes',
    () => ({ metadata: { labels: { 'app.kubernetes.io/name': 'x' } } }),
    "'metadata.labels' is 'app.kubernetes.io/name': the library itself writes it; leave it out",
  ],
  [
    'a label too long',
    () => ({ metadata: { labels: { app: 'x'.repeat(64) } } }),
    "'metadata.labels.app' is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': write up to 63 letters and digits, with hyphens, dots and underscores between them",
  ],
  [
    'a number as a label',
    () => ({ metadata: { labels: { app: 5 } } }),
    "'metadata.labels.app' is 5: write text, as '5'",
  ],
  [
    'pull Secrets as Kubernetes has them',
    () => ({ images: { pullSecrets: [{ name: 'x' }] } }),
    "'images.pullSecrets.x' is { name }: write text, as 'x'",
  ],
  [
    'a registry by its URL',
    () => ({ images: { registryMirrors: { 'https://docker.io': 'x.org' } } }),
    "'images.registryMirrors' is 'https://docker.io': write a registry's host, such as 'docker.io'",
  ],
  [
    'a mount without its volume',
    () => ({ pods: { mounts: [{ name: 'nope', mountPath: '/x' }] } }),
    "'pods.mounts' is 'nope': there is no such volume; name one of 'pods.volumes'",
  ],
  [
    'a sidecar larger than the slice',
    () => ({ pods: { sidecars: [{ name: 'a', image, ram: Size.mebibytes(600) }] } }),
    "'ram' is 512 MiB: Apache, two workers and the sidecars need 712 MiB; write that or more, or a smaller workerRam",
  ],
  [
    'a sidecar with the engine’s name',
    () => ({ pods: { sidecars: [{ name: 'apache', image, ram: Size.mebibytes(16) }] } }),
    "'pods.sidecars' is 'apache': the library has one of that name in this pod; write another",
  ],
  [
    'a sidecar as root',
    () => ({ pods: { sidecars: [{ name: 'a', image, ram: Size.mebibytes(16), user: 0 }] } }),
    "'pods.sidecars.a.user' is 0: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a host alias without names',
    () => ({ pods: { hostAliases: [{ ip: '192.0.2.7' }] } }),
    "'pods.hostAliases' is '192.0.2.7': give it names, as hostnames: ['db.example.org']",
  ],
  [
    'a host alias with a space in its name',
    () => ({ pods: { hostAliases: [{ ip: '192.0.2.7', hostnames: ['a b'] }] } }),
    "'pods.hostAliases' is 'a b': write a name of lower-case letters, digits, '-' and '.'",
  ],
  ['what it uses as text', () => ({ uses: 'db' }), "'uses' is 'db': write a list, as [db]"],
  [
    'a storage class with a space',
    () => ({ storageClassName: 'A B' }),
    "'storageClassName' is 'A B': write a name of lower-case letters, digits, '-' and '.'",
  ],
]);

/** An affinity for nodes by one expression. */
function nodesBy(expression: object): object {
  const terms = { nodeSelectorTerms: [{ matchExpressions: [expression] }] };
  return { scheduling: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } } };
}

/** A pod with one volume more, and one mount of it. */
function mounting(mount: object, volume: object = { emptyDir: {} }): object {
  return { pods: { volumes: [{ name: 'a', ...volume }], mounts: [{ name: 'a', ...mount }] } };
}

const sidecar = { name: 'a', image, ram: Size.mebibytes(16) };

refuses('WebTier', [
  [
    'a label below a domain with two dots',
    () => ({ metadata: { labels: { 'a..b/c': 'x' } } }),
    "'metadata.labels' is 'a..b/c': write up to 63 letters and digits, with hyphens, dots and underscores between them, or that behind a domain, as in 'example.org/team'",
  ],
  [
    'a NUL in an annotation',
    () => ({ metadata: { annotations: { a: 'x\0' } } }),
    "'metadata.annotations.a' is 'x\\u0000': kubectl would not read it as it is; write text without control characters",
  ],
  [
    'half of a character in an annotation',
    () => ({ metadata: { podAnnotations: { a: '\ud800' } } }),
    "'metadata.podAnnotations.a' is '\\ud800': kubectl would not read it as it is; write text without control characters",
  ],
  [
    'kubectl’s own annotation',
    () => ({ metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } }),
    "'metadata.annotations' is 'kubectl.kubernetes.io/last-applied-configuration': kubectl or the library itself writes it; leave it out",
  ],
  [
    'annotations larger than an object’s',
    () => ({ metadata: { annotations: { a: 'x'.repeat(200_000) } } }),
    "'metadata.annotations' is '200001 bytes': Kubernetes does not take so much; write 100,000 or fewer",
  ],
  [
    'seconds in parts',
    () => ({ scheduling: { tolerations: [{ key: 'a', effect: 'NoExecute', tolerationSeconds: 1.5 }] } }),
    "'scheduling.tolerations[0].tolerationSeconds' is 1.5: write a whole number",
  ],
  [
    'seconds in quotes',
    () => ({ scheduling: { tolerations: [{ key: 'a', effect: 'NoExecute', tolerationSeconds: '5' }] } }),
    "'scheduling.tolerations[0].tolerationSeconds' is '5': write a whole number, as 5 without quotes",
  ],
  [
    'a taint’s key with a space',
    () => ({ scheduling: { tolerations: [{ key: 'a b', operator: 'Exists' }] } }),
    "'scheduling.tolerations' is 'a b': write up to 63 letters and digits, with hyphens, dots and underscores between them, or that behind a domain, as in 'example.org/team'",
  ],
  [
    'a taint’s value with a space',
    () => ({ scheduling: { tolerations: [{ key: 'a', value: 'x y' }] } }),
    "'scheduling.tolerations' is 'x y': write up to 63 letters and digits, with hyphens, dots and underscores between them",
  ],
  [
    'an operator in lower case',
    () => nodesBy({ key: 'disk', operator: 'in', values: ['ssd'] }),
    "'scheduling.affinity' is 'in': write one of In, NotIn, Exists, DoesNotExist, Gt, Lt",
  ],
  [
    'an expression without values',
    () => nodesBy({ key: 'disk', operator: 'In' }),
    "'scheduling.affinity' is []: write the values that 'In' takes: one or more",
  ],
  [
    'an affinity for nodes of no term',
    () => ({
      scheduling: {
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      },
    }),
    "'scheduling.affinity' is []: name one or more, or leave it out",
  ],
  [
    'a preference without a weight',
    () => ({
      scheduling: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 0, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
            ],
          },
        },
      },
    }),
    "'scheduling.affinity' is 0: write a whole number from 1 to 100",
  ],
  [
    'an affinity for pods on no kind of place',
    () => ({
      scheduling: {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] } },
      },
    }),
    "'scheduling.affinity' is '': write up to 63 letters and digits, with hyphens, dots and underscores between them, or that behind a domain, as in 'example.org/team'",
  ],
  [
    'more CPU than any node has',
    () => ({ resources: { cpuRequest: api.Cpu.cores(1e15) } }),
    "'resources.cpuRequest' is 1000000000000000000 m: write thousandths of a core, from 1 to 4096000, as in Cpu.millis(500)",
  ],
  [
    'a digest of no image',
    () => ({ images: { digests: { '': `sha256:${'a'.repeat(64)}` } } }),
    "'images.digests' is '': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'a volume of no kind',
    () => mounting({ mountPath: '/x' }, {}),
    "'pods.volumes.a' is []: a volume is of one kind; write one, as emptyDir: {}",
  ],
  [
    'a volume of two kinds',
    () => mounting({ mountPath: '/x' }, { emptyDir: {}, secret: { secretName: 'x' } }),
    "'pods.volumes.a' is ['emptyDir', 'secret']: a volume is of one kind; write one, as emptyDir: {}",
  ],
  [
    'a folder of the node',
    () => mounting({ mountPath: '/x' }, { hostPath: { path: '/' } }),
    "'pods.volumes.a' is 'hostPath': Pod Security 'restricted' refuses it; write one of configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret",
  ],
  [
    'a Secret without a name',
    () => mounting({ mountPath: '/x' }, { secret: {} }),
    "'pods.volumes.a' is undefined: write the object's name: secretName of a secret, name of a configMap",
  ],
  [
    'a ConfigMap in capitals',
    () => mounting({ mountPath: '/x' }, { configMap: { name: 'A B' } }),
    "'pods.volumes.a' is 'A B': write a name of lower-case letters, digits, '-' and '.'",
  ],
  [
    'permissions in decimals',
    () => mounting({ mountPath: '/x' }, { secret: { secretName: 'x', defaultMode: 9999 } }),
    "'pods.volumes.a' is 9999: write permissions from 0 to 0o777, as defaultMode: 0o440",
  ],
  [
    'a file above its volume',
    () => mounting({ mountPath: '/x' }, { secret: { secretName: 'x', items: [{ key: 'k', path: '../k' }] } }),
    "'pods.volumes.a' is '../k': write a path in the volume, as 'certificates'",
  ],
  [
    'a projection of nothing',
    () => mounting({ mountPath: '/x' }, { projected: {} }),
    "'pods.volumes.a' is undefined: name one or more sources of what is projected",
  ],
  [
    'a volume in a medium that there is not',
    () => mounting({ mountPath: '/x' }, { emptyDir: { medium: 'RAM' } }),
    "'pods.volumes.a' is 'RAM': write the medium 'Memory', or leave it out",
  ],
  [
    'two parts of one volume',
    () => mounting({ mountPath: '/x', subPath: 'a', subPathExpr: 'b' }),
    "'pods.mounts.subPathExpr' is 'b': it has subPath, too; leave one of them out",
  ],
  [
    'a field that nodes have not',
    () => ({
      scheduling: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.labels', operator: 'In', values: ['a'] }] }],
            },
          },
        },
      },
    }),
    "'scheduling.affinity' is 'metadata.labels': nodes have one field to match; write 'metadata.name', or matchExpressions",
  ],
  [
    'an address with a zone',
    () => ({ pods: { hostAliases: [{ ip: 'fe80::1%eth0', hostnames: ['a'] }] } }),
    "'pods.hostAliases' is 'fe80::1%eth0': write an address, such as '192.0.2.10'",
  ],
  [
    'a registry at a port that there is not',
    () => ({ image: 'registry.example.org:99999/forum:1' }),
    "'image' is 'registry.example.org:99999/forum:1': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  [
    'an amount that is none',
    () => mounting({ mountPath: '/x' }, { emptyDir: { sizeLimit: api.k8s.Quantity.fromString('lots') } }),
    "'pods.volumes.a.emptyDir.sizeLimit' is an object of Quantity: write an amount, such as k8s.Quantity.fromString('100Mi')",
  ],
  [
    'a mount in place of all files',
    () => mounting({ mountPath: '/' }),
    "'pods.mounts' is '/': write a whole path, as '/etc/ssl/site', and none of the system's own",
  ],
  [
    'a mount of the kernel’s folder',
    () => mounting({ mountPath: '/proc/x' }),
    "'pods.mounts' is '/proc/x': write a whole path, as '/etc/ssl/site', and none of the system's own",
  ],
  [
    'a part of a volume above it',
    () => mounting({ mountPath: '/x', subPath: '../y' }),
    "'pods.mounts.subPath' is '../y': write a path in the volume, as 'certificates'",
  ],
  [
    'a mount that others see',
    () => mounting({ mountPath: '/x', mountPropagation: 'Both' }),
    "'pods.mounts.mountPropagation' is 'Both': name a propagation that pods may have, None or HostToContainer",
  ],
  [
    'an address with names twice',
    () => {
      const alias = (name: string) => ({ ip: '192.0.2.7', hostnames: [name] });
      return { pods: { hostAliases: [alias('a'), alias('b')] } };
    },
    "'pods.hostAliases' is '192.0.2.7': it is there twice; write all of its hostnames in one",
  ],
  [
    'a sidecar of an empty command',
    () => ({ pods: { sidecars: [{ ...sidecar, command: [] }] } }),
    "'pods.sidecars.a.command' is []: write the program that it runs",
  ],
  [
    'one pull Secret twice',
    () => ({ images: { pullSecrets: ['a', 'a'] } }),
    "'images.pullSecrets[1]' is 'a': it is there twice; leave one of them out",
  ],
  [
    'RAM whose number is a text',
    () => ({ ram: Size.mebibytes('512' as never) }),
    "'ram' is an amount of '512': write a number in it, such as Size.mebibytes(512)",
  ],
  [
    'RAM whose number is not set',
    () => ({ ram: Size.gibibytes(undefined as never) }),
    "'ram' is an amount of undefined: write a number in it, such as Size.mebibytes(512)",
  ],
  [
    'RAM that Kubernetes cannot count',
    () => ({ ram: Size.tebibytes(1e12) }),
    "'ram' is 1048576000000000000 MiB: Kubernetes counts to 8 EiB; write less",
  ],
  [
    'RAM that no server has',
    () => ({ ram: Size.tebibytes(65) }),
    "'ram' is 68157440 MiB: no server has so much; write Size.tebibytes(64) or less",
  ],
  [
    'a list that is in itself',
    () => {
      const list: unknown[] = [];
      list.push(list);
      return { uses: list };
    },
    "'uses[0]' is [[…]]: write a role that others can use, such as a ReplicatedMySQL",
  ],
]);
