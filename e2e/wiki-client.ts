/** One visitor of a wiki, with the cookies that it was given. */
export class WikiClient {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  public async page(path: string): Promise<Response> {
    const headers = { cookie: this.cookie() };
    return this.keep(await fetch(`${this.url}${path}`, { headers, redirect: 'manual' }));
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  public async ask(query: Record<string, string>): Promise<any> {
    const parameters = new URLSearchParams({ format: 'json', formatversion: '2', ...query }).toString();
    return (await this.page(`/api.php?${parameters}`)).json();
  }

  public async logIn(lgname: string, lgpassword: string): Promise<void> {
    const lgtoken = await this.token('login');
    const { login } = await this.tell({ action: 'login', lgname, lgpassword, lgtoken });
    if (login?.result !== 'Success') throw new Error(`no login: ${JSON.stringify(login)}`);
  }

  /**
   * Saves a page. An edit and the jobs of the one before may lock the gaps of a table in different orders, the more so the fewer
   * rows it has; MySQL then refuses one of the two (1213, "try restarting transaction"), and nothing of it was done.
   */
  public async edit(title: string, text: string, times = 3): Promise<void> {
    const answer = await this.tell({ action: 'edit', title, text, token: await this.token('csrf'), assert: 'user' });
    if (answer.error?.errorclass === 'Wikimedia\\Rdbms\\DBQueryError' && times > 1)
      return this.edit(title, text, times - 1);
    if (answer.edit?.result !== 'Success') throw new Error(`${title} was not saved: ${JSON.stringify(answer)}`);
  }

  private async token(type: string): Promise<string> {
    return (await this.ask({ action: 'query', meta: 'tokens', type })).query.tokens[`${type}token`];
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  private async tell(form: Record<string, string>): Promise<any> {
    const body = new URLSearchParams({ format: 'json', formatversion: '2', ...form });
    const headers = { cookie: this.cookie() };
    return this.keep(await fetch(`${this.url}/api.php`, { method: 'POST', headers, body })).json();
  }

  private cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  private keep(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(';', 1)[0]!.split('=') as [string, string];
      this.cookies.set(name, value);
    }
    return response;
  }
}
