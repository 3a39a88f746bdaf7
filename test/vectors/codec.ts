// The wire's tests run on Node, whatever floor they stand on: this is where they get UTF-8 and deflate from.
export { nodeCodec as codec } from '../../src/hosts/node/codec.ts';
