using Npgsql;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>What PostgreSQL made of a query.</summary>
/// <param name="Refusals">Why it is not allowed, to follow the field's name; empty: it is.</param>
/// <param name="Uses">The tables it reads and the columns it names.</param>
/// <param name="UsesWholeRows">Whether it takes a row as one value, and so every column of it.</param>
/// <param name="Columns">Names of what it returns.</param>
internal sealed record InspectedQuery(
    IReadOnlyList<string> Refusals,
    IReadOnlyDictionary<string, IReadOnlySet<string>> Uses,
    bool UsesWholeRows,
    IReadOnlyList<string> Columns
);

/// <summary>
/// Looks through the tree that PostgreSQL keeps of a view (pg_rewrite.ev_action), in which each function, operator and
/// table is named by its number. So what is judged is what would run, however it was spelled.
/// </summary>
/// <remarks>
/// The tree's text escapes blanks in names, so no name of the query's can look like a field; could one, it would be
/// judged as one more function, never one less. What is not part of PostgreSQL itself (numbers from 16384) is found in
/// pg_depend too, where every use of it is noted.
/// </remarks>
internal static class SandboxInspection
{
    /// <summary>
    /// Functions that may give another result tomorrow, and are harmless: the time of day, dates in words, JSON. All
    /// others that read something besides their arguments are not allowed, and none that PostgreSQL calls volatile.
    /// </summary>
    private const string HarmlessStable =
        "^((date|timestamp|timestamptz|interval)_(cmp|eq|ne|lt|le|gt|ge|pl|mi)_(date|timestamp|timestamptz|interval)"
        + "|date|time|timetz|timestamp|timestamptz|timezone|now|statement_timestamp|transaction_timestamp"
        + "|age|date_part|date_trunc|extract|overlaps|make_timestamptz|in_range|generate_series"
        + "|to_char|to_date|to_number|to_timestamp"
        + "|concat|concat_ws|format|textanycat|anytextcat|quote_(literal|nullable)"
        + "|array_to_string|array_to_json|row_to_json|to_jsonb?"
        + "|jsonb?_(agg|build_array|build_object|object_agg|populate_record|populate_recordset|to_record|to_recordset)"
        + "|jsonb_path_(exists|match|query|query_array|query_first)_tz)$";

    private const string Inspect = $$"""
        WITH rule AS (
            SELECT r.oid, r.ev_class, r.ev_action::text AS tree FROM pg_rewrite AS r
            WHERE r.ev_class = ('pg_temp.' || @view)::regclass
        ), own AS (
            SELECT c.oid, c.relname, c.reltype FROM pg_class AS c
            WHERE c.relnamespace = pg_my_temp_schema() AND c.relname = ANY (@tables)
        ), routine AS (
            SELECT found[1]::oid AS oid
            FROM rule, regexp_matches(tree, ':(?:funcid|aggfnoid|winfnoid|opfuncid|tsmhandler) ([0-9]+)', 'g') AS found
            UNION
            SELECT o.oprcode
            FROM rule, regexp_matches(tree, ':opnos? (?:\(o )?([0-9 ]+)', 'g') AS found,
                unnest(string_to_array(trim(found[1]), ' ')) AS number
            JOIN pg_operator AS o ON o.oid = number::oid
        ), noted AS (
            SELECT d.* FROM rule JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = rule.oid
            WHERE NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid = rule.ev_class)
        )
        SELECT 'function', coalesce(p.proname, routine.oid::text), NULL
        FROM routine LEFT JOIN pg_proc AS p ON p.oid = routine.oid
        WHERE routine.oid <> 0 AND (
            p.oid IS NULL OR p.oid >= 16384 OR p.pronamespace <> 'pg_catalog'::regnamespace
            OR p.proname ~ 'xml|xpath'
            OR NOT (p.provolatile = 'i' OR p.provolatile = 's' AND p.proname ~ '{{HarmlessStable}}')
        )
        UNION
        SELECT 'table', coalesce(c.oid::regclass::text, found[1]), NULL
        FROM rule, regexp_matches(tree, ':relid ([0-9]+)', 'g') AS found
        LEFT JOIN pg_class AS c ON c.oid = found[1]::oid
        WHERE found[1] <> '0' AND found[1]::oid <> rule.ev_class AND found[1]::oid NOT IN (SELECT oid FROM own)
        UNION
        SELECT 'object', pg_describe_object(refclassid, refobjid, refobjsubid), NULL
        FROM noted
        WHERE NOT (refclassid = 'pg_class'::regclass AND refobjid IN (SELECT oid FROM own))
            AND NOT (refclassid = 'pg_type'::regclass AND refobjid IN (SELECT reltype FROM own))
        UNION
        SELECT 'clause', CASE WHEN found[1] LIKE ':%' THEN 'FOR UPDATE' ELSE 'XML' END, NULL
        FROM rule, regexp_matches(tree, '(\{XMLEXPR|\{TABLEFUNC|:hasForUpdate true)', 'g') AS found
        UNION
        SELECT 'rows', '', NULL FROM rule WHERE tree ~ ':varattno 0 '
        UNION
        SELECT 'use', own.relname, a.attname
        FROM noted JOIN own ON own.oid = noted.refobjid AND noted.refclassid = 'pg_class'::regclass
        LEFT JOIN pg_attribute AS a ON a.attrelid = own.oid AND a.attnum = noted.refobjsubid AND a.attnum > 0
        """;

    private const string ResultColumns = """
        SELECT a.attname FROM pg_attribute AS a
        WHERE a.attrelid = ('pg_temp.' || @view)::regclass AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """;

    /// <summary>One round trip.</summary>
    /// <param name="tables">What queries may read, by name.</param>
    public static async Task<InspectedQuery> ReadAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        string view,
        string[] tables,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Inspect).With("view", view).With("tables", tables));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ResultColumns).With("view", view));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var refusals = new List<string>();
        var uses = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var usesWholeRows = false;
        while (await reader.ReadAsync(cancellationToken))
        {
            var (kind, name) = (reader.GetString(0), reader.GetString(1));
            if (kind == "use")
            {
                uses.TryAdd(name, new(StringComparer.Ordinal));
                uses[name].UnionWith(reader.IsDBNull(2) ? [] : [reader.GetString(2)]);
            }
            else if (kind == "rows")
            {
                usesWholeRows = true;
            }
            else
            {
                refusals.Add(Refusal(kind, name));
            }
        }

        await reader.NextResultAsync(cancellationToken);
        var columns = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            columns.Add(reader.GetString(0));
        }

        return new(
            refusals,
            uses.ToDictionary(use => use.Key, use => (IReadOnlySet<string>)use.Value),
            usesWholeRows,
            columns
        );
    }

    private static string Refusal(string kind, string name) =>
        kind switch
        {
            "function" => $"calls {name}, which is not allowed: only functions that compute from their arguments and "
                + "the time of day are",
            "table" => $"reads {name}, which is no dataset",
            "clause" => $"uses {name}, which is not allowed",
            _ => $"uses the {name}, which is not allowed: only the datasets are",
        };
}
