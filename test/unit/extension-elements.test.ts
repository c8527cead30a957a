import assert from 'node:assert/strict';
import { Elements, type Changes } from '../../src/extension/views/elements.ts';
import type { TreeNode } from '../../src/extension/views/tree-node.ts';

const leaf = (id: string, label = id): TreeNode => ({ id, item: { label } });
const branch = (id: string, children: TreeNode['children'], label = id): TreeNode => ({ ...leaf(id, label), children });

const ids = (changes: Changes): readonly string[] | 'all' =>
  changes === 'all' ? changes : changes.map(({ id }) => id);

describe('elements of a tree', () => {
  it('draws all of it at first, and nothing when nothing has changed', () => {
    const elements = new Elements();
    const nodes = (): TreeNode[] => [branch('a', [leaf('a/1'), leaf('a/2')]), leaf('b')];
    assert.equal(elements.show(nodes()), 'all');
    assert.deepEqual(elements.show(nodes()), []);
  });

  it('keeps the object of an element, and gives it what it shows now', () => {
    const elements = new Elements();
    elements.show([leaf('a', 'before')]);
    const [before] = elements.roots;
    assert.deepEqual(ids(elements.show([leaf('a', 'after')])), ['a']);
    assert.equal(elements.roots[0], before);
    assert.equal(before?.node.item.label, 'after');
  });

  it('draws a changed leaf without what is beside or above it', () => {
    const elements = new Elements();
    elements.show([branch('a', [leaf('a/1'), leaf('a/2')]), leaf('b')]);
    assert.deepEqual(ids(elements.show([branch('a', [leaf('a/1'), leaf('a/2', 'new')]), leaf('b')])), ['a/2']);
  });

  it('draws an element alone where what is below it changes too, since it brings that along', () => {
    const elements = new Elements();
    elements.show([branch('a', [leaf('a/1')])]);
    assert.deepEqual(ids(elements.show([branch('a', [leaf('a/1', 'new')], 'new')])), ['a']);
  });

  it('draws the parent of what comes, goes or changes places', () => {
    const elements = new Elements();
    elements.show([branch('a', [leaf('a/1'), leaf('a/2')])]);
    assert.deepEqual(ids(elements.show([branch('a', [leaf('a/2'), leaf('a/1')])])), ['a']);
    assert.deepEqual(ids(elements.show([branch('a', [leaf('a/2')])])), ['a']);
    assert.equal(elements.find('a/1'), undefined);
    assert.deepEqual(ids(elements.show([branch('a', [leaf('a/2'), leaf('a/3')])])), ['a']);
    assert.equal(elements.show([leaf('z'), branch('a', [leaf('a/2'), leaf('a/3')])]), 'all');
  });

  it('knows what is above an element', () => {
    const elements = new Elements();
    elements.show([branch('a', [branch('a/1', [leaf('a/1/x')])])]);
    const deep = elements.find('a/1/x');
    assert.equal(deep?.parent?.id, 'a/1');
    assert.equal(deep.parent.parent?.id, 'a');
    assert.equal(deep.parent.parent.parent, undefined);
    assert.deepEqual(elements.childrenOf(deep.parent), [deep]);
  });

  it('draws an element whose children have been read, or have to be again', () => {
    const elements = new Elements();
    elements.show([branch('a', 'unread')]);
    assert.deepEqual(ids(elements.show([branch('a', [])])), ['a']);
    assert.deepEqual(ids(elements.show([branch('a', 'unread')])), ['a']);
    assert.deepEqual(ids(elements.show([leaf('a')])), ['a']);
  });
});
