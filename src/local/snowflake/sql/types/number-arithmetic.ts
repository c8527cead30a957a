import { number, type DataType } from './data-type.ts';

type NumberType = Extract<DataType, { kind: 'NUMBER' }>;

/** The type of `a op b` for fixed-point operands (sql-reference/operators-arithmetic, "Arithmetic operators"). */
export function arithmeticType(operator: '+' | '-' | '*' | '/' | '%', a: NumberType, b: NumberType): NumberType {
  const wholeA = a.precision - a.scale;
  const wholeB = b.precision - b.scale;
  switch (operator) {
    case '+':
    case '-': {
      const scale = Math.max(a.scale, b.scale);
      return fixed(Math.max(wholeA, wholeB) + 1, scale);
    }
    case '*':
      return fixed(wholeA + wholeB, Math.min(a.scale + b.scale, Math.max(a.scale, b.scale, 12)));
    case '/':
      return fixed(wholeA + b.scale, Math.max(a.scale, Math.min(a.scale + 6, 12)));
    case '%':
      return fixed(Math.max(wholeA, wholeB), Math.max(a.scale, b.scale));
  }
}

function fixed(whole: number, scale: number): NumberType {
  return number(Math.min(38, whole + scale), scale) as NumberType;
}
