/** The objects of a folder of manifests, written down one by one with cdk8s-plus and nothing else: what PLAIN names. */
import { readFileSync } from 'node:fs';
import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-34';

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

const app = new App();
const charts = JSON.parse(readFileSync(process.env['PLAIN']!, 'utf8')) as { name: string; objects: Any[] }[];
for (const { name, objects } of charts) {
  const chart = new Chart(app, name);
  objects.forEach(({ kind, metadata, ...rest }, index) => {
    const made = (k8s as Any)[`Kube${kind}`] ?? (k8s as Any)[`Kube${kind}V2`];
    delete rest.apiVersion;
    new made(chart, `${kind}-${index}`, { metadata, ...rest });
  });
}
app.synth();
