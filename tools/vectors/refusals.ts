/** Datagrams that are refused. */
import type { Refusal } from '../../src/wire/index.ts';

const SENDER = '0a0b0c0d 00000007 01020304';
/** A RESPONSE to call 1, as a part of a BUNDLE. */
const ANSWER = '04 0006 00000001 3432';
/** The fixed fields of an EVENT. */
const RECORD = '000000110000000f0b0b0b0b0000002a0003020404010202000003e8000008fc000001f40a0b0c0d0c0001';
const OFFERS = '00000000 0003 00 01 02 02 00 04 01 000003e8';
const json = (text: string): string => Buffer.from(text).toString('hex');

/** By hand: name, refusal, bytes, description. */
export const REFUSALS: readonly (readonly [name: string, refusal: Refusal, hex: string, description: string])[] = [
  ['newer-protocol', 'newer-protocol', `d3 05 04 00 ${SENDER} 0003 00000834 00 09`, 'a later protocol'],
  ['not-tdos', 'not-tdos', '00 05 04 00', 'another first byte'],
  ['truncated-header', 'truncated', 'd2 05 04 00 0a0b0c0d', 'cut within the header'],
  ['truncated-body', 'truncated', `d2 05 04 00 ${SENDER} 0003 0000`, 'cut within the fixed fields'],
  ['unknown-type', 'unknown-type', `d2 11 04 00 ${SENDER}`, 'type 17, which there is not'],
  ['unknown-flags', 'unknown-flags', `d2 05 0c 00 ${SENDER} 0003 00000834 00 09`, 'a flag without a meaning'],
  ['sealed', 'sealed', `d2 05 06 01 ${SENDER} 0003 00000834 00 09 0011223344556677`, 'sealed with key 1'],
  ['no-sender', 'bad-field', 'd2 09 04 00 00000000 00000007 00000001 00000063', 'node id 0'],
  ['no-epoch', 'bad-field', 'd2 09 04 00 0a0b0c0d 00000000 00000001 00000063', 'boot epoch 0'],
  ['bad-compression', 'bad-compression', `d2 04 05 00 ${SENDER} ffffff`, 'flagged as deflated, and is not'],
  ['bad-text', 'bad-text', `d2 04 04 00 ${SENDER} 00000001 22ff22`, 'not UTF-8'],
  ['bad-json', 'bad-json', `d2 04 04 00 ${SENDER} 00000001 7b22`, 'not JSON'],
  [
    'part-beyond-parts',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 02 02 02 02 00 04 01 000003e8 ${json('["a",[]]')}`,
    'part 2 of 2, counted from 0',
  ],
  [
    'no-parts',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 00 00 02 02 00 04 01 000003e8 ${json('["a",[]]')}`,
    'parts 0',
  ],
  [
    'no-room',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 00 01 02 02 00 00 01 000003e8 ${json('["a",[]]')}`,
    'takes 0 KiB',
  ],
  [
    'protocol-backwards',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 00 01 03 02 00 04 01 000003e8 ${json('["a",[]]')}`,
    'protocol 3 to 2',
  ],
  ['name-empty', 'bad-field', `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["",[]]')}`, 'a node without a name'],
  [
    'name-control',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["a\\u001b[2J",[]]')}`,
    'a control character in a name',
  ],
  [
    'name-too-long',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json(`["${'a'.repeat(65)}",[]]`)}`,
    'a name of 65 characters',
  ],
  [
    'reason-control',
    'bad-field',
    `d2 0d 04 00 ${SENDER} ${RECORD} ${json('["a","10.0.0.1:1",[],"\\u001b[2J"]')}`,
    'a reason that would move the cursor of a terminal',
  ],
  [
    'reason-too-long',
    'bad-field',
    `d2 0d 04 00 ${SENDER} ${RECORD} ${json(`["a","10.0.0.1:1",[],"${'x'.repeat(97)}"]`)}`,
    'a reason of 97 units',
  ],
  [
    'service-index',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["a",[[256,"s","1"]]]')}`,
    'a service index of 256',
  ],
  [
    'label-not-text',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["a",[[0,"s","1",{"room":1}]]]')}`,
    'a label that is no string',
  ],
  ['ack-kind', 'bad-field', `d2 07 04 00 ${SENDER} 00000001 04 00000000`, 'an ACK of kind 4'],
  ['block-carries', 'bad-field', `d2 0e 04 00 ${SENDER} 00000001 05 0000 00000001 00`, 'a BLOCK of a heartbeat'],
  [
    'block-size',
    'bad-field',
    `d2 0e 04 00 ${SENDER} 00000001 04 0000 00000002 00`,
    'a BLOCK with less data than its size says',
  ],
  [
    'probe-request-address',
    'bad-field',
    `d2 0a 04 00 ${SENDER} 00000001 00000002 ${json('"192.168.4.256:1"')}`,
    'an address that is none',
  ],
  [
    'error-words',
    'bad-field',
    `d2 06 04 00 ${SENDER} 00000001 ${json('["BUSY",{"toString":"x"}]')}`,
    'words that are no text, and cannot be made one',
  ],
  ['bundle-empty', 'bad-field', `d2 10 04 00 ${SENDER}`, 'a BUNDLE of nothing'],
  [
    'bundle-cut',
    'truncated',
    `d2 10 04 00 ${SENDER} ${ANSWER} 04 0006 00000002 34`,
    'a BUNDLE whose last message is cut',
  ],
  ['bundle-of-probe', 'bad-field', `d2 10 04 00 ${SENDER} ${ANSWER} 09 0004 00000063`, 'a BUNDLE with a PROBE in it'],
  ['bundle-of-bundle', 'bad-field', `d2 10 04 00 ${SENDER} 10 0009 ${ANSWER}`, 'a BUNDLE in a BUNDLE'],
  [
    'bundle-bad-json',
    'bad-json',
    `d2 10 04 00 ${SENDER} ${ANSWER} 04 0006 00000002 7b22`,
    'one of its messages is no JSON',
  ],
];
