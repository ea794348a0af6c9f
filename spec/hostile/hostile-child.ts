import { BREAKERS } from './breakers.ts';
import { HostileStage } from './hostile-run.ts';

/**
 * Lets one guest loose and sends what became of it; whoever has started this process then ends it, since
 * the guest may not let it come to its end.
 */
const title = process.argv[2];
const guest = BREAKERS.find((each) => each.title === title);
if (guest === undefined) throw new TypeError(`there is no guest "${String(title)}"`);
// A guest that cannot be ended would otherwise outlive whoever is to end this process.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
const stage = await HostileStage.open();
process.send?.(await stage.run(guest));
