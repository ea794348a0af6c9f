import { expect } from 'chai';
import {
  ComponentInstance,
  ComponentTree,
} from '../../workers/abi/component/component-instance.ts';
import { HostResource } from '../../workers/abi/component/host-imports.ts';
import { GuestTrap } from '../../workers/guest-failure.ts';

/** A resource of the host that can only end once its part has. */
class Whole extends HostResource implements Disposable {
  readonly part: Part;
  ends = 0;
  constructor(part: Part) {
    super();
    this.part = part;
  }
  [Symbol.dispose](): void {
    if (this.part.ends === 0) throw new GuestTrap('its part is still open');
    this.ends++;
  }
}

class Part extends HostResource implements Disposable {
  ends = 0;
  [Symbol.dispose](): void {
    this.ends++;
  }
}

describe('what a guest leaves behind', () => {
  const type = { name: 'thing', owner: undefined, destructor: undefined };

  it('is given back once, parts before what they are parts of, in all instances', () => {
    const tree = new ComponentTree(1_000);
    const [one, other] = [new ComponentInstance(tree), new ComponentInstance(tree)];
    const part = new Part();
    const whole = new Whole(part);
    const [dropped, elsewhere] = [new Part(), new Part()];
    one.handles.add(type, whole);
    one.handles.add(type, part);
    other.handles.add(type, elsewhere);
    one.handles.remove(type, one.handles.add(type, dropped));
    tree.giveBack();
    expect([whole.ends, part.ends, elsewhere.ends, dropped.ends]).to.deep.equal([1, 1, 1, 0]);
  });

  it('is not what was only lent to it, nor a resource of its own', () => {
    const tree = new ComponentTree(1_000);
    const instance = new ComponentInstance(tree);
    const lent = new Part();
    instance.handles.add(type, lent, { borrowCount: 0 });
    instance.handles.add(type, 5);
    tree.giveBack();
    expect(lent.ends).to.equal(0);
  });
});
