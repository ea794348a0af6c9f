import { fail } from '../errno.ts';
import type { Preview1Calls, WasiContext } from '../wasi-context.ts';

/**
 * There are no sockets; what a descriptor stands for is never one.
 *
 * @internal
 */
export const socketCalls: Preview1Calls<
  'sock_accept' | 'sock_recv' | 'sock_send' | 'sock_shutdown'
> = {
  sock_accept: refuse,
  sock_recv: refuse,
  sock_send: refuse,
  sock_shutdown: refuse,
};

function refuse({ descriptors }: WasiContext, fd: number): void {
  descriptors.get(fd);
  fail('notsock');
}
