import { isCheap } from '../compile/typed.ts';
import { binary, number, varchar } from '../types/data-type.ts';
import { isPlain } from '../types/stored-text.ts';
import { overload, scalar, type FunctionDefinition } from './definition.ts';

const bytesOf = (text: string): string => `sf.text_bytes(${text})`;

/** A digest of text goes by its UTF-8 bytes. Text in its stored form is those bytes unless it holds NUL. */
const md5Text = (text: string): string =>
  isCheap(text) ? `(CASE WHEN ${isPlain(text)} THEN md5(${text}) ELSE sf.md5(${text}) END)` : `sf.md5(${text})`;

const md5 = scalar(
  overload(['text'], varchar(32), ([text = '']) => md5Text(text)),
  overload(['binary'], varchar(32), ([bytes = '']) => `md5(${bytes})`),
);

const half = (hex: string): string => `sf.unsigned(${hex})`;

const sha2 = (bits: string, bytes: string): string => {
  const size = bits.replaceAll(/[^0-9]/gu, '') === '' ? '256' : bits;
  return `encode(sf.sha2(${bytes}, ${size}), 'hex')`;
};

const hexEncode = scalar(
  overload(['binary'], varchar(), ([bytes = '']) => `upper(encode(${bytes}, 'hex'))`),
  overload(
    ['binary', 'integer'],
    varchar(),
    ([bytes = '', upper = '']) =>
      `CASE WHEN ${upper} = 0 THEN encode(${bytes}, 'hex') ELSE upper(encode(${bytes}, 'hex')) END`,
  ),
  overload(['text'], varchar(), ([text = '']) => `upper(encode(${bytesOf(text)}, 'hex'))`),
  overload(
    ['text', 'integer'],
    varchar(),
    ([text = '', upper = '']) =>
      `CASE WHEN ${upper} = 0 THEN encode(${bytesOf(text)}, 'hex') ELSE upper(encode(${bytesOf(text)}, 'hex')) END`,
  ),
);

export const binaryFunctions: Readonly<Record<string, FunctionDefinition>> = {
  HEX_ENCODE: hexEncode,
  HEX_DECODE_BINARY: scalar(overload(['text'], binary(), ([text = '']) => `sf.text_binary(${text}, false)`)),
  HEX_DECODE_STRING: scalar(
    overload(['text'], varchar(), ([text = '']) => `sf.bytes_text(sf.text_binary(${text}, false))`),
  ),
  TRY_HEX_DECODE_BINARY: scalar(
    overload(['text'], binary(), ([text = '']) => `sf.text_binary(${text}, true)`, { nulls: 'maybe' }),
  ),
  BASE64_ENCODE: scalar(
    overload(['binary'], varchar(), ([bytes = '']) => `replace(encode(${bytes}, 'base64'), E'\\n', '')`),
    overload(['text'], varchar(), ([text = '']) => `replace(encode(${bytesOf(text)}, 'base64'), E'\\n', '')`),
  ),
  BASE64_DECODE_BINARY: scalar(overload(['text'], binary(), ([text = '']) => `sf.base64_binary(${text})`)),
  BASE64_DECODE_STRING: scalar(
    overload(['text'], varchar(), ([text = '']) => `sf.bytes_text(sf.base64_binary(${text}))`),
  ),
  MD5: md5,
  MD5_HEX: md5,
  MD5_BINARY: scalar(
    overload(['text'], binary(16), ([text = '']) => `decode(${md5Text(text)}, 'hex')`),
    overload(['binary'], binary(16), ([bytes = '']) => `decode(md5(${bytes}), 'hex')`),
  ),
  MD5_NUMBER_LOWER64: scalar(
    overload(['text'], number(38, 0), ([text = '']) => half(`substr(${md5Text(text)}, 17)`)),
    overload(['binary'], number(38, 0), ([bytes = '']) => half(`substr(md5(${bytes}), 17)`)),
  ),
  MD5_NUMBER_UPPER64: scalar(
    overload(['text'], number(38, 0), ([text = '']) => half(`left(${md5Text(text)}, 16)`)),
    overload(['binary'], number(38, 0), ([bytes = '']) => half(`left(md5(${bytes}), 16)`)),
  ),
  SHA2: scalar(
    overload(['text'], varchar(128), ([text = '']) => sha2('256', bytesOf(text))),
    overload(['text', 'integer'], varchar(128), ([text = '', bits = '']) => sha2(bits, bytesOf(text))),
    overload(['binary'], varchar(128), ([bytes = '']) => sha2('256', bytes)),
    overload(['binary', 'integer'], varchar(128), ([bytes = '', bits = '']) => sha2(bits, bytes)),
  ),
  SHA2_HEX: scalar(
    overload(['text'], varchar(128), ([text = '']) => sha2('256', bytesOf(text))),
    overload(['text', 'integer'], varchar(128), ([text = '', bits = '']) => sha2(bits, bytesOf(text))),
  ),
  SHA2_BINARY: scalar(
    overload(['text'], binary(64), ([text = '']) => `sf.sha2(${bytesOf(text)}, 256)`),
    overload(['text', 'integer'], binary(64), ([text = '', bits = '']) => `sf.sha2(${bytesOf(text)}, ${bits})`),
  ),
};
