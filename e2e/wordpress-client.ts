/** An author's browser: it keeps the session's cookies, and asks WordPress' own interface. */
export class WordPressClient {
  private cookie = 'wordpress_test_cookie=WP+Cookie+check';

  constructor(private readonly url: string) {}

  /** Returns the answer's status: WordPress leads an author on with 302, and shows the form again with 200. */
  public async logIn(log: string, pwd: string): Promise<number> {
    const body = new URLSearchParams({ log, pwd, testcookie: '1' });
    const headers = { cookie: this.cookie };
    const answer = await fetch(`${this.url}/wp-login.php`, { method: 'POST', body, headers, redirect: 'manual' });
    this.cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    return answer.status;
  }

  /** Returns where visitors read it. */
  public async post(fields: Record<string, string>): Promise<string> {
    const body = JSON.stringify(fields);
    const { link } = await this.create<{ link: string }>('posts', body, { 'content-type': 'application/json' });
    return link;
  }

  public upload(name: string, type: string, content: Buffer): Promise<Upload> {
    const headers = { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` };
    return this.create<Upload>('media', new Uint8Array(content), headers);
  }

  private async create<T>(
    what: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string>,
  ): Promise<T> {
    const { cookie } = this;
    const asked = await fetch(`${this.url}/wp-admin/admin-ajax.php?action=rest-nonce`, { headers: { cookie } });
    const answer = await fetch(`${this.url}/?rest_route=/wp/v2/${what}`, {
      method: 'POST',
      headers: { cookie, 'x-wp-nonce': await asked.text(), ...headers },
      body,
    });
    if (answer.status !== 201) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

/** Where a file is, and the smaller ones that were made of it. */
export interface Upload {
  readonly source_url: string;
  readonly media_details: { readonly sizes: { readonly thumbnail: { readonly source_url: string } } };
}
