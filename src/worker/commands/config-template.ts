/** What `snowmelt init` writes. It is valid as it stands; the tests hold it to that. */
export const configTemplate = `// What Snowmelt keeps in step. Comments and trailing commas are allowed.
// Every setting is described in docs/configuration.md; editors complete them from the JSON schema.
{
  // Where the rows come from. A name in Snowflake's connections.toml ("snow connection add" makes one), or the
  // driver's own options: { "account": "myorg-myaccount", "user": "…", "authenticator": "EXTERNALBROWSER", … }
  "source": { "connection": "default" },

  // Where they go. Every command takes --target NAME.
  "targets": {
    // The PostGIS that ships with Snowmelt: nothing to install, started when it is needed.
    "local": { "embedded": true },

    // A server. Secrets are never in this file: {"env": NAME}, {"command": [program, …]} or {"prompt": true}.
    // "cloud": {
    //   "url": "postgresql://application@db.example.com:5432/postgres?sslmode=verify-full&sslrootcert=system",
    //   "password": { "env": "CLOUD_PGPASSWORD" }
    // }
  },
  "defaultTarget": "local",

  "tables": {
    // The name that commands take, and, unless "target" says otherwise, the table in Postgres.
    "my_table": {
      // A table or view; or "query": "SELECT …".
      "source": "MY_DATABASE.MY_SCHEMA.MY_TABLE",

      // The columns that identify a row, as they are called in Postgres: the primary key of a table that is created.
      // "key": ["id"],

      // Columns that Postgres computes while the rows are loaded.
      // "computed": {
      //   "geom": { "type": "geometry(Point,4326)", "as": "ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)" }
      // },

      // "indexes": ["name", { "columns": ["geom"], "method": "gist" }],

      // Refuse a source that has lost more than this fraction of its rows.
      // "maxShrink": 0.5
    }
  }
}
`;
