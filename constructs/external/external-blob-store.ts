import { Construct } from 'constructs';
import { envName } from '../core/binding';
import { checked } from '../core/inputs/checked';
import { problem } from '../core/problems';
import { ExistingSecret } from '../core/secret-file';
import { ExternalService, ExternalServiceProps } from './external-service';
import { Server, serverOf } from './server';

/** Properties for `ExternalBlobStore`. */
export interface ExternalBlobStoreProps extends ExternalServiceProps {
  /** The address of the store's S3 API: `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;

  /** The bucket, which exists. */
  readonly bucket: string;

  /**
   * The region that requests are signed for.
   *
   * @default us-east-1, which stores without regions take
   */
  readonly region?: string;

  /** The key of an existing Secret that has the name of the access key. */
  readonly accessKey: ExistingSecret;

  /** The key of an existing Secret that has the secret access key. */
  readonly secretKey: ExistingSecret;
}

/** Stores have names that AWS no longer gives, in capitals and with underscores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;
const REGION = /^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/;

/**
 * A bucket of an S3 store outside the site. Its users get the variables of a `BlobStore` of Garage: `FILES_S3_ENDPOINT`, `FILES_S3_REGION`,
 * `FILES_BUCKET`, `FILES_ACCESS_KEY` and `FILES_SECRET_KEY`.
 *
 * A `Balancer` cannot take it as `blobs`: programs serve its files, or lead browsers to signed URLs.
 */
@checked
export class ExternalBlobStore extends ExternalService {
  constructor(scope: Construct, id: string, props: ExternalBlobStoreProps) {
    super(scope, id, props);
    const { endpoint, bucket, region = 'us-east-1' } = props;
    this._reach(this.serverOf(endpoint));
    if (!BUCKET.test(bucket))
      problem(
        this,
        'bucket',
        bucket,
        "write 3 to 63 letters, digits, dots, hyphens and underscores, such as 'uploads'",
      );
    if (!REGION.test(region)) problem(this, 'region', region, "write the store's region, such as 'us-east-1'");
    const name = (what: string) => envName(this.node.id, what);
    this._env = [
      { name: name('S3_ENDPOINT'), value: endpoint },
      { name: name('S3_REGION'), value: region },
      { name: name('BUCKET'), value: bucket },
      this._given('accessKey', props.accessKey)(name('ACCESS_KEY')),
      this._given('secretKey', props.secretKey)(name('SECRET_KEY')),
    ];
  }

  private serverOf(endpoint: string): Server[] {
    const [, scheme, host = ''] = /^(https?):\/\/([^/]+)$/.exec(endpoint) ?? [];
    if (scheme === undefined) {
      problem(this, 'endpoint', endpoint, "write the store's address alone, such as 'https://s3.example.org'");
      return [];
    }
    const port = scheme === 'https' ? 443 : 80;
    return [serverOf(/:\d+$/.test(host) ? host : `${host}:${port}`, 'endpoint')];
  }
}
