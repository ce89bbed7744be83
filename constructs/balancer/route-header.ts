import { checked } from '../core/inputs/checked';

/** A header that a request must have for a route to take it. */
@checked
export class RouteHeader {
  /**
   * The header is there once, with this value: letters in the same case, and nothing before or after it.
   *
   * @param name The header's name, in any case: `X-Release`.
   * @param value At most 200 letters, digits, spaces and `._~@+,:;/=*-`.
   */
  public static is(name: string, value: string): RouteHeader {
    return new RouteHeader(name, value);
  }

  /**
   * The header is there, with any value but an empty one.
   *
   * @param name The header's name, in any case: `X-Preview`.
   */
  public static present(name: string): RouteHeader {
    return new RouteHeader(name, undefined);
  }

  private constructor(
    /** @internal */
    public readonly _name: string,
    /** None where any will do. @internal */
    public readonly _value: string | undefined,
  ) {}

  /** The header as an error names it. @internal */
  public get _text(): string {
    return this._value === undefined ? this._name : `${this._name}: ${this._value}`;
  }
}
