/**
 * Writes the types of all that a user gives to the library, for `checkInputs` to compare with: run by `npm run build:agent`.
 *
 * They come from the sources and not from jsii's assembly, which takes half a minute to make and is not there on a fresh clone. A
 * test compares the two.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from '@swc/core';
import type { ClassTypes, Fields, FunctionTypes, InputTypes } from '../constructs/core/inputs/input-types';

const ROOT = resolve(__dirname, '..');
const K8S = 'imports/k8s.ts';

/** The types while they are collected. */
type Written = { [part in keyof InputTypes]: Record<string, InputTypes[part][string]> };

export const INPUT_TYPES_FILE = 'constructs/core/inputs/input-types-bundle.ts';

/** A node of the syntax tree. */
// oxlint-disable-next-line typescript/no-explicit-any
type Node = any;

/** The types of the public classes and functions, and of what these need. */
export function inputTypes(): InputTypes {
  const types: Written = { structs: {}, enums: {}, classes: {}, interfaces: {} };
  const index = parse('constructs/index.ts').body.map(({ source }: Node) => source.value as string);
  // What is made by `cdk8s import` is checked as a part of what the library is given.
  const files = index
    .filter((file: string) => file !== './core/imports')
    .map((file: string) => `constructs/${file}.ts`);
  const own = new Map<string, Node>(files.flatMap((file: string) => declarations(join(file))));
  const k8s = new Map(declarations(K8S));
  for (const [name, node] of own) add(types, name, node, (each) => own.get(each), '');
  const done = new Set<string>();
  for (let open = k8sNames(types); open.length > 0; open = k8sNames(types).filter((each) => !done.has(each)))
    for (const name of open) {
      done.add(name);
      add(types, `k8s.${name}`, k8s.get(name), (each) => k8s.get(each), 'k8s.');
    }
  return types;
}

/** Types of Kubernetes that are mentioned. */
function k8sNames({ structs }: Written): string[] {
  const mentioned = Object.values(structs).flatMap((fields) => Object.values(fields));
  return [...new Set(mentioned.flatMap((type) => [...type.matchAll(/k8s\.(\w+)/g)].map(([, name]) => name as string)))];
}

function parse(file: string): Node {
  return parseSync(readFileSync(join(ROOT, file), 'utf8'), { syntax: 'typescript', decorators: true });
}

function declarations(file: string): [string, Node][] {
  const nodes: Node[] = parse(file).body.flatMap(({ declaration }: Node) => declaration ?? []);
  return nodes.flatMap((node) => {
    const name = (node.id ?? node.identifier)?.value;
    return name ? [[name, node] as [string, Node]] : [];
  });
}

function add(types: Written, name: string, node: Node, find: (name: string) => Node, prefix: string): void {
  switch (node.type) {
    case 'TsEnumDeclaration':
      types.enums[name] = Object.fromEntries(node.members.map(({ id, init }: Node) => [id.value, init.value]));
      break;
    case 'ClassDeclaration':
      types.classes[name] = classTypes(node, prefix);
      break;
    case 'TsInterfaceDeclaration':
      if (/^I[A-Z]/.test(name)) types.interfaces[name] = interfaceMembers(node);
      else types.structs[name] = structFields(node, find, prefix);
  }
}

function interfaceMembers(node: Node): string[] {
  return node.body.body.map(({ key }: Node) => key.value);
}

function structFields(node: Node, find: (name: string) => Node, prefix: string): Fields {
  const own = node.body.body.map((each: Node) => field(each.key.value, each.optional, each.typeAnnotation, prefix));
  const bases = node.extends.map(({ expression }: Node) => structFields(find(expression.value), find, prefix));
  return Object.assign({}, Object.fromEntries(own), ...bases);
}

function field(name: string, optional: boolean, annotation: Node, prefix: string): [string, string] {
  return [optional ? `${name}?` : name, typeOf(annotation.typeAnnotation, prefix)];
}

/** `string`, `Size`, `string[]`, `Map<number>`, … */
function typeOf(node: Node, prefix: string): string {
  switch (node.type) {
    case 'TsKeywordType':
      // Kubernetes counts in whole numbers alone.
      return node.kind === 'number' && prefix !== '' ? 'integer' : node.kind;
    case 'TsArrayType':
      return `${typeOf(node.elemType, prefix)}[]`;
    case 'TsTypeLiteral':
      return `Map<${typeOf(node.members[0].typeAnnotation.typeAnnotation, prefix)}>`;
    case 'TsTypeReference': {
      const { typeName, typeParams } = node;
      if (typeName.type === 'TsQualifiedName') return `${typeName.left.value}.${typeName.right.value}`;
      if (typeName.value === 'Record') return `Map<${typeOf(typeParams.params[1], prefix)}>`;
      return typeName.value === 'Date' ? 'Date' : prefix + typeName.value;
    }
    default:
      throw new Error(`${node.type} is no type that other languages have`);
  }
}

function classTypes(node: Node, prefix: string): ClassTypes {
  const open: Node[] = node.body.filter(isPublic);
  const functions = (isStatic: boolean) =>
    open.filter((each) => each.type === 'ClassMethod' && each.kind === 'method' && each.isStatic === isStatic);
  const named = (nodes: Node[]) =>
    Object.fromEntries(nodes.map((each) => [each.key.value, functionTypes(each.function, prefix)]));
  const constructors = open.filter(({ type }) => type === 'Constructor');
  const [factories, methods] = [named(functions(true)), named(functions(false))];
  return {
    ...(node.superClass ? { base: prefix + node.superClass.value } : {}),
    ...(node.isAbstract ? { abstract: true } : {}),
    ...(constructors[0] ? { make: parameters(constructors[0].params, prefix) } : {}),
    ...(Object.keys(factories).length > 0 ? { factories } : {}),
    ...(Object.keys(methods).length > 0 ? { methods } : {}),
    members: open.filter((each) => isMember(each)).map(({ key }) => key.value),
  };
}

function functionTypes({ params, returnType }: Node, prefix: string): FunctionTypes {
  return { parameters: parameters(params, prefix), returns: typeOf(returnType.typeAnnotation, prefix) };
}

function isPublic(node: Node): boolean {
  // A protected constructor is one that other classes call.
  const open = node.accessibility !== 'private' && (node.accessibility !== 'protected' || node.type === 'Constructor');
  return open && !node.key?.value?.startsWith('_');
}

function isMember({ type, kind, isStatic }: Node): boolean {
  return !isStatic && (type === 'ClassProperty' || (type === 'ClassMethod' && kind === 'getter'));
}

function parameters(nodes: Node[], prefix: string): Fields {
  return Object.fromEntries(
    nodes.map((node) => {
      const pattern = node.pat ?? node.param ?? node;
      const named = pattern.type === 'AssignmentPattern' ? pattern.left : pattern;
      const optional = named.optional === true || pattern !== named;
      return field(named.value, optional, named.typeAnnotation, prefix);
    }),
  );
}

/** The module of the library. */
export function inputTypesModule(): string {
  const types = JSON.stringify(inputTypes(), undefined, 2);
  const about = '// Generated by `npm run build:agent` from the public API. Do not edit.';
  const type = "import type { InputTypes } from './input-types';";
  return `${about}\n${type}\n\nexport const INPUT_TYPES: InputTypes = ${types};\n`;
}

if (require.main === module) writeFileSync(join(ROOT, INPUT_TYPES_FILE), inputTypesModule());
