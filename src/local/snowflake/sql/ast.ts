/** The syntax tree of the SQL that the stand-in understands. Names are already folded: unquoted ones are upper case. */

export interface Position {
  /** 1-based. */
  readonly line: number;
  /** 0-based, as Snowflake counts it in its messages. */
  readonly column: number;
}

export interface Identifier {
  readonly name: string;
  readonly quoted: boolean;
  readonly position: Position;
}

/** One to three identifiers: `TABLE`, `SCHEMA.TABLE`, `DB.SCHEMA.TABLE`. `DB..TABLE` has an empty middle part, which means PUBLIC. */
export type QualifiedName = readonly Identifier[];

export interface TypeName {
  readonly name: string;
  readonly parameters: readonly (number | TypeName)[];
  readonly position: Position;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '||' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'AND' | 'OR';

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nulls: 'FIRST' | 'LAST' | null;
}

export interface WindowFrame {
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBound;
  readonly end: FrameBound;
}

export interface FrameBound {
  readonly kind: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING';
  readonly offset: number | null;
}

export interface WindowSpecification {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | null;
}

export interface NamedArgument {
  readonly name: string;
  readonly value: Expression;
}

export type PathStep = { readonly key: string } | { readonly index: Expression };

interface Node {
  readonly position: Position;
}

