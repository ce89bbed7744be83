/** SITES sites of twenty slices each. */
import { App } from 'cdk8s';
import { addSite } from './sites';

const app = new App();
for (let index = 0; index < Number(process.env['SITES']); index++) addSite(app, `site${index}`);
app.synth();
