import { WasmatrixError } from '../core/errors.ts';

/** Why a call was refused whose caller asks somebody else next: nothing was done. */
export class TentativeRefusal extends WasmatrixError {}