export type Expression =
  | (Node & { readonly kind: 'null' })
  | (Node & { readonly kind: 'boolean'; readonly value: boolean })
  | (Node & { readonly kind: 'number'; readonly text: string })
  | (Node & { readonly kind: 'string'; readonly value: string })
  | (Node & { readonly kind: 'bind'; readonly key: string })
  | (Node & { readonly kind: 'column'; readonly path: QualifiedName })
  | (Node & { readonly kind: 'positional'; readonly index: number })
  | (Node & { readonly kind: 'star'; readonly qualifier: QualifiedName; readonly exclude: readonly string[] })
  | (Node & { readonly kind: 'negate' | 'plus' | 'not'; readonly operand: Expression })
  | (Node & {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Node & { readonly kind: 'isNull'; readonly operand: Expression; readonly negated: boolean })
  | (Node & {
      readonly kind: 'isBoolean';
      readonly operand: Expression;
      readonly value: boolean;
      readonly negated: boolean;
    })
  | (Node & {
      readonly kind: 'isDistinct';
      readonly left: Expression;
      readonly right: Expression;
      readonly negated: boolean;
    })
  | (Node & {
      readonly kind: 'between';
      readonly operand: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly negated: boolean;
    })
  | (Node & {
      readonly kind: 'inList';
      readonly operand: Expression;
      readonly items: readonly Expression[];
      readonly negated: boolean;
    })
  | (Node & {
      readonly kind: 'inQuery';
      readonly operand: Expression;
      readonly query: Query;
      readonly negated: boolean;
    })
  | (Node & {
      readonly kind: 'like';
      readonly operator: 'LIKE' | 'ILIKE' | 'RLIKE';
      readonly operand: Expression;
      readonly pattern: Expression;
      readonly escape: Expression | null;
      readonly negated: boolean;
    })
  | (Node & { readonly kind: 'exists'; readonly query: Query })
  | (Node & { readonly kind: 'subquery'; readonly query: Query })
  | (Node & {
      readonly kind: 'case';
      readonly operand: Expression | null;
      readonly whens: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression | null;
    })
  | (Node & { readonly kind: 'cast'; readonly operand: Expression; readonly type: TypeName; readonly lenient: boolean })
  | (Node & { readonly kind: 'path'; readonly base: Expression; readonly steps: readonly PathStep[] })
  | (Node & { readonly kind: 'array'; readonly items: readonly Expression[] })
  | (Node & {
      readonly kind: 'object';
      readonly entries: readonly { readonly key: string; readonly value: Expression }[];
    })
  | (Node & { readonly kind: 'tuple'; readonly items: readonly Expression[] })
  | FunctionCall;

export interface FunctionCall {
  readonly kind: 'call';
  readonly position: Position;
  readonly name: string;
  readonly args: readonly Expression[];
  readonly named: readonly NamedArgument[];
  readonly distinct: boolean;
  /** `COUNT(*)`. */
  readonly star: boolean;
  readonly withinGroup: readonly OrderItem[];
  readonly over: WindowSpecification | null;
  readonly nullTreatment: 'IGNORE' | 'RESPECT' | null;
  /** The call as it was written, for messages. */
  readonly source: string;
}

export interface SelectItem {
  readonly expression: Expression;
  readonly alias: Identifier | null;
  /** The expression as it was written; names an item that has no alias. */
  readonly source: string;
}

export interface Select {
  readonly kind: 'select';
  readonly position: Position;
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: FromItem | null;
  readonly where: Expression | null;
  readonly groupBy: readonly Expression[] | 'ALL' | null;
  readonly having: Expression | null;
  readonly qualify: Expression | null;
  readonly top: Expression | null;
}

export interface Values {
  readonly kind: 'values';
  readonly position: Position;
  readonly rows: readonly (readonly Expression[])[];
}

export interface SetOperation {
  readonly kind: 'set';
  readonly position: Position;
  readonly operator: 'UNION' | 'EXCEPT' | 'INTERSECT';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

export type QueryBody = Select | Values | SetOperation | Query;

export interface CommonTableExpression {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: Query;
}

export interface Query {
  readonly kind: 'query';
  readonly position: Position;
  readonly recursive: boolean;
  readonly with: readonly CommonTableExpression[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Expression | null;
  readonly offset: Expression | null;
}

export interface TableAlias {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
}

/** A point in time of a `FROM` item or a new stream. */
export interface TimePoint {
  readonly side: 'AT' | 'BEFORE' | 'END';
  readonly by: 'TIMESTAMP' | 'OFFSET' | 'STATEMENT' | 'STREAM';
  /** A constant. */
  readonly value: Expression;
  /** The value as it was written, for messages. */
  readonly source: string;
  readonly position: Position;
}

export interface Travel {
  /** The changes between two points, or null for the rows at the one point. */
  readonly changes: 'DEFAULT' | 'APPEND_ONLY' | null;
  readonly from: TimePoint;
  /** Null is now. */
  readonly to: TimePoint | null;
}

export type FromItem =
  | {
      readonly kind: 'table';
      readonly name: QualifiedName;
      readonly travel: Travel | null;
      readonly alias: TableAlias | null;
      readonly position: Position;
    }
  | { readonly kind: 'derived'; readonly query: Query; readonly alias: TableAlias | null; readonly position: Position }
  | {
      readonly kind: 'tableFunction';
      readonly call: FunctionCall;
      readonly alias: TableAlias | null;
      readonly position: Position;
    }
  | {
      readonly kind: 'join';
      readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Expression | null;
      readonly using: readonly Identifier[];
      readonly natural: boolean;
      readonly position: Position;
    };

export interface ColumnDefinition {
  readonly name: Identifier;
  /** Absent in `CREATE TABLE … (a, b) AS SELECT`. */
  readonly type: TypeName | null;
  readonly notNull: boolean;
  readonly default: Expression | null;
  readonly defaultSource: string | null;
  readonly identity: { readonly start: number; readonly increment: number } | null;
  readonly primaryKey: boolean;
  readonly unique: boolean;
  readonly comment: string | null;
}

export interface TableConstraint {
  readonly kind: 'PRIMARY KEY' | 'UNIQUE';
  readonly name: Identifier | null;
  readonly columns: readonly Identifier[];
}

/** What follows the column list of `CREATE TABLE`, by upper-case name. */
export type ObjectProperties = ReadonlyMap<string, string | number | boolean>;

export type AlterTableAction =
  | { readonly kind: 'rename'; readonly to: QualifiedName }
  | { readonly kind: 'addColumn'; readonly ifNotExists: boolean; readonly columns: readonly ColumnDefinition[] }
  | { readonly kind: 'dropColumn'; readonly ifExists: boolean; readonly columns: readonly Identifier[] }
  | { readonly kind: 'renameColumn'; readonly from: Identifier; readonly to: Identifier }
  | { readonly kind: 'setType'; readonly column: Identifier; readonly type: TypeName }
  | { readonly kind: 'setNotNull'; readonly column: Identifier; readonly notNull: boolean }
  | {
      readonly kind: 'setDefault';
      readonly column: Identifier;
      readonly default: Expression | null;
      readonly source: string | null;
    }
  | { readonly kind: 'columnComment'; readonly column: Identifier; readonly comment: string }
  | { readonly kind: 'addPrimaryKey'; readonly columns: readonly Identifier[] }
  | { readonly kind: 'dropPrimaryKey' }
  | { readonly kind: 'set'; readonly properties: ObjectProperties }
  | { readonly kind: 'unset'; readonly names: readonly string[] };

export interface Assignment {
  readonly column: Identifier;
  /** Null is `DEFAULT`. */
  readonly value: Expression | null;
}

export type MergeClause =
  | { readonly kind: 'update'; readonly condition: Expression | null; readonly assignments: readonly Assignment[] }
  | { readonly kind: 'delete'; readonly condition: Expression | null }
  | {
      readonly kind: 'insert';
      readonly condition: Expression | null;
      readonly columns: readonly Identifier[];
      readonly values: readonly (Expression | null)[];
    };

export type ShowTarget =
  | 'TABLES'
  | 'VIEWS'
  | 'OBJECTS'
  | 'STREAMS'
  | 'SCHEMAS'
  | 'DATABASES'
  | 'COLUMNS'
  | 'PRIMARY KEYS'
  | 'WAREHOUSES'
  | 'PARAMETERS'
  | 'ROLES'
  | 'GRANTS';

export interface ShowScope {
  readonly kind: 'ACCOUNT' | 'DATABASE' | 'SCHEMA' | 'TABLE' | 'VIEW' | 'SESSION' | 'USER' | 'ROLE' | null;
  readonly name: QualifiedName;
}

export interface Grant {
  readonly privileges: readonly string[];
  readonly objectKind: 'DATABASE' | 'SCHEMA' | 'TABLE' | 'VIEW' | 'STREAM' | 'WAREHOUSE';
  /** `ALL TABLES IN SCHEMA s` and `FUTURE TABLES IN SCHEMA s` name a container. */
  readonly reach: 'OBJECT' | 'ALL' | 'FUTURE';
  readonly container: 'DATABASE' | 'SCHEMA' | null;
  readonly object: QualifiedName;
  readonly role: Identifier;
}

export type Statement =
  | { readonly kind: 'query'; readonly query: Query }
  | {
      readonly kind: 'createDatabase' | 'createSchema';
      readonly name: QualifiedName;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
      readonly transient: boolean;
      readonly properties: ObjectProperties;
    }
  | {
      readonly kind: 'createTable';
      readonly name: QualifiedName;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
      readonly lifetime: 'PERMANENT' | 'TRANSIENT' | 'TEMPORARY';
      readonly columns: readonly ColumnDefinition[];
      readonly constraints: readonly TableConstraint[];
      readonly properties: ObjectProperties;
      readonly source:
        | { readonly kind: 'columns' }
        | { readonly kind: 'query'; readonly query: Query }
        | { readonly kind: 'like'; readonly table: QualifiedName }
        | { readonly kind: 'clone'; readonly table: QualifiedName };
      readonly copyGrants: boolean;
    }
  | {
      readonly kind: 'createView';
      readonly name: QualifiedName;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
      readonly secure: boolean;
      readonly columns: readonly Identifier[];
      readonly properties: ObjectProperties;
      readonly query: Query;
      readonly querySource: string;
      readonly source: string;
      readonly copyGrants: boolean;
    }
  | {
      readonly kind: 'createStream';
      readonly name: QualifiedName;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
      readonly sourceKind: 'TABLE' | 'VIEW';
      readonly source: QualifiedName;
      readonly start: TimePoint | null;
      readonly properties: ObjectProperties;
      readonly copyGrants: boolean;
    }
  | {
      readonly kind: 'createRole';
      readonly name: Identifier;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'createWarehouse';
      readonly name: Identifier;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
      readonly properties: ObjectProperties;
    }
  | {
      readonly kind: 'drop';
      readonly objectKind: 'DATABASE' | 'SCHEMA' | 'TABLE' | 'VIEW' | 'STREAM' | 'ROLE' | 'WAREHOUSE';
      readonly name: QualifiedName;
      readonly ifExists: boolean;
    }
  | {
      readonly kind: 'alterTable';
      readonly objectKind: 'TABLE' | 'VIEW';
      readonly name: QualifiedName;
      readonly ifExists: boolean;
      readonly action: AlterTableAction;
    }
  | { readonly kind: 'alterSession'; readonly set: ReadonlyMap<string, Expression>; readonly unset: readonly string[] }
  | { readonly kind: 'truncate'; readonly name: QualifiedName; readonly ifExists: boolean }
  | {
      readonly kind: 'insert';
      readonly overwrite: boolean;
      readonly table: QualifiedName;
      readonly columns: readonly Identifier[];
      /** Rows of `VALUES`, in which null is `DEFAULT`; or a query. */
      readonly source:
        | { readonly kind: 'rows'; readonly rows: readonly (readonly (Expression | null)[])[] }
        | { readonly kind: 'query'; readonly query: Query };
    }
  | {
      readonly kind: 'update';
      readonly table: QualifiedName;
      readonly alias: Identifier | null;
      readonly assignments: readonly Assignment[];
      readonly from: FromItem | null;
      readonly where: Expression | null;
    }
  | {
      readonly kind: 'delete';
      readonly table: QualifiedName;
      readonly alias: Identifier | null;
      readonly using: FromItem | null;
      readonly where: Expression | null;
    }
  | {
      readonly kind: 'merge';
      readonly table: QualifiedName;
      readonly alias: Identifier | null;
      readonly source: FromItem;
      readonly on: Expression;
      readonly clauses: readonly MergeClause[];
    }
  | { readonly kind: 'begin' | 'commit' | 'rollback' }
  | {
      readonly kind: 'use';
      readonly target: 'DATABASE' | 'SCHEMA' | 'ROLE' | 'WAREHOUSE';
      readonly name: QualifiedName;
    }
  | {
      readonly kind: 'show';
      readonly target: ShowTarget;
      readonly terse: boolean;
      readonly like: string | null;
      readonly scope: ShowScope | null;
      readonly startsWith: string | null;
      readonly limit: number | null;
      readonly from: string | null;
    }
  | { readonly kind: 'describe'; readonly objectKind: 'TABLE' | 'VIEW'; readonly name: QualifiedName }
  | { readonly kind: 'describeStream'; readonly name: QualifiedName }
  | { readonly kind: 'describeResult'; readonly queryId: Expression }
  | { readonly kind: 'grant'; readonly revoke: boolean; readonly grant: Grant }
  | {
      readonly kind: 'grantRole';
      readonly revoke: boolean;
      readonly role: Identifier;
      readonly to: { readonly kind: 'ROLE' | 'USER'; readonly name: Identifier };
    };

export type StatementKind = Statement['kind'];
/** The statements whose kind may be K; one type serves several kinds where they are alike. */
export type StatementOf<K extends StatementKind, S extends Statement = Statement> = S extends Statement
  ? K extends S['kind']
    ? S
    : never
  : never;
